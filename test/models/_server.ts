import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { random } from "../_random.js";

/** Answers the nth request (from 0). */
export type Answer = (request: IncomingMessage, response: ServerResponse, n: number) => void;

export interface TestServer {
  readonly url: string;
  /** The Range header of each request so far, or "all". */
  readonly asked: string[];
}

/** An HTTP server on 127.0.0.1 for one test. */
export async function serve(answer: Answer): Promise<TestServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.range ?? "all");
    answer(request, response, asked.length - 1);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.onnx`, asked };
}

/** An address that nobody listens at. */
export async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/model.onnx`;
}

/** A folder for one test. */
export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "throughline-models-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Bytes of no meaning. */
export function someBytes(length: number, seed = 1): Buffer {
  const next = random(seed);
  return Buffer.from(Uint8Array.from({ length }, () => 256 * next()));
}

/** A folder of models that holds one card, "thing", for `content` (unless overridden). */
export async function modelsDirFor(
  content: Buffer,
  overrides: Record<string, unknown> = {},
): Promise<string> {
  const path = await folder();
  const card = {
    name: "thing",
    kind: "embedder",
    title: "A thing",
    file: "thing.onnx",
    bytes: content.length,
    sha256: createHash("sha256").update(content).digest("hex"),
    url: "https://127.0.0.1/never-asked",
    licence: "MIT",
    source: "test",
    contract: "reid",
    input: { colour: "rgb", fit: "stretch", size: { width: 8, height: 8 } },
    ...overrides,
  };
  await writeFile(join(path, "thing.json"), JSON.stringify(card));
  return path;
}

/** A whole server: ranges, ETag, lengths. */
export function wellBehaved(content: Buffer, etag = '"one"'): Answer {
  return (request, response) => {
    const from = rangeOf(request);
    const matches = (request.headers["if-range"] ?? etag) === etag;
    if (from === undefined || !matches) {
      response.writeHead(200, { "content-length": content.length, etag }).end(content);
    } else if (from >= content.length) {
      response.writeHead(416, { "content-range": `bytes */${content.length}` }).end();
    } else {
      const rest = content.subarray(from);
      response
        .writeHead(206, {
          "content-length": rest.length,
          "content-range": `bytes ${from}-${content.length - 1}/${content.length}`,
          etag,
        })
        .end(rest);
    }
  };
}

export function rangeOf(request: IncomingMessage): number | undefined {
  const match = request.headers.range?.match(/^bytes=(\d+)-$/);
  return match ? Number(match[1]) : undefined;
}

/** Sends the head of a whole answer and `count` bytes of its body, then breaks the connection. */
export function breakAfter(response: ServerResponse, content: Buffer, count: number, etag = '"one"'): void {
  response.writeHead(200, { "content-length": content.length, etag });
  response.write(content.subarray(0, count), () => setTimeout(() => response.destroy(), 20));
}
