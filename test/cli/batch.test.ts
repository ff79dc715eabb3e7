import { execFileSync, spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism, hostname } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { generateBatch } from "../../schema/generate.js";
import type { Manifest } from "../../src/batch/manifest.js";
import { json } from "../../src/format/json.js";
import { findFfmpeg } from "../../src/video/find.js";
import { expectFailure, MAIN, makeVideo, run, temporaryFolder, walkingBox, writeDetector } from "./_cli.js";
import { toldIn } from "./_told.js";

const folder = temporaryFolder();
const cwd = folder.path;
const inFolder = (name: string) => join(cwd, name);
const SORT = ["--tracker", "sort", "--tracker-option", "minHits=1"];
const FAST = [...SORT, "--detector", "tiny.onnx", "--jobs", "2"];

function makeSequence(path: string, frames: number): void {
  mkdirSync(inFolder(join(path, "det")), { recursive: true });
  writeFileSync(inFolder(join(path, "det", "det.txt")), walkingBox(frames));
  writeFileSync(
    inFolder(join(path, "seqinfo.ini")),
    `[Sequence]\nname=S\nimDir=img1\nframeRate=30\nseqLength=${frames}\nimWidth=640\nimHeight=480\nimExt=.jpg\n`,
  );
}

const manifest = (): Manifest => JSON.parse(readFileSync(inFolder("in/results/batch.json"), "utf8"));
const states = () => Object.fromEntries(manifest().files.map(({ name, state }) => [name, state]));
const read = (name: string) => readFileSync(inFolder(join("in/results", name)), "utf8");
/** In this process, but for what needs one of its own; its jobs have their processes. */
const batch = (...more: readonly string[]) =>
  toldIn(cwd, ["batch", "in", "--out", "in/results", ...FAST, ...more]);

beforeAll(async () => {
  writeDetector(inFolder("tiny.onnx"));
  await makeVideo(inFolder("clip.mp4"));
  mkdirSync(inFolder("in/north"), { recursive: true });
  mkdirSync(inFolder("in/south"));
  cpSync(inFolder("clip.mp4"), inFolder("in/north/cam.mp4"));
  await makeVideo(inFolder("in/south/cam.mp4"), { frames: 8 });
  makeSequence("in/seq", 20);
  writeFileSync(inFolder("in/broken.mp4"), "no video");
});
afterAll(() => folder.remove());
beforeEach(() => rmSync(inFolder("in/results"), { recursive: true, force: true }));

describe("track batch", () => {
  it("tracks what it can, tells what failed, and next time does only what is not done", async () => {
    const args = ["batch", "in", "--out", "in/results", ...FAST, "--format", "json,txt"];
    const first = await run([...args, "--explain", "--save-detections"], { cwd });
    expect(first.code).toBe(4);
    expect(first.stdout).toMatch(/^file +state +frames +identities +time\nbroken.mp4 +failed\n/);
    expect(first.stdout).toMatch(/\nnorth\/cam.mp4 +done +12 +1 +0:0\d\nseq +done +20 +1 +0:0\d\n/);
    expect(first.stdout).toMatch(/\nbroken.mp4: Cannot read "in\/broken.mp4": expected [^\n]+\n$/);
    expect(first.stderr).toMatch(/^batch files=4 jobs=2 threads=\d+\n/);
    expect(first.stderr).toMatch(/\nfinished files=4 done=3 failed=1\n$/);
    expect(states()).toEqual({
      "broken.mp4": "failed",
      "north/cam.mp4": "done",
      seq: "done",
      "south/cam.mp4": "done",
    });
    // Two files called cam.mp4, and each has its own.
    expect(json.parse!(read("north/cam.mp4.json"), "a").frames).toHaveLength(12);
    expect(json.parse!(read("south/cam.mp4.json"), "a").frames).toHaveLength(8);
    const made = ["cam.mp4.detections.txt", "cam.mp4.json", "cam.mp4.json.explain.jsonl", "cam.mp4.txt"];
    expect(readdirSync(inFolder("in/results/north")).sort()).toEqual(made);
    expect(readdirSync(inFolder("in/results")).filter((name) => name.startsWith("."))).toEqual([]);
    expect(new Ajv2020().compile(JSON.parse(generateBatch()))(manifest())).toBe(true);

    const before = statSync(inFolder("in/results/seq.json")).mtimeMs;
    const second = await batch("--format", "json,txt", "--explain", "--save-detections");
    expect([second.code, second.stderr]).toEqual([4, expect.stringMatching(/^batch files=1 /)]);
    expect(statSync(inFolder("in/results/seq.json")).mtimeMs).toBe(before);
    expect(manifest().files.map(({ attempts }) => attempts)).toEqual([2, 1, 1, 1]);
  });

  it("gives what track gives", async () => {
    await batch();
    await toldIn(cwd, ["in/north/cam.mp4", ...SORT, "--detector", "tiny.onnx", "--out", "alone.json"]);
    expect(read("north/cam.mp4.json")).toBe(readFileSync(inFolder("alone.json"), "utf8"));
  });

  it("does again what has changed: the input, an option, a result that is gone or touched", async () => {
    makeSequence("again/a", 5);
    makeSequence("again/b", 5);
    cpSync(inFolder("in/south/cam.mp4"), inFolder("again/c.mp4"));
    const redone = async (...more: readonly string[]) => {
      const { stderr } = await toldIn(cwd, ["batch", "again", "--out", "in/results", ...FAST, ...more]);
      return [...stderr.matchAll(/^done name=(\S+)/gm)].map((match) => match[1]).sort();
    };
    expect(await redone()).toEqual(["a", "b", "c.mp4"]);
    expect(await redone()).toEqual([]);
    utimesSync(inFolder("again/c.mp4"), 1, 1);
    rmSync(inFolder("in/results/a.json"));
    expect(await redone()).toEqual(["a", "c.mp4"]);
    utimesSync(inFolder("again/b/det/det.txt"), 1, 1);
    writeFileSync(inFolder("in/results/c.mp4.json"), "{}");
    expect(await redone()).toEqual(["b", "c.mp4"]);
    expect(await redone("--every", "2")).toEqual(["a", "b", "c.mp4"]);
    expect(await redone("--every", "2", "--no-resume")).toEqual(["a", "b", "c.mp4"]);
  });

  it("leaves what is done alone also where the results stand in the input itself", async () => {
    makeSequence("self", 6);
    const args = ["batch", "self", "--out", "self/results", ...FAST, "--format", "txt,csv"];
    expect((await toldIn(cwd, args)).stderr).toContain("done name=self ");
    expect((await toldIn(cwd, args)).stderr).toBe(
      "batch files=0 jobs=1 threads=2\nfinished files=1 done=1\n".replace(
        "2",
        String(availableParallelism()),
      ),
    );
  });

  it("ends with 0 where all are done, and with 3 where a part of one was damaged", async () => {
    const list = inFolder("some.txt");
    writeFileSync(list, "in/seq\nin/north/cam.mp4\n");
    const args = ["--out", "in/results", ...FAST];
    expect((await toldIn(cwd, ["batch", list, ...args, "--quiet"])).code).toBe(0);
    await makeVideo(inFolder("cut.avi"), { frames: 30 });
    const bytes = readFileSync(inFolder("cut.avi"));
    writeFileSync(inFolder("cut.avi"), bytes.subarray(0, bytes.length * 0.6));
    const { code, stdout } = await toldIn(cwd, ["batch", "cut.avi", ...args]);
    expect([code, stdout]).toEqual([3, expect.stringMatching(/\ncut.avi +damaged /)]);
    expect(Object.keys(states())).toEqual(["cut.avi", "in/north/cam.mp4", "in/seq"]);
  });

  it("keeps the results of another file that is called the same", async () => {
    makeSequence("one/seq", 5);
    makeSequence("two/seq", 7);
    const args = ["--out", "in/results", ...FAST];
    expect((await toldIn(cwd, ["batch", "one", ...args])).code).toBe(0);
    const kept = read("seq.json");
    for (let again = 0; again < 2; again++) {
      const { code, stdout } = await toldIn(cwd, ["batch", "two", ...args]);
      expect([code, stdout]).toEqual([
        4,
        expect.stringContaining("are called the same there; choose another --out"),
      ]);
    }
    expect(read("seq.json")).toBe(kept);
  });

  it("refuses a folder in which another batch is at work, and takes over from one that was killed", async () => {
    mkdirSync(inFolder("in/results"));
    const lock = inFolder("in/results/.track-batch.lock");
    writeFileSync(lock, JSON.stringify({ pid: process.pid, host: hostname(), token: "x" }));
    expectFailure(
      await batch(),
      1,
      `another batch is at work there (process ${process.pid} on ${hostname()})`,
    );
    writeFileSync(lock, JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), token: "x" }));
    expect((await batch("--quiet")).code).toBe(4);
  });

  it("does not overwrite a batch.json that is not its own", async () => {
    mkdirSync(inFolder("in/results"));
    writeFileSync(inFolder("in/results/batch.json"), '{"name":"mine"}');
    expectFailure(await batch(), 1, "expected the list of a batch", "choose another --out");
    expect(read("batch.json")).toBe('{"name":"mine"}');
  });

  it.each([
    [["batch", "in"], 2, "Option --out: expected the one folder"],
    [["batch", "--out", "r"], 2, "Nothing to track"],
    [["batch", "in", "--out", "r", "--jobs", "0"], 2, "Option --jobs: expected a whole number from 1, got 0"],
    [
      ["batch", "in", "--out", "r", "--stall-limit", "-1"],
      2,
      "--stall-limit: expected seconds from 0, got -1",
    ],
    [["batch", "in", "--out", "r", "--format", "xml"], 2, "Option --format: expected some of json,"],
    [["batch", "in", "--out", "r", "--detections", "d.txt"], 2, "expected {name} in it"],
    [["batch", "in", "--out", "r", "--tracker", "magic"], 2, 'Cannot find the tracker "magic"'],
    [["batch", "in", "--out", "r", "--detector", "magic"], 1, 'Cannot find the detector "magic"'],
    [["batch", "nowhere", "--out", "r"], 1, 'Cannot read "nowhere": no such file'],
  ])("refuses %j before it does anything", async (args, code, message) => {
    expectFailure(await toldIn(cwd, args), code, message);
    expect(existsSync(inFolder("r"))).toBe(false);
  });

  it("goes on after it was killed, to the same files, and leaves no process behind", async () => {
    for (const name of ["big/a", "big/b", "big/c"]) makeSequence(name, 300);
    const args = ["batch", "big", "--out", "in/results", ...SORT, "--jobs", "2", "--checkpoint", "0"];
    expect((await toldIn(cwd, [...args, "--quiet"])).code).toBe(0);
    const expected = ["a.json", "b.json", "c.json"].map(read);
    rmSync(inFolder("in/results"), { recursive: true });

    const jobs = () =>
      execFileSync("ps", ["-A", "-ww", "-o", "ppid=,pid=,args="], { encoding: "utf8" })
        .split("\n")
        .filter((line) => line.includes(`${dirname(MAIN)}/job.js`));
    const others = jobs().length;
    let gone = "";
    for (let kills = 0; kills < 2; kills++) {
      const child = spawn(process.execPath, [MAIN, ...args], { cwd, stdio: "ignore" });
      const checkpoints = () =>
        existsSync(inFolder("in/results")) &&
        readdirSync(inFolder("in/results")).some((name) => name.endsWith(".checkpoint"));
      while (child.exitCode === null && !checkpoints()) await wait(20);
      await wait(200);
      child.kill("SIGKILL");
      for (let tries = 0; tries < 100 && jobs().length > others; tries++) await wait(100);
      gone += jobs().length > others ? jobs().join("\n") : "";
    }
    expect(gone).toBe("");
    expect((await toldIn(cwd, [...args, "--quiet"])).code).toBe(0);
    expect(["a.json", "b.json", "c.json"].map(read)).toEqual(expected);
    expect(readdirSync(inFolder("in/results")).sort()).toEqual(["a.json", "b.json", "batch.json", "c.json"]);
  });

  it("ends a file that gets stuck, tries it again, and then goes on with the others", async () => {
    mkdirSync(inFolder("stuck"));
    cpSync(inFolder("clip.mp4"), inFolder("stuck/a.mp4"));
    cpSync(inFolder("in/seq"), inFolder("stuck/seq"), { recursive: true });
    // It works, but for this file: as on a disk that does not answer any more.
    const { path } = await findFfmpeg({ env: process.env });
    const hanging = `#!/bin/sh\ncase "$*" in *file:*a.mp4*) exec sleep 987;; esac\nexec '${path}' "$@"\n`;
    writeFileSync(inFolder("hanging"), hanging, { mode: 0o755 });
    const args = ["batch", "stuck", "--out", "in/results", ...SORT, "--detector", "tiny.onnx", "--jobs", "1"];
    const { code, stderr } = await toldIn(cwd, [...args, "--ffmpeg", "./hanging", "--stall-limit", "1"]);
    const why = 'Cannot track "stuck/a.mp4": nothing happened for 1 s, so its process was ended';
    expect(stderr).toContain(`\nwarning: a.mp4: tried again: ${why}\n`);
    expect(stderr).toContain(`\nfailed name=a.mp4 error=${JSON.stringify(why)}\n`);
    expect(stderr).toMatch(/\ndone name=seq [^\n]+\nfinished files=2 done=1 failed=1\n$/);
    expect([code, manifest().files.map(({ attempts }) => attempts)]).toEqual([4, [2, 1]]);
    const left = execFileSync("ps", ["-A", "-o", "args="], { encoding: "utf8" });
    expect(left.split("\n").filter((line) => /^sleep 987/.test(line))).toEqual([]);
  });

  it("goes on after Ctrl-C, which leaves no half result", async () => {
    const args = ["batch", "big", "--out", "in/results", ...SORT, "--jobs", "1", "--checkpoint", "0"];
    let sent = false;
    const stopped = await run(args, {
      cwd,
      onStderr: (text, kill) => {
        if (sent || !text.includes("batch files=3")) return;
        sent = true;
        setTimeout(() => kill("SIGINT"), 900);
      },
    });
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain("note: Ending");
    for (const { name, state } of manifest().files) {
      expect(["done", "waiting"]).toContain(state);
      expect(existsSync(inFolder(`in/results/${name}.json`))).toBe(state === "done");
    }
    const { code } = await toldIn(cwd, [...args, "--quiet"]);
    expect(code).toBe(0);
    expect(json.parse!(read("c.json"), "c").frames).toHaveLength(300);
  });
});
