import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { EventQueue } from "../../src/live/queue.js";

const root = mkdtempSync(join(tmpdir(), "throughline-queue-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
const folder = () => join(root, String(++count));

/** Takes everything there is. */
async function drain(queue: EventQueue): Promise<string[]> {
  const lines: string[] = [];
  for (;;) {
    const line = await queue.first();
    if (line === undefined) return lines;
    lines.push(line);
    await queue.take(line);
  }
}

describe("a queue on the disk", () => {
  test("gives lines in order, and is gone when nothing waits", async () => {
    const path = folder();
    const queue = await EventQueue.open(path);
    await queue.append(["a", "b"]);
    await queue.append(["c"]);
    expect(queue.waiting).toBe(3);
    expect(await drain(queue)).toEqual(["a", "b", "c"]);
    await queue.append(["d"]);
    expect(await drain(queue)).toEqual(["d"]);
    await queue.close();
    expect(existsSync(path)).toBe(false);
  });

  test("keeps what was not taken for whoever opens it next", async () => {
    const path = folder();
    const queue = await EventQueue.open(path);
    await queue.append(["a", "b", "c"]);
    await queue.take((await queue.first())!);
    await queue.close();
    const later = await EventQueue.open(path);
    await later.append(["d"]);
    expect(await drain(later)).toEqual(["b", "c", "d"]);
    await later.close();
  });

  test("gives up the oldest where too many wait, and says how many", async () => {
    const queue = await EventQueue.open(folder(), { maxBytes: 8000 });
    const lines = Array.from({ length: 1000 }, (_, i) => String(i).padStart(19, "0"));
    for (const line of lines) await queue.append([line]);
    const rest = await drain(queue);
    expect(queue.dropped + rest.length).toBe(1000);
    expect(rest).toEqual(lines.slice(-rest.length));
    expect(rest.length * 20).toBeLessThanOrEqual(8000);
    expect(rest.length * 20).toBeGreaterThan(6000);
    await queue.close();
  });

  test("a line that is given up while it is delivered does not take another with it", async () => {
    const queue = await EventQueue.open(folder(), { maxBytes: 800 });
    await queue.append(["first"]);
    const line = await queue.first();
    for (let i = 0; i < 200; i++) await queue.append([`later ${i}`]);
    const waiting = queue.waiting;
    await queue.take(line!);
    expect(queue.waiting).toBe(waiting);
    await queue.close();
  });

  test("is one process's at a time", async () => {
    const path = folder();
    const queue = await EventQueue.open(path);
    await expect(EventQueue.open(path)).rejects.toThrow(
      `Cannot use the queue ${JSON.stringify(path)}: process ${process.pid} on`,
    );
    await queue.close();
  });

  test("a line that a crash tore is left out, those before it are not", async () => {
    const path = folder();
    const queue = await EventQueue.open(path);
    await queue.append(["a", "b"]);
    await queue.close();
    const [name] = readdirSync(path).filter((name) => name.endsWith(".jsonl"));
    appendFileSync(join(path, name), "torn");
    const later = await EventQueue.open(path);
    await later.append(["c"]);
    expect(await drain(later)).toEqual(["a", "b", "c"]);
    await later.close();
  });

  test("waits for a line until it is told to stop", async () => {
    const queue = await EventQueue.open(folder());
    const stop = new AbortController();
    const waiting = queue.first(stop.signal);
    await queue.append(["a"]);
    expect(await waiting).toBe("a");
    await queue.take("a");
    const never = queue.first(stop.signal);
    stop.abort();
    expect(await never).toBeUndefined();
    await queue.close();
  });

  test("loses nothing of what it has promised when its process is killed", async () => {
    const path = folder();
    const script = `
      import { EventQueue } from ${JSON.stringify(new URL("../../src/live/queue.ts", import.meta.url).href)};
      const queue = await EventQueue.open(${JSON.stringify(path)}, { maxBytes: 1e6 });
      for (let i = 0; ; i++) {
        await queue.append([String(i)]);
        console.log("+" + i);
        if (i % 3 === 2) {
          const line = await queue.first();
          await queue.take(line);
          console.log("-" + line);
        }
      }`;
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      said += text;
      if (said.split("\n").length > 60) child.kill("SIGKILL");
    });
    await once(child, "close");
    const marks = said.split("\n").slice(0, -1);
    const promised = marks.filter((mark) => mark.startsWith("+")).length;
    const taken = marks.filter((mark) => mark.startsWith("-")).length;
    const queue = await EventQueue.open(path);
    const rest = (await drain(queue)).map(Number);
    // The last one may have been taken, or put there, and not been told any more.
    expect(rest[0]).toBeOneOf([taken, taken + 1]);
    expect(rest.at(-1)).toBeGreaterThanOrEqual(promised - 1);
    expect(rest).toEqual(rest.map((_, i) => rest[0] + i));
    await queue.close();
  }, 20_000);
});
