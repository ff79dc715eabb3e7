import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lookOf } from "../../src/render/palette.js";
import type { Frame } from "../../src/types.js";
import { openInput } from "../../src/video/input.js";
import { expectFailure, MAIN, makeLongVideo, run, runFfmpeg, temporaryFolder, theFfmpeg } from "./_cli.js";
import { told } from "./_told.js";

/** In this process, but for what needs one of its own. */
const track = (args: readonly string[]) => told(args, process.env);
const folder = temporaryFolder();
const at = (name: string): string => join(folder.path, name);
const WIDTH = 320;
const HEIGHT = 240;
/** The person walks to the right; the car stands. */
const person = (i: number) => [40 + 2 * i, 60, 100 + 2 * i, 180] as const;
const car = [230, 120, 300, 200] as const;

/** Tracks as `track` writes them; `times` are the video's. */
function tracksOf(times: readonly number[], more: object = {}): string {
  const frames = times.map((time, i) => ({
    frame: i,
    time,
    tracks: [
      { id: 1, box: person(i), score: 0.9, class: 0, detection: 0 },
      { id: 2, box: car, score: 0.8, class: 1, detection: 1 },
      { id: 12, box: [10, 190, 60, 230], score: 0.7, class: 1, detection: -1, interpolated: true },
    ],
  }));
  return JSON.stringify({
    ...{ format: "throughline-tracks", version: 1, input: "in.mp4", width: WIDTH, height: HEIGHT },
    ...{ frameRate: 25, labels: ["person", "car"], run: {}, frames },
    integrity: { complete: true, frames: times.length, damage: [] },
    identities: 3,
    ...more,
  });
}

async function framesOf(path: string): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of await openInput(path, { ffmpeg: await theFfmpeg() }))
    frames.push({ ...frame, data: frame.data.slice() });
  return frames;
}

const pixel = ({ data, width }: Frame, x: number, y: number): number[] => [
  ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];

/** How much neighbours differ on average inside a box: detail. */
function detail({ data, width }: Frame, [x1, y1, x2, y2]: readonly number[]): number {
  let sum = 0;
  for (let y = y1!; y < y2!; y++)
    for (let x = x1!; x < x2! - 1; x++)
      sum += Math.abs(data[(y * width + x) * 3 + 1]! - data[(y * width + x + 1) * 3 + 1]!);
  return sum / ((x2! - x1!) * (y2! - y1!));
}

/** The sound of a file, as ffmpeg decodes it. */
async function soundOf(path: string): Promise<string> {
  const ffmpeg = (await theFfmpeg()).path;
  const args = ["-v", "error", "-i", `file:${path}`, "-map", "0:a", "-c", "copy", "-f", "md5", "-"];
  return execFileSync(ffmpeg, args, { encoding: "utf8" });
}

let original: Frame[];
let times: number[];

beforeAll(async () => {
  // Fine noise, so that there is detail to lose; frames left out, so that times are uneven; sound.
  await runFfmpeg([
    ...[
      "-f",
      "lavfi",
      "-i",
      `nullsrc=s=${WIDTH}x${HEIGHT}:r=25:d=2,geq=lum='128+60*sin(X*1.9)*sin(Y*1.7+N)':cb=128:cr=128`,
    ],
    ...["-f", "lavfi", "-i", "sine=d=2"],
    ...["-vf", "select='not(eq(mod(n,3),1))*not(between(n,20,28))',setpts=PTS+0.2/TB", "-vsync", "vfr"],
    ...["-c:v", "libx264", "-crf", "16", "-pix_fmt", "yuv420p", "-c:a", "aac", "-strict", "-2"],
    `file:${at("in.mp4")}`,
  ]);
  original = await framesOf(at("in.mp4"));
  times = original.map((frame) => frame.time);
  writeFileSync(at("tracks.json"), tracksOf(times));
}, 60_000);
afterAll(() => folder.remove());

describe("track render", () => {
  it("draws boxes in the colours of the identities, and keeps every frame, its time, and the sound", async () => {
    const result = await run(["render", at("in.mp4"), at("tracks.json"), "--out", at("a.mp4"), "--quiet"]);
    expect(result).toEqual({ code: 0, stdout: "", stderr: "" });
    const frames = await framesOf(at("a.mp4"));
    expect(frames.map((frame) => frame.time)).toEqual(times);
    expect(
      new Set(times.slice(1).map((time, i) => Math.round((time - times[i]!) * 1000))).size,
    ).toBeGreaterThan(2);
    expect(await soundOf(at("a.mp4"))).toBe(await soundOf(at("in.mp4")));
    const last = frames.length - 1;
    for (const i of [0, last]) {
      // On the labels: colour has half the resolution of the picture, so that thin lines are paler.
      const [x1, y1] = person(i);
      expect(nearest(pixel(frames[i]!, x1 + 2, y1 - 5))).toBe(1);
      expect(nearest(pixel(frames[i]!, car[0] + 2, car[1] - 5))).toBe(2);
    }
    // What was not drawn on is as it was.
    const quiet = [110, 10, 220, 50];
    expect(detail(frames[5]!, quiet) / detail(original[5]!, quiet)).toBeGreaterThan(0.85);
    expect(folder.files()).toEqual(["a.mp4", "in.mp4", "tracks.json"]);
  });

  it("hides people also where they were missed for a moment, and nobody else", async () => {
    const file = JSON.parse(tracksOf(times));
    for (const i of [6, 7, 8])
      file.frames[i].tracks = file.frames[i].tracks.filter(({ id }: { id: number }) => id !== 1);
    writeFileSync(at("gap.json"), JSON.stringify(file));
    const args = ["--blur", "person", "--labels", "none", "--trails", "0", "--out", at("b.mp4"), "--quiet"];
    expect((await track(["render", at("in.mp4"), at("gap.json"), ...args])).code).toBe(0);
    const frames = await framesOf(at("b.mp4"));
    for (const i of [2, 7, 12]) {
      const [x1, y1, x2, y2] = person(i);
      const inside = [x1 + 6, y1 + 6, x2 - 6, y2 - 6];
      expect(detail(frames[i]!, inside) / detail(original[i]!, inside)).toBeLessThan(0.25);
      const other = [car[0] + 6, car[1] + 6, car[2] - 6, car[3] - 6];
      expect(detail(frames[i]!, other) / detail(original[i]!, other)).toBeGreaterThan(0.8);
    }
  });

  it("begins at --start with the times and the sound from there", async () => {
    const args = ["--start", "1", "--end", "1.55", "--out", at("part.mp4"), "--quiet"];
    expect((await track(["render", at("in.mp4"), at("tracks.json"), ...args])).code).toBe(0);
    const expected = times.filter((time) => time >= 1 && time < 1.55).map((time) => time - 1);
    const found = (await framesOf(at("part.mp4"))).map((frame) => frame.time);
    expect(found).toHaveLength(expected.length);
    for (const [i, time] of found.entries()) expect(Math.abs(time - expected[i]!)).toBeLessThan(0.0011);
  });

  it("writes crops of every identity that was seen, and a sheet of them", async () => {
    const result = await track([
      "render",
      at("in.mp4"),
      at("tracks.json"),
      "--crops",
      at("crops"),
      "--quiet",
    ]);
    expect(result.code).toBe(0);
    expect(readdirSync(at("crops")).sort()).toEqual(["1", "1.jpg", "2", "2.jpg"]);
    const crops = readdirSync(at("crops/2"));
    expect(crops).toHaveLength(12);
    const { width, height } = await sharp(join(at("crops/2"), crops[0]!)).metadata();
    expect([width, height]).toEqual([70, 80]);
    expectFailure(
      await track(["render", at("in.mp4"), at("tracks.json"), "--crops", at("crops")]),
      2,
      "new or empty folder",
    );
  });

  it("calls crops by the names that people gave, whatever is in them", async () => {
    const names = { 1: "Anna Müller", 2: "../../C:\\x\u202e?*" };
    writeFileSync(at("named.json"), tracksOf(times, { names }));
    const args = ["--crops", at("named"), "--quiet"];
    expect(await track(["render", at("in.mp4"), at("named.json"), ...args])).toEqual({
      ...{ code: 0, stdout: "", stderr: "" },
    });
    expect(readdirSync(at("named")).sort()).toEqual([
      "1-Anna-Müller",
      "1-Anna-Müller.jpg",
      "2-C-x",
      "2-C-x.jpg",
    ]);
  });

  it("draws the part that a run with --end has, and hides nobody beyond it", async () => {
    const few = times.slice(0, 10);
    writeFileSync(at("part.json"), tracksOf(few, { run: { end: few.at(-1)! + 0.001 } }));
    const drawn = await track(["render", at("in.mp4"), at("part.json"), "--out", at("part.mp4"), "--quiet"]);
    expect(drawn).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await framesOf(at("part.mp4"))).toHaveLength(times.length);
    const blur = ["render", at("in.mp4"), at("part.json"), "--blur", "person", "--quiet"];
    expectFailure(await track([...blur, "--out", at("no.mp4")]), 1, "holds a part of it only");
    const part = await track([...blur, "--end", String(few.at(-1)), "--out", at("hidden.mp4")]);
    expect(part).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("takes boxes of a MOTChallenge file, which does not say what was seen, for seen", async () => {
    const rows = times.map((_, i) => `${i + 1},5,230,120,70,80,0.9,-1,-1,-1\n`).join("");
    writeFileSync(at("mot.txt"), rows);
    const args = ["--crops", at("crops5"), "--out", at("mot.mp4"), "--quiet"];
    expect((await track(["render", at("in.mp4"), at("mot.txt"), ...args])).code).toBe(0);
    expect(readdirSync(at("crops5/5"))).toHaveLength(12);
    // A dashed line would be gone at most places.
    const [frame] = await framesOf(at("mot.mp4"));
    const along = Array.from({ length: 60 }, (_, i) => pixel(frame!, 236 + i, 199));
    const dark = along.filter(([r, g, b]) => r! + g! + b! < 60).length;
    expect(dark).toBe(0);
    const yellow = along.filter((colour) => nearest(colour) === 5).length;
    expect(yellow).toBeGreaterThan(50);
  });

  it("writes what was counted up to each frame beside lines", async () => {
    const line = { name: "gate", from: [110, 235], to: [110, 40] };
    writeFileSync(at("zones.json"), JSON.stringify({ units: "pixels", lines: [line] }));
    const args = ["--zones", at("zones.json"), "--out", at("z.mp4")];
    const result = await track(["render", at("in.mp4"), at("tracks.json"), ...args]);
    expect(result.code).toBe(0);
    expect(result.stderr).toMatch(/line name=gate in=0 out=1/);
  });

  it("refuses tracks of another video in one line, unless forced, and leaves nothing", async () => {
    mkdirSync(at("other"));
    const out = at("other/x.mp4");
    const cases: [string, RegExp][] = [
      [tracksOf(times, { width: 640, height: 480 }), /pictures of 640x480, this one has pictures of 320x240/],
      [tracksOf([...times, 3, 4, 5, 6, 7]), /at least \d+ frames, this one has \d+/],
      [tracksOf(times.slice(0, -4)), /a video of \d+ frames, this one has \d+/],
      [tracksOf(times.map((time) => time * 2)), /in which frame 0 is at 0.40 s, this one has it at 0.20 s/],
    ];
    for (const [text, message] of cases) {
      writeFileSync(at("wrong.json"), text);
      expectFailure(
        await track(["render", at("in.mp4"), at("wrong.json"), "--out", out]),
        1,
        message,
        "--force",
      );
    }
    expect(readdirSync(at("other"))).toEqual([]);
    expect(
      (await track(["render", at("in.mp4"), at("wrong.json"), "--out", out, "--force", "-q"])).code,
    ).toBe(0);
  });

  it("never writes over what it reads, and names what is wrong with the options", async () => {
    const before = readFileSync(at("in.mp4"));
    const failing = async (...args: string[]) => track(["render", at("in.mp4"), at("tracks.json"), ...args]);
    expectFailure(await failing("--out", at("in.mp4")), 2, "it is read in the same run");
    expect(readFileSync(at("in.mp4")).equals(before)).toBe(true);
    expectFailure(await failing(), 2, "Nothing to write");
    expectFailure(await failing("--out", at("a.gif")), 2, ".mp4");
    expectFailure(await failing("--out", at("q.mp4"), "--labels", "name"), 2, "--labels");
    expectFailure(await failing("--out", at("q.mp4"), "--blur", "dog"), 2, "person, car");
    expectFailure(await failing("--out", at("no/such/q.mp4")), 1, "q.mp4");
  });

  it("leaves nothing behind when it is interrupted", async () => {
    mkdirSync(at("stopped"));
    const long = at("long.mp4");
    await makeLongVideo(long, 40);
    const rows = Array.from({ length: 1000 }, (_, i) => `${i + 1},1,50,60,80,120,0.9,-1,-1,-1\n`).join("");
    writeFileSync(at("long.txt"), rows);
    const args = [MAIN, "render", long, at("long.txt"), "--out", at("stopped/x.mp4"), "--crops", at("cut")];
    const child = spawn(process.execPath, args, { stdio: "ignore" });
    const ended = once(child, "exit");
    while (child.exitCode === null && readdirSync(at("stopped")).length === 0) await setTimeout(20);
    child.kill("SIGINT");
    expect((await ended)[0]).toBe(130);
    expect(readdirSync(at("stopped"))).toEqual([]);
    expect(folder.files().filter((name) => name.includes("cut"))).toEqual([]);
  });
});

describe("track --render", () => {
  /** Where people were found, so that no network is asked. */
  const found = (frames: number): string =>
    Array.from({ length: frames }, (_, i) => {
      const [x1, y1, x2, y2] = person(i % 25);
      return `${i + 1},-1,${x1},${y1},${x2 - x1},${y2 - y1},0.9,-1,-1,-1\n`;
    }).join("");
  const offline = (file: string) => ["--detections", file, "--no-reid", "--camera-motion", "off"];

  it("draws what it tracked, as track render does afterwards", async () => {
    writeFileSync(at("found.txt"), found(times.length));
    const [out, video] = [at("go/in.json"), at("go/in.tracks.mp4")];
    mkdirSync(at("go"));
    const args = ["--out", out, "--out", at("go/in.txt"), "--render", `${at("go")}/`, "--end", "1.6"];
    const result = await track([at("in.mp4"), ...args, ...offline(at("found.txt"))]);
    expect(result.code).toBe(0);
    expect(result.stderr).toContain(`Drew ${times.filter((time) => time < 1.6).length} frames into`);
    const again = ["render", at("in.mp4"), out, "--out", at("go/again.mp4"), "--end", "1.6", "-q"];
    expect((await track(again)).code).toBe(0);
    expect(readFileSync(video).equals(readFileSync(at("go/again.mp4")))).toBe(true);
    expect(readdirSync(at("go")).sort()).toEqual(["again.mp4", "in.json", "in.tracks.mp4", "in.txt"]);
  });

  it("says before any work what cannot be", async () => {
    mkdirSync(at("refused"));
    const failing = (input: string, ...args: string[]) =>
      track([input, "--out", at("refused/t.json"), ...args]);
    const input = at("in.mp4");
    const cases: [ReturnType<typeof track>, number, string][] = [
      [failing(input, "--render", input), 2, "it is read in the same run"],
      [failing(input, "--render", at("refused/a.gif")), 2, ".mp4"],
      [failing(input, "--render", at("refused/no/a.mp4")), 1, "no folder"],
      [failing("-", "--render", at("refused/a.mp4")), 2, "read again"],
      [failing("http://localhost:1/a.mp4", "--render", at("refused/a.mp4")), 2, "read again"],
      [track([input, "--out", "-", "--render", at("refused/a.mp4")]), 2, "--out tracks.json"],
      [
        track([input, at("found.txt"), "--out", at("refused/"), "--render", at("refused/a.mp4")]),
        2,
        "expected {name} in it",
      ],
      [failing("rtsp://localhost/a", "--online", "--render", at("refused/a.mp4")), 2, "record it first"],
    ];
    for (const [result, code, message] of cases) expectFailure(await result, code, message);
    expect(readdirSync(at("refused"))).toEqual([]);
  });

  it("keeps the tracks where it is interrupted while it draws, and says how to draw them", async () => {
    mkdirSync(at("cut-short"));
    const long = at("long2.mp4");
    await makeLongVideo(long, 40);
    writeFileSync(at("found2.txt"), found(1000));
    const [out, video] = [at("cut-short/t.json"), at("cut-short/a.mp4")];
    const args = [MAIN, long, "--out", out, "--render", video, ...offline(at("found2.txt"))];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
    let told = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      told += text;
    });
    const ended = once(child, "close");
    while (child.exitCode === null && readdirSync(at("cut-short")).every((name) => !name.startsWith(".a.")))
      await setTimeout(20);
    child.kill("SIGINT");
    expect((await ended)[0]).toBe(130);
    expect(readdirSync(at("cut-short"))).toEqual(["t.json"]);
    expect(told).toContain(`track render ${long} ${out} --out ${video}`);
  });
});

/** The identity, of the first eight, whose colour is the closest. */
function nearest(colour: readonly number[]): number {
  const distance = (id: number) => Math.hypot(...lookOf(id).colour.map((value, i) => value - colour[i]!));
  return [1, 2, 3, 4, 5, 6, 7, 8].sort((a, b) => distance(a) - distance(b))[0]!;
}
