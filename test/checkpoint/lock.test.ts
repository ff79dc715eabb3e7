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
