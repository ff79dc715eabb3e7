import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { JobProcess } from "../../src/batch/process.js";

let folder: string;
let script: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "throughline-process-"));
  script = join(folder, "job.mjs");
  writeFileSync(
    script,
    `let settings;
process.on("disconnect", () => process.exit());
process.on("message", (message) => {
  if (message.type === "settings") settings = message.settings;
  if (message.type === "leave") process.send({ type: "end", result: "left" });
  if (message.type !== "job") return;
  const { job } = message;
  if (job === "crash") process.kill(process.pid, "SIGSEGV");
  if (job === "die") { console.error("FATAL ERROR: heap out of memory\\nmore"); process.exit(9); }
  if (job === "wait") return process.send({ type: "waiting" });
  if (job === "add") {
    process.send({ type: "event", value: 1 });
    process.send({ type: "end", result: settings.sum + process.pid });
  }
});
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const make = () =>
  new JobProcess<string, { type: string; value?: number }, unknown>({ script, settings: { sum: 1 } });

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
