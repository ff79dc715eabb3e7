import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { EventQueue } from "../../src/live/queue.js";
import { startWebhook } from "../../src/live/webhook.js";

const root = mkdtempSync(join(tmpdir(), "throughline-webhook-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;

interface Got {
  readonly id: string | undefined;
  readonly body: string;
  readonly authorization: string | undefined;
}

/** A receiver that answers as told: with `statuses` first, then 200. */
async function receiver(statuses: readonly number[], headers: Record<string, string> = {}) {
  const got: Got[] = [];
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { "idempotency-key": id, authorization } = request.headers;
    got.push({ id: id as string | undefined, body, authorization });
    response.writeHead(statuses[got.length - 1] ?? 200, headers).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`);
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url, got, close };
}

const line = (n: number) => JSON.stringify({ event: `run-${n}`, type: "appeared" });
const until = async (test: () => boolean) => {
  while (!test()) await new Promise((resolve) => setTimeout(resolve, 10));
};

describe("a webhook", () => {
  test("gets every event in order, with its id, whatever it answered before", async () => {
    const { url, got, close } = await receiver([200, 503, 200, 429, 200], { "retry-after": "0.05" });
    const queue = await EventQueue.open(join(root, String(++count)));
    const changes: unknown[] = [];
    const webhook = startWebhook({ url, queue, onChange: (state) => changes.push(state) });
    await queue.append([1, 2, 3, 4].map(line));
    await until(() => webhook.stats().delivered === 4);
    expect(got.map(({ id }) => id)).toEqual(["run-1", "run-2", "run-2", "run-3", "run-3", "run-4"]);
    expect(got.map(({ body }) => body)).toEqual([1, 2, 2, 3, 3, 4].map(line));
    expect(changes).toEqual([
      { ok: false, reason: "the receiver answers 503" },
      { ok: true },
      { ok: false, reason: "the receiver answers 429" },
      { ok: true },
    ]);
    expect(webhook.stats()).toEqual({ delivered: 4, failures: 2, refused: 0 });
    await webhook.finish(1);
    expect(queue.waiting).toBe(0);
    await queue.close();
    close();
  });

  test("an event that it will never take does not hold up the others", async () => {
    const { url, got, close } = await receiver([422]);
    const queue = await EventQueue.open(join(root, String(++count)));
    const webhook = startWebhook({ url, queue });
    await queue.append([1, 2].map(line));
    await until(() => webhook.stats().delivered === 1);
    expect(got.map(({ id }) => id)).toEqual(["run-1", "run-2"]);
    expect(webhook.stats().refused).toBe(1);
    await webhook.finish(1);
    await queue.close();
    close();
  });

  test("that is away keeps nobody waiting at the end; what is left is for the next run, in order", async () => {
    const { url, got, close } = await receiver([]);
    close();
    const folder = join(root, String(++count));
    const queue = await EventQueue.open(folder);
    const webhook = startWebhook({ url, queue });
    await queue.append([1, 2].map(line));
    await until(() => webhook.stats().failures > 0);
    await webhook.finish(1);
    expect(queue.waiting).toBe(2);
    await queue.close();
    expect(existsSync(folder)).toBe(true);

    const next = await receiver([]);
    const again = await EventQueue.open(folder);
    await again.append([line(3)]);
    const later = startWebhook({ url: next.url, queue: again });
    await until(() => later.stats().delivered === 3);
    expect(next.got.map(({ id }) => id)).toEqual(["run-1", "run-2", "run-3"]);
    await later.finish(1);
    await again.close();
    expect(got).toEqual([]);
    expect(existsSync(folder)).toBe(false);
    next.close();
  });

  test("is told who asks, and redirects are not followed", async () => {
    const other = await receiver([]);
    const { url, got, close } = await receiver([302], { location: other.url.href, "retry-after": "0.05" });
    url.username = "me";
    url.password = "s:cret";
    const queue = await EventQueue.open(join(root, String(++count)));
    const webhook = startWebhook({ url, queue });
    await queue.append([line(1)]);
    await until(() => webhook.stats().delivered === 1);
    expect(other.got).toEqual([]);
    expect(got).toHaveLength(2);
    expect(got[0].authorization).toBe(`Basic ${Buffer.from("me:s:cret").toString("base64")}`);
    await webhook.finish(1);
    await queue.close();
    close();
    other.close();
  });
});
