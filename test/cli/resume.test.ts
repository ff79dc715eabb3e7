/**
 * Runs that are killed, and go on. `KILLS=n` kills n processes (8) with a cheap pipeline; resume-moments.test.ts tries far
 * more moments inside one process. Starting processes is what takes the time here: runs that are alike are shared, and those
 * that nobody kills are this process's own.
 */
import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { random } from "../_random.js";
import { MAIN, makeVideo, run, temporaryFolder, writeDetector } from "./_cli.js";
import { toldIn } from "./_told.js";

const KILLS = Number(process.env.KILLS ?? 8);
const FRAMES = 60;

const folder = temporaryFolder();
const cwd = folder.path;
const inFolder = (name: string) => join(cwd, name);
const out = inFolder("out");
const hook = ["--import", new URL("_sigkill.mjs", import.meta.url).href];
const files = ["a.csv", "a.json", "a.json.explain.jsonl", "a.txt", "d.txt"];
const outputs = [
  ...["--out", "out/a.json", "--out", "out/a.csv", "--out", "out/a.txt"],
  ...["--explain", "--save-detections", "out/d.txt", "--checkpoint", "0"],
];
const sort = ["MOT-1", "--tracker", "sort", "--tracker-option", "minHits=1", ...outputs];

const contents = () => Object.fromEntries(files.map((name) => [name, readFileSync(join(out, name), "utf8")]));
const clear = () => {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
};
/** What the cheap pipeline makes of the sequence, uninterrupted. */
let whole: Record<string, string>;
/** What it leaves when it is killed in the middle. */
const middle = inFolder("killed");
const asKilled = () => {
  rmSync(out, { recursive: true, force: true });
  cpSync(middle, out, { recursive: true, preserveTimestamps: true });
};

/** Runs to the end. */
const track = (args: readonly string[]) => toldIn(cwd, args);
/** Kills the run at a step of its writing. */
const killed = async (args: readonly string[], step: number, more: readonly string[] = []) => {
  const result = await run([...args, ...more], { cwd, node: hook, env: { CRASH_AT: String(step) } });
  expect(result.code).toBe(null);
  return result;
};

beforeAll(async () => {
  mkdirSync(inFolder("MOT-1/det"), { recursive: true });
  writeFileSync(
    inFolder("MOT-1/seqinfo.ini"),
    `[Sequence]\nname=S\nimDir=img1\nframeRate=30\nseqLength=${FRAMES}\nimWidth=640\nimHeight=480\nimExt=.jpg\n`,
  );
  const next = random(3);
  const xs = Array.from({ length: 6 }, () => 600 * next());
  let rows = "";
  for (let t = 1; t <= FRAMES; t++)
    xs.forEach((x, i) => {
      xs[i] = x + 6 * next() - 3;
      if (next() < 0.85) rows += `${t},-1,${x.toFixed(2)},${40 + 50 * i},30,60,0.9,-1,-1,-1\n`;
    });
  writeFileSync(inFolder("MOT-1/det/det.txt"), rows);
  clear();
  expect((await track([...sort, "--quiet"])).stderr).toBe("");
  whole = contents();
  clear();
  await killed(sort, 300);
  cpSync(out, middle, { recursive: true, preserveTimestamps: true });
}, 60_000);
afterAll(() => folder.remove());
beforeEach(clear);

describe("a run that is killed", () => {
  it(
    "is gone on with, to the same files byte for byte, whenever that was",
    async () => {
      const expected = whole;
      const next = random(11);
      let finished = 0;
      for (let kills = 0; kills < KILLS; ) {
        // At a step of writing, or at any time at all.
        const step = Math.floor(400 * next());
        const bySteps = next() < 0.7;
        const child = spawn(process.execPath, [...(bySteps ? hook : []), MAIN, ...sort, "--quiet"], {
          ...{ cwd, stdio: ["ignore", "ignore", "pipe"] },
          env: { ...process.env, CRASH_AT: String(step) },
        });
        let said = "";
        child.stderr.on("data", (text) => {
          said += text;
        });
        const timer = bySteps ? undefined : setTimeout(() => child.kill("SIGKILL"), 200 + 600 * next());
        const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
          child.on("close", (...end) => resolve(end)),
        );
        clearTimeout(timer);
        expect(said).toBe("");
        for (const name of readdirSync(out).filter((name) => !name.startsWith(".")))
          expect(readFileSync(join(out, name), "utf8"), name).toBe(expected[name]);
        if (signal === "SIGKILL") {
          kills++;
          continue;
        }
        expect(code).toBe(0);
        expect(contents()).toEqual(expected);
        finished++;
        clear();
      }
      expect((await track([...sort, "--quiet"])).stderr).toBe("");
      expect(contents()).toEqual(expected);
      expect(readdirSync(out).sort()).toEqual(files);
      expect(finished).toBeLessThan(KILLS);
    },
    60_000 + 3000 * KILLS,
  );

  it("is gone on with to the same files where tracks are put right after the last frame", async () => {
    const offline = ["MOT-1", ...outputs];
    expect((await track([...offline, "--quiet"])).stderr).toBe("");
    const expected = contents();
    const tracks = JSON.parse(expected["a.json"]!) as { run: object; frames: { tracks: object[] }[] };
    expect(tracks.run).toMatchObject({ tracker: "throughline", offline: true });
    expect(expected["a.json"]).toContain('"interpolated":true');
    for (const step of [40, 290, 330, 345, 360]) {
      clear();
      const { code } = await run([...offline, "--quiet"], {
        cwd,
        node: hook,
        env: { CRASH_AT: String(step) },
      });
      if (code === null)
        expect(readdirSync(out).filter((name) => !name.startsWith("."))).not.toContain("a.json");
      expect((await track([...offline, "--quiet"])).stderr).toBe("");
      expect(contents(), `killed at step ${step}`).toEqual(expected);
      expect(readdirSync(out).sort()).toEqual(files);
    }
  }, 60_000);

  it("is gone on with where frames wait for a tracker that is late", async () => {
    const late = ["MOT-1", "--tracker", "throughline", "--online", ...outputs];
    expect((await track([...late, "--quiet"])).stderr).toBe("");
    const expected = contents();
    clear();
    for (const step of [90, 150, 120]) await killed(late, step);
    const { code, stderr } = await track(late);
    expect([code, stderr]).toEqual([0, expect.stringContaining("note: Going on with")]);
    expect(contents()).toEqual(expected);
  });

  it("says where it goes on, and starts anew with --no-resume", async () => {
    asKilled();
    const { code, stderr } = await track(sort);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^note: Going on with "out\/a\.json" after frame \d+\ndone input=MOT-1 frames=60 /,
    );
    asKilled();
    expect((await track([...sort, "--no-resume"])).stderr).toMatch(/^done input=MOT-1 frames=60 /);
  });

  it("starts anew, with one clear line, where its checkpoint is torn, of another version, or of another run", async () => {
    const checkpoint = () =>
      join(out, readdirSync(out).find((name) => name.endsWith(".checkpoint")) as string);
    const change = (text: (before: string) => string) =>
      writeFileSync(checkpoint(), text(readFileSync(checkpoint(), "utf8")));
    const part = () => readdirSync(out).filter((name) => name.endsWith(".part"));
    const cases: readonly [string, () => void, readonly string[]][] = [
      ["it is torn", () => change((text) => text.slice(0, -40)), []],
      [
        "it is of version 99, this program's is 4",
        () => change((text) => text.replace('"version":4', '"version":99')),
        [],
      ],
      ["the options changed", () => {}, ["--tracker-option", "maxAge=7"]],
      [
        'what was written of "out/a.csv" is not there as it was left',
        () => {
          for (const name of part())
            if (readFileSync(join(out, name), "utf8").startsWith("frame,time"))
              writeFileSync(join(out, name), "something else");
        },
        [],
      ],
      // The last: what was killed does not fit any more.
      ["the input changed", () => utimesSync(inFolder("MOT-1/det/det.txt"), 1, 1), []],
    ];
    for (const [why, spoil, more] of cases) {
      clear();
      if (more.length > 0) await track([...sort, ...more]);
      const expected = more.length > 0 ? contents() : whole;
      asKilled();
      spoil();
      const { code, stderr } = await track([...sort, ...more]);
      expect([code, stderr]).toEqual([
        0,
        expect.stringMatching(
          `^note: Cannot go on from the checkpoint of "out/a.json": ${why}; starting anew\ndone `,
        ),
      ]);
      expect(contents()).toEqual(expected);
      expect(readdirSync(out).sort()).toEqual(files);
    }
  });

  it("is gone on with where a file may not become larger, once it may", async () => {
    const command = `ulimit -f 8; exec "${process.execPath}" "${MAIN}" ${sort.join(" ")}`;
    const limited = () => execFileSync("sh", ["-c", command], { cwd, stdio: "pipe", encoding: "utf8" });
    expect(limited).toThrow(/error: Cannot write "out\/[^\n]*": the file would be too large\n$/);
    expect(readdirSync(out).filter((name) => !name.startsWith("."))).toEqual([]);
    const { stderr } = await track(sort);
    expect(stderr).toContain("note: Going on with");
    expect(contents()).toEqual(whole);
  });

  it("leaves an output to a run that is writing it already, and both come to their end", async () => {
    const both = await Promise.all([run(sort, { cwd }), run(sort, { cwd })]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(contents()).toEqual(whole);
    expect(readdirSync(out).sort()).toEqual(files);
  });
});

describe("a video", () => {
  const video = [...["--tracker", "deepsort", "--threads", "1"], ...outputs];

  it("is gone on with frame by frame, also where it is damaged and every second frame is taken", async () => {
    await makeVideo(inFolder("clip.avi"), { frames: 40, args: ["-c:v", "mpeg4", "-g", "5"] });
    const bytes = readFileSync(inFolder("clip.avi"));
    bytes.fill(0x55, bytes.length >> 1, (bytes.length >> 1) + 300);
    writeFileSync(inFolder("clip.avi"), bytes);
    writeDetector(inFolder("tiny.onnx"));
    const args = ["clip.avi", ...video, "--detector", "tiny.onnx", "--every", "2"];
    expect((await track(args)).code).toBe(3);
    const expected = contents();
    clear();
    for (const step of [60, 100, 40]) await killed(args, step);
    const { code, stderr } = await track(args);
    expect([code, stderr]).toEqual([3, expect.stringContaining("note: Going on with")]);
    expect(contents()).toEqual(expected);
  });

  it("is gone on with in the real pipeline, and no ffmpeg is left behind", async () => {
    const pets = fileURLToPath(new URL("../../samples/pets.mp4", import.meta.url));
    const args = [pets, ...video, "--detector", "nanodet-g-416", "--end", "1"];
    expect((await track([...args, "--quiet"])).code).toBe(0);
    const expected = contents();
    clear();
    expect(JSON.parse(expected["a.json"]!).identities).toBeGreaterThan(2);
    for (const step of [40, 50]) {
      await killed(args, step);
      const ours = () =>
        execFileSync("ps", ["-A", "-ww", "-o", "args="], { encoding: "utf8" })
          .split("\n")
          .filter((line) => line.includes(`file:${pets}`) && line.includes("rawvideo"));
      for (let tries = 0; tries < 50 && ours().length > 0; tries++) await wait(100);
      if (process.platform !== "win32") expect(ours()).toEqual([]);
    }
    const { stderr } = await track(args);
    expect(stderr).toContain("note: Going on with");
    expect(contents()).toEqual(expected);
    expect(readdirSync(out).sort()).toEqual(files);
  }, 180_000);
});
