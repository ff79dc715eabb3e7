import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { JobProcess, ProcessError, type ProcessOptions } from "../../src/batch/process.js";

let folder: string;
let script: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "throughline-process-"));
  script = join(folder, "job.mjs");
  writeFileSync(
    script,
    `let settings;
let stays = false;
process.on("disconnect", () => stays || process.exit());
const spin = (until) => { while (Date.now() < until); };
process.on("message", (message) => {
  if (message.type === "settings") settings = message.settings;
  if (message.type === "leave") process.send({ type: "end", result: "left" });
  if (message.type !== "job") return;
  const { job } = message;
  if (job === "crash") process.kill(process.pid, "SIGSEGV");
  if (job === "die") { console.error("FATAL ERROR: heap out of memory\\nmore"); process.exit(9); }
  if (job === "wait") return process.send({ type: "waiting" });
  if (job === "stay") { stays = true; setInterval(() => {}, 1000); process.send({ type: "end", result: process.pid }); }
  if (job === "hang") return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  if (job === "spin") { spin(Date.now() + 2500); process.send({ type: "end", result: "spun" }); }
  if (job === "add") {
    process.send({ type: "event", value: 1 });
    process.send({ type: "end", result: settings.sum + process.pid });
  }
});
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const make = (more: Partial<ProcessOptions> = {}) =>
  new JobProcess<string, { type: string; value?: number }, unknown>({
    script,
    settings: { sum: 1 },
    ...more,
  });

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe("a process for jobs", () => {
  it("does one job after the other in one process, and tells what happens on the way", async () => {
    const process = make();
    const events: unknown[] = [];
    const first = await process.run("add", (event) => events.push(event));
    expect(await process.run("add")).toBe(first);
    expect(events).toEqual([{ type: "event", value: 1 }]);
    await process.close();
    await process.close();
  });

  it("says how a process ended before its job did, and goes on in a new one", async () => {
    const process = make();
    const first = await process.run("add");
    await expect(process.run("crash")).rejects.toThrow(/^its process ended by SIGSEGV/);
    await expect(process.run("die")).rejects.toThrow(
      "its process ended with code 9: FATAL ERROR: heap out of memory",
    );
    expect(await process.run("add")).not.toBe(first);
    await process.close();
  });

  it("asks a job to leave, and ends one that does not", async () => {
    const process = make();
    expect(await process.run("wait", () => process.leave())).toBe("left");
    await expect(process.run("wait", () => process.kill())).rejects.toThrow("its process ended by SIGKILL");
    await process.close();
  });
});

/** Ten seconds are what a process has to leave in; these wait side by side. */
describe.concurrent("a process that is stuck", () => {
  it("is killed where its job is done and it does not end: the result counts, and a line says so", async () => {
    const warnings: string[] = [];
    const job = make({ warn: (text) => warnings.push(text) });
    const pid = (await job.run("stay")) as number;
    expect(isRunning(pid)).toBe(true);
    await job.close();
    expect(warnings).toEqual([
      `a process (${pid}) that had nothing more to do did not end within 10 s; it was killed, what it did counts`,
    ]);
    for (let tries = 0; tries < 100 && isRunning(pid); tries++) await wait(50);
    expect(isRunning(pid)).toBe(false);
  });

  it.skipIf(process.platform === "win32")(
    "is asked to leave, then ended, where nothing happens; the next job gets a new one",
    async () => {
      const job = make({ stallLimit: 1 });
      const first = await job.run("add");
      // One still listens and leaves at once, the other does not hear any more.
      for (const way of ["wait", "hang"]) {
        const error = await job.run(way).catch((error: Error) => error);
        expect(error).toBeInstanceOf(ProcessError);
        expect((error as Error).message).toBe("nothing happened for 1 s, so its process was ended");
      }
      expect(await job.run("add")).not.toBe(first);
      await job.close();
    },
  );

  it("is not one that works without a word", async () => {
    const job = make({ stallLimit: 1 });
    expect(await job.run("spin")).toBe("spun");
    await job.close();
  });
});
