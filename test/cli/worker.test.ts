/**
 * Batches on several machines, as far as one machine can show it: a real Redis, workers that are processes of their
 * own, and kill -9 for all of them.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Manifest } from "../../src/batch/manifest.js";
import { serveRecordings } from "../batch/_server.js";
import { freePort, noRedis, TestRedis } from "../queue/_redis.js";
import { expectFailure, MAIN, makeVideo, run, temporaryFolder, walkingBox, writeDetector } from "./_cli.js";
import { told, toldIn } from "./_told.js";

if (noRedis) console.log(`Skipped, batches on several machines: ${noRedis}`);

const folder = temporaryFolder();
const cwd = folder.path;
const inFolder = (name: string) => join(cwd, name);
const SORT = ["--tracker", "sort", "--tracker-option", "minHits=1"];
const FILES = ["a", "b", "c", "d", "e"];
const FRAMES = 250;
const redis = new TestRedis();

function makeSequence(path: string, frames: number): void {
  mkdirSync(inFolder(join(path, "det")), { recursive: true });
  writeFileSync(inFolder(join(path, "det", "det.txt")), walkingBox(frames));
  writeFileSync(
    inFolder(join(path, "seqinfo.ini")),
    `[Sequence]\nname=S\nimDir=img1\nframeRate=30\nseqLength=${frames}\nimWidth=640\nimHeight=480\nimExt=.jpg\n`,
  );
}

interface Running {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly ended: Promise<number | null>;
}

const running = new Set<ChildProcess>();

/** Starts `track ...args`, which is ended at the latest with the test. */
function start(...args: readonly string[]): Running {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (part) => {
      text += part;
    });
  const ended = new Promise<number | null>((resolve) =>
    child.on("close", (code) => {
      running.delete(child);
      resolve(code);
    }),
  );
  return { child, said: () => text, ended };
}

const worker = (...more: readonly string[]) =>
  start("worker", "--queue", redis.address, "--jobs", "1", ...more);
/** One whose lease is over soon after its end. */
const mortal = () => worker("--lease", "2");
const batch = (out: string, ...more: readonly string[]) =>
  start("batch", "in", "--out", out, ...SORT, "--checkpoint", "0", "--queue", redis.address, ...more);
const until = async (what: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 1500 && !what(); tries++) await wait(20);
};
const manifest = (out: string): Manifest => JSON.parse(readFileSync(inFolder(`${out}/batch.json`), "utf8"));
const results = (out: string) => FILES.map((name) => readFileSync(inFolder(`${out}/${name}.json`), "utf8"));

beforeAll(async () => {
  for (const name of FILES) makeSequence(`in/${name}`, FRAMES);
  if (noRedis) return;
  await redis.start();
  const local = await toldIn(cwd, ["batch", "in", "--out", "local", ...SORT, "--quiet"]);
  expect(local.code).toBe(0);
});
afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
});
afterAll(async () => {
  await redis.end();
  folder.remove();
});

/** Milliseconds; whatever hangs ends sooner by itself. */
const PATIENCE = 120_000;

describe.skipIf(noRedis)("a batch on several machines", { timeout: PATIENCE }, () => {
  it("finishes every file once, as a local batch does, though workers and Redis are killed", async () => {
    const workers = [mortal(), mortal(), mortal()];
    const whole = batch("out");
    const begun = (one: Running) => one.said().includes("begin name=");
    await until(() => workers.every(begun));
    // A worker in the middle of a file, and its file goes on with another.
    workers[0]!.child.kill("SIGKILL");
    await wait(300);
    // Everybody's memory, for longer than a lease lasts.
    await redis.kill();
    workers[1]!.child.kill("SIGKILL");
    await wait(2500);
    await redis.start();
    workers.push(mortal());
    const count = workers.length;
    await until(() => begun(workers[count - 1]!) || whole.child.exitCode !== null);
    workers[count - 1]!.child.kill("SIGKILL");
    workers.push(mortal());

    expect(await whole.ended, whole.said()).toBe(0);
    expect(whole.said()).toContain(`warning: Redis at ${redis.shown} does not answer; waiting for it`);
    expect(whole.said()).toMatch(/\nfinished files=5 done=5\n/);
    expect(results("out")).toEqual(results("local"));
    const states = manifest("out").files.map(({ name, state, frames }) => [name, state, frames]);
    expect(states).toEqual(FILES.map((name) => [name, "done", FRAMES]));
    const told = [...whole.said().matchAll(/^done name=(\w)/gm)].map((match) => match[1]);
    expect(told.sort()).toEqual(FILES);
    // Nothing half done is left, on the disk or in Redis.
    expect(readdirSync(inFolder("out")).sort()).toEqual(
      [...FILES.map((name) => `${name}.json`), "batch.json"].sort(),
    );
    const client = new Redis(redis.address);
    const left = await client.keys("bull:throughline:track-*");
    await client.quit();
    expect(left).toEqual([]);
    for (const { said } of [whole, ...workers]) expect(said()).not.toContain("s3cret");
  });

  it("is left with Ctrl-C while the workers go on, and taken up again", async () => {
    const one = worker();
    const first = batch("later", "--checkpoint", "1");
    await until(() => first.said().includes("done name="));
    first.child.kill("SIGINT");
    expect(await first.ended).toBe(130);
    expect(first.said()).toContain("note: Left; the workers go on");
    await until(() => FILES.every((name) => existsSync(inFolder(`later/${name}.json`))));
    await wait(500);
    const second = batch("later", "--checkpoint", "1");
    expect(await second.ended, second.said()).toBe(0);
    expect(results("later")).toEqual(results("local"));
    // Told to stop, it does.
    one.child.kill("SIGTERM");
    expect(await one.ended).toBe(0);
    expect(one.said().match(/^begin /gm)).toHaveLength(FILES.length);
  });

  it("is taken back with --cancel, also from the worker that is at it, and gone on with later", async () => {
    const one = worker("--lease", "3");
    makeSequence("back/a", 4000);
    for (const name of ["b", "c"]) makeSequence(`back/${name}`, 30);
    const put = (...more: readonly string[]) =>
      start("batch", "back", "--out", "back-out", ...SORT, "--queue", redis.address, ...more);
    const first = put("--checkpoint", "0");
    await until(() => existsSync(inFolder("back-out")));
    await until(() => readdirSync(inFolder("back-out")).some((name) => name.endsWith(".checkpoint")));
    first.child.kill("SIGINT");
    expect(await first.ended).toBe(130);
    const back = put("--cancel");
    expect(await back.ended, back.said()).toBe(0);
    expect(back.said()).toMatch(/^note: Took back 3 files from the queue\nnote: 1 of them had been begun: /);
    await until(() => one.said().includes("a: it was taken back"));
    expect(one.said()).toContain("note: a: it was taken back");
    expect(one.said()).not.toContain("begin name=b");
    expect(readdirSync(inFolder("back-out")).filter((name) => name.endsWith(".json"))).toEqual([
      "batch.json",
    ]);
    expect(manifest("back-out").files.map(({ state }) => state)).toEqual(["waiting", "waiting", "waiting"]);
    // What the worker has done so far is not lost.
    const here = await toldIn(cwd, ["batch", "back", "--out", "back-out", ...SORT, "--threads", "1"]);
    expect(here.stderr).toMatch(/^note: a: Going on with "back-out\/a.json" after frame \d+$/m);
    expect(here.code).toBe(0);
    const none = put("--cancel", "--quiet");
    expect([await none.ended, none.said()]).toEqual([0, ""]);
    const holder = { pid: process.pid, host: hostname(), token: "x" };
    writeFileSync(inFolder("back-out/.track-batch.lock"), JSON.stringify(holder));
    const refused = put("--cancel");
    expect([await refused.ended, refused.said()]).toEqual([
      1,
      expect.stringMatching(
        /^error: Cannot cancel the batch of "back-out": it is followed by another process/,
      ),
    ]);
  });

  it("may be of recordings behind http, which every worker fetches itself", async () => {
    const server = await serveRecordings();
    writeDetector(inFolder("tiny.onnx"));
    await makeVideo(inFolder("clip.mp4"), { frames: 60 });
    const bytes = readFileSync(inFolder("clip.mp4"));
    const names = ["1.mp4", "2.mp4", "3.mp4", "4.mp4"];
    for (const name of names)
      server.files.set(`/${name}`, { bytes, etag: `"${name}"`, pace: bytes.length / 500 });
    server.files.get("/4.mp4")!.breaks = [bytes.length >> 1];
    try {
      const workers = [mortal(), mortal()];
      const addresses = names.map((name) => `${server.url.replace("//", "//me:hidden@")}/${name}?key=hidden`);
      const options = ["--out", "fetched", ...SORT, "--detector", "tiny.onnx", "--queue", redis.address];
      const whole = start("batch", ...addresses, `${server.url}/gone.mp4`, ...options);
      // One is killed while it fetches.
      const isFetching = () =>
        existsSync(inFolder("fetched")) &&
        readdirSync(inFolder("fetched")).some((name) => name.endsWith(".download"));
      await until(() => workers[0]!.said().includes("begin name=") && isFetching());
      workers[0]!.child.kill("SIGKILL");
      expect(await whole.ended, whole.said()).toBe(4);
      const { files } = manifest("fetched");
      expect(files.map(({ name, state, frames }) => [name, state, frames])).toEqual([
        ...names.map((name) => [name, "done", 60]),
        ["gone.mp4", "failed", undefined],
      ]);
      expect(files[3]).toMatchObject({ recording: { size: bytes.length, etag: '"4.mp4"' } });
      expect(readdirSync(inFolder("fetched")).sort()).toEqual(
        [...names.map((name) => `${name}.json`), "batch.json"].sort(),
      );
      const written = readdirSync(inFolder("fetched")).map((name) =>
        readFileSync(inFolder(`fetched/${name}`), "utf8"),
      );
      for (const text of [whole.said(), ...workers.map(({ said }) => said()), ...written])
        expect(text).not.toContain("hidden");
    } finally {
      await server.close();
    }
  });

  it("tells at once what is wrong with a file, and tracks the others", async () => {
    mkdirSync(inFolder("mixed"));
    writeFileSync(inFolder("mixed/broken.mp4"), "no video");
    makeSequence("mixed/good", 20);
    const one = worker();
    const mixed = start(
      "batch",
      "mixed",
      "--out",
      "bad",
      ...SORT,
      "--detector",
      "nanodet-g",
      "--queue",
      redis.address,
    );
    expect(await mixed.ended, mixed.said()).toBe(4);
    expect(mixed.said()).toMatch(/\nbroken.mp4: Cannot read "mixed\/broken.mp4": expected [^\n]+\n/);
    expect(one.said().match(/^begin name=broken/gm)).toHaveLength(1);
    expect(manifest("bad").files.map(({ state, attempts }) => [state, attempts])).toEqual([
      ["failed", 1],
      ["done", 1],
    ]);
  });

  it("tries a file again, from where it was, when the process that was at it has crashed", async () => {
    const one = worker();
    // One file that takes long enough to be hit.
    makeSequence("long/seq", 400);
    const alone = await toldIn(cwd, ["batch", "long", "--out", "alone", ...SORT, "--quiet"]);
    expect(alone.code).toBe(0);
    const crashed = start(
      ...["batch", "long", "--out", "crashed", ...SORT],
      ...["--checkpoint", "0", "--queue", redis.address],
    );
    await until(() => readdirSync(cwd).includes("crashed"));
    await until(() => readdirSync(inFolder("crashed")).some((name) => name.endsWith(".checkpoint")));
    const all = execFileSync("ps", ["-A", "-o", "ppid=,pid="], { encoding: "utf8" }).split("\n");
    const jobs = all
      .map((line) => line.trim().split(/ +/))
      .filter(([parent]) => Number(parent) === one.child.pid);
    expect(jobs).toHaveLength(1);
    process.kill(Number(jobs[0]![1]), "SIGKILL");
    expect(await crashed.ended, crashed.said()).toBe(0);
    expect(crashed.said()).toMatch(/^warning: seq: tried again: .* its process ended by SIGKILL$/m);
    expect(one.said()).toMatch(/^note: seq: Going on with "crashed\/seq.json" after frame \d+$/m);
    expect(manifest("crashed").files.map(({ attempts }) => attempts)).toEqual([2]);
    expect(readFileSync(inFolder("crashed/seq.json"), "utf8")).toBe(
      readFileSync(inFolder("alone/seq.json"), "utf8"),
    );
  });

  it("leaves to others what another version has put in, and what is no order at all", async () => {
    const connection = new Redis(redis.address, { maxRetriesPerRequest: null });
    const queue = new Queue("throughline", { connection });
    await queue.add("track", { version: "99.0.0", whatever: 1 }, { jobId: "track-x" });
    const one = worker();
    await until(() => one.said().includes("left to other workers"));
    expect(one.said()).toMatch(
      /^warning: a file was left to other workers: the batch was started by version "99.0.0", this is \S+; install the same on all machines$/m,
    );
    expect(await (await queue.getJob("track-x"))?.getState()).toBe("active");
    one.child.kill("SIGTERM");
    expect(await one.ended).toBe(0);
    expect(await (await queue.getJob("track-x"))?.getState()).toBe("delayed");
    await queue.remove("track-x");
    const settings = { ffmpeg: "/bin/sh" };
    await queue.add("track", { version: "0.1.0", name: "x", settings }, { jobId: "track-y" });
    const two = worker();
    await until(() => two.said().includes("left to other workers"));
    expect(two.said()).toMatch(/: the order is not one that this program writes \(/);
    expect(two.said()).not.toContain("begin");
    await queue.obliterate({ force: true });
    await queue.close();
    await connection.quit();
  });
});

describe("the options of a queue", () => {
  it("end in one line where Redis is not there", async () => {
    const address = `redis://ann:s3cret@127.0.0.1:${await freePort()}`;
    for (const args of [
      ["worker", "--queue", address],
      ["batch", "in", "--out", "none", ...SORT, "--queue", address],
    ]) {
      const result = await toldIn(cwd, [...args, "--verbose"]);
      expect(result.stderr).toMatch(
        /^error: Cannot use Redis at redis:\/\/127.0.0.1:\d+\/0: nothing listens there/,
      );
      expect([result.code, result.stderr.includes("s3cret")]).toEqual([1, false]);
    }
  });

  it.each([
    [["worker"], "Option --queue: expected the address of a Redis"],
    [["worker", "--queue", "http://x:s3cret@y"], "Option --queue: expected redis://"],
    [
      ["worker", "--queue", "redis://x", "--jobs", "0"],
      "Option --jobs: expected a whole number from 1, got 0",
    ],
    [
      ["worker", "--queue", "redis://x", "--lease", "a"],
      'Option --lease: expected a whole number from 1, got "a"',
    ],
    [["batch", "in", "--out", "r", "--queue", "redis://x", "--jobs", "2"], "Option --jobs: not with --queue"],
    [["batch", "in", "--out", "r", "--cancel"], "Option --cancel: expected --queue"],
    [
      ["batch", "in", "--out", "r", "--queue", "redis://x", "--ffmpeg", "f"],
      "Option --ffmpeg: not with --queue",
    ],
  ])("refuse %j", async (args, message) => {
    const result = await told(args);
    expectFailure(result, 2, message);
    expect(result.stderr).not.toContain("s3cret");
  });

  it("load no queue for those who do not ask for one", async () => {
    const hooks = `export const resolve = (name, context, next) => {
      if (/^(bullmq|ioredis)/.test(name)) throw new Error("loaded " + name);
      return next(name, context);
    };`;
    const loader = `import { register } from "node:module"; register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hooks)}`)});`;
    const node = ["--import", `data:text/javascript,${encodeURIComponent(loader)}`];
    const args = ["batch", "in", "--out", "unasked", ...SORT, "--quiet"];
    expect(await run(args, { cwd, node })).toEqual({ code: 0, stdout: "", stderr: "" });
    const asked = await run(["worker", "--queue", "redis://127.0.0.1:1"], { cwd, node });
    // Both are imported at once: which is first is chance.
    expect(asked.stderr).toMatch(/loaded (bullmq|ioredis)/);
  });
});
