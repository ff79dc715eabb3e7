import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Lock, takeLock } from "../../src/checkpoint/lock.js";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "throughline-lock-"));
  path = join(folder, "lock");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The number of a process that is no more. */
const deadPid = () => spawnSync(process.execPath, ["-e", ""]).pid;
const holder = (changes: object) =>
  JSON.stringify({ pid: process.pid, host: hostname(), token: "other", ...changes });
const old = (seconds: number) => {
  const then = new Date(Date.now() - 1000 * seconds);
  utimesSync(path, then, then);
};

describe("a lock", () => {
  it("keeps others out until it is released, and says who holds it", async () => {
    const lock = (await takeLock(path)) as Lock;
    expect(await takeLock(path)).toEqual({ pid: process.pid, host: hostname() });
    await lock.release();
    await lock.release();
    expect(existsSync(path)).toBe(false);
    const second = await takeLock(path);
    expect(second).toHaveProperty("release");
    await (second as Lock).release();
  });

  it("is taken over from a process that was killed", async () => {
    writeFileSync(path, holder({ pid: deadPid() }));
    expect(await takeLock(path)).toHaveProperty("release");
  });

  it.runIf(process.platform === "linux")(
    "is taken over where the number has gone to another process",
    async () => {
      writeFileSync(path, holder({ started: "long ago" }));
      expect(await takeLock(path)).toHaveProperty("release");
    },
  );

  it("is left to another machine that gives signs of life, and taken from one that does not", async () => {
    writeFileSync(path, holder({ host: "elsewhere" }));
    old(30);
    expect(await takeLock(path)).toEqual({ pid: process.pid, host: "elsewhere" });
    old(90);
    expect(await takeLock(path)).toHaveProperty("release");
  });

  it("is taken over where its file is torn", async () => {
    writeFileSync(path, holder({}).slice(0, 20));
    old(5);
    expect(await takeLock(path)).toHaveProperty("release");
  });

  it("goes to one of many that find it dead at the same moment", async () => {
    writeFileSync(path, holder({ pid: deadPid() }));
    const all = await Promise.all(Array.from({ length: 12 }, () => takeLock(path)));
    expect(all.filter((lock) => "release" in lock)).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(["lock"]);
  });
});

describe("a lock of a queue's job", () => {
  it("passes to the next holder of the job as soon as the last one is gone", async () => {
    writeFileSync(path, holder({ pid: deadPid(), lease: "job" }));
    expect(await takeLock(path, { lease: "job" })).toHaveProperty("release");
  });

  it("waits for a holder that still lives, and is taken when that one lets go", async () => {
    const first = (await takeLock(path, { lease: "job" })) as Lock;
    let taken = false;
    const second = takeLock(path, { lease: "job" }).then((lock) => {
      taken = true;
      return lock;
    });
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(taken).toBe(false);
    await first.release();
    expect(await second).toHaveProperty("release");
  });

  it("waits for another machine as long as that one gives signs of life, until it is told to stop", async () => {
    writeFileSync(path, holder({ host: "elsewhere", lease: "job" }));
    // Its clock is an hour behind.
    const then = new Date(Date.now() - 3.6e6);
    utimesSync(path, then, then);
    const controller = new AbortController();
    const waiting = takeLock(path, { lease: "job", signal: controller.signal });
    setTimeout(() => controller.abort(new Error("stop")), 600);
    await expect(waiting).rejects.toThrow("stop");
    expect(existsSync(path)).toBe(true);
  });

  it("is not taken from whoever holds it for something else", async () => {
    writeFileSync(path, holder({ lease: "other" }));
    expect(await takeLock(path, { lease: "job" })).toEqual({ pid: process.pid, host: hostname() });
    writeFileSync(path, holder({}));
    expect(await takeLock(path, { lease: "job" })).toEqual({ pid: process.pid, host: hostname() });
  });

  it.runIf(process.platform === "linux")(
    "does not mistake a process of another container for one of its own",
    async () => {
      writeFileSync(path, holder({ pid: deadPid(), space: "pid:[1]" }));
      expect(await takeLock(path)).toHaveProperty("pid");
    },
  );
});
