import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Boot } from "../../src/report/boot.js";
import { unpack } from "../../src/report/pack.js";
import { frameOf, type Run } from "../../src/report/run.js";
import { openInput } from "../../src/video/input.js";
import {
  expectFailure,
  MAIN,
  makeLongVideo,
  run,
  runFfmpeg,
  temporaryFolder,
  theFfmpeg,
  walkingBox,
} from "./_cli.js";
import { told } from "./_told.js";

/** In this process, but for what needs one of its own. */
const track = (args: readonly string[]) => told(args, process.env);
const folder = temporaryFolder();
const at = (name: string): string => join(folder.path, name);
const [WIDTH, HEIGHT] = [320, 240];

/** The person walks to the right; the car stands, and is not seen in every fourth frame. */
const tracksIn = (i: number) => [
  { id: 1, box: [40 + 2 * i, 60, 100 + 2 * i, 180], score: 0.9, class: 0, detection: 0 },
  ...(i % 4 === 1 ? [] : [{ id: 2, box: [230, 120, 300, 200], score: 0.8, class: 1, detection: 1 }]),
];

/** Tracks as `track` writes them; `times` are the video's. */
const documentOf = (times: readonly number[], more: object = {}) => ({
  ...{ format: "throughline-tracks", version: 1, input: at("in.mp4"), width: WIDTH, height: HEIGHT },
  ...{ frameRate: 25, labels: ["person", "car"], run: { tracker: "sort" } },
  frames: times.map((time, i) => ({ frame: i, time, tracks: tracksIn(i) })),
  integrity: { complete: true, frames: times.length, expectedFrames: times.length, damage: [] as object[] },
  identities: 2,
  ...more,
});
const write = (name: string, content: string | object): string => {
  writeFileSync(at(name), typeof content === "string" ? content : JSON.stringify(content));
  return at(name);
};

/** What is in a page. */
interface Page {
  readonly boot: Boot & { readonly page: "report" };
  readonly run: Run;
  part(name: string): Buffer;
}

function open(path: string): Page {
  const html = readFileSync(path, "utf8");
  const part = (name: string): Buffer => {
    const blocks = [
      ...html.matchAll(new RegExp(`<script type="text/plain" data-part="${name}">([^<]*)<`, "g")),
    ];
    return Buffer.concat(blocks.map(([, text]) => Buffer.from(text!, "base64")));
  };
  const boot = JSON.parse(/id="boot">(.*)<\/script>/.exec(html)![1]!) as Page["boot"];
  return { boot, run: unpack(gunzipSync(part("run"))), part };
}

/** The frames of a video. */
async function timesOf(path: string): Promise<number[]> {
  const times: number[] = [];
  for await (const { time } of await openInput(path, { pictures: false, ffmpeg: await theFfmpeg() }))
    times.push(time);
  return times;
}

let times: number[];

beforeAll(async () => {
  // Frames left out, so that times are uneven; B-frames; a clock that does not begin at 0.
  await runFfmpeg([
    ...["-f", "lavfi", "-i", `testsrc=s=${WIDTH}x${HEIGHT}:r=25:d=2`, "-f", "lavfi", "-i", "sine=d=2.5"],
    ...["-vf", "select='not(eq(mod(n,3),1))*not(between(n,20,28))',setpts=PTS+0.2/TB", "-vsync", "vfr"],
    ...["-c:v", "libx264", "-bf", "3", "-pix_fmt", "yuv420p", "-c:a", "aac", "-strict", "-2"],
    `file:${at("in.mp4")}`,
  ]);
  await runFfmpeg([
    "-i",
    at("in.mp4"),
    "-an",
    "-c:v",
    "mpeg4",
    "-q:v",
    "4",
    "-vsync",
    "passthrough",
    at("old.mkv"),
  ]);
  times = await timesOf(at("in.mp4"));
  write("in.tracks.json", documentOf(times));
}, 60_000);
afterAll(() => folder.remove());

describe("track report", () => {
  it("puts the tracks, the video that they name and film strips into one page", async () => {
    const result = await run(["report", at("in.tracks.json"), "--quiet"]);
    expect(result).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(folder.files()).toEqual(["in.html", "in.mp4", "in.tracks.json", "old.mkv"]);
    const { boot, run: shown, part } = open(at("in.html"));
    const { report, editing } = boot;
    expect(report).toMatchObject({ title: "in.mp4", notices: [], settings: { tracker: "sort" } });
    expect(shown).toMatchObject({ width: WIDTH, height: HEIGHT, frameRate: 25, isTimed: true });
    times.forEach((time, i) => {
      const frame = frameOf(shown, i);
      expect(frame).toMatchObject({ index: i, time });
      expect(frame.tracks.map(({ id, box }) => ({ id, box }))).toEqual(
        tracksIn(i).map(({ id, box }) => ({ id, box })),
      );
    });
    // The pictures are the original's, at their times, from 0 on.
    writeFileSync(at("part.mp4"), part("video"));
    expect(report.video).toMatchObject({
      ...{ from: { part: "video" }, width: WIDTH, height: HEIGHT, offset: times[0] },
      type: expect.stringMatching(/^video\/mp4; codecs="avc1\.[0-9a-f]{6}"$/),
    });
    const copied = await timesOf(at("part.mp4"));
    expect(copied).toHaveLength(times.length);
    for (const [i, time] of copied.entries()) expect(time + report.video!.offset).toBeCloseTo(times[i]!, 3);
    // A strip for each identity, of the frames in which it was seen.
    const { width, height, strips } = report.strips!;
    expect(strips.map(({ id }) => id)).toEqual([1, 2]);
    for (const { id, frames, from, to } of strips) {
      const size = await sharp(part("strips").subarray(from, to)).metadata();
      expect([size.format, size.width, size.height]).toEqual(["jpeg", width * frames.length, height]);
      expect(frames.length).toBe(12);
      for (const frame of frames) expect(tracksIn(frame).some((track) => track.id === id)).toBe(true);
    }
    expect(editing!.tracks).toMatchObject({
      file: "in.tracks.json",
      bytes: readFileSync(at("in.tracks.json")).length,
    });
    for (const name of ["in.html", "part.mp4"]) rmSync(at(name));
  });

  it("makes anew what browsers do not play, with every frame at its time", async () => {
    const args = ["--video", at("old.mkv"), "--out", at("old.html"), "--quiet"];
    expect(
      (await track(["report", write("t.jsonl", jsonl(await timesOf(at("old.mkv")))), ...args])).stderr,
    ).toBe("");
    const { boot, part } = open(at("old.html"));
    writeFileSync(at("part.mp4"), part("video"));
    const made = await timesOf(at("part.mp4"));
    const original = await timesOf(at("old.mkv"));
    expect(made.map((time) => Math.round((time + boot.report.video!.offset) * 1e3))).toEqual(
      original.map((time) => Math.round(time * 1e3)),
    );
    expect(boot.report.video!.note).toMatch(/made for this page/);
    for (const name of ["old.html", "part.mp4", "t.jsonl"]) rmSync(at(name));
  });

  const jsonl = (times: readonly number[]): string => {
    const { format, version, input, width, height, labels, run, frames, integrity } = documentOf(times);
    return [
      { type: "header", format, version, input, width, height, labels, run },
      ...frames.map((frame) => ({ type: "frame", ...frame })),
      { type: "footer", integrity, identities: 2 },
    ]
      .map((line) => `${JSON.stringify(line)}\n`)
      .join("");
  };
  /** Frames without tracks have no row: the walker is there in odd frames only. */
  const odd = () => times.map((time, i) => ({ time, i })).filter(({ i }) => i % 2 === 1);
  const csv = () =>
    [
      "frame,time,id,x1,y1,x2,y2,score,class,label,detection",
      ...odd().map(({ time, i }) => `${i},${time},1,10,20,30,60,0.9,0,person,0`),
      "",
    ].join("\n");
  const txt = () =>
    odd()
      .map(({ i }) => `${i + 1},1,10,20,20,40,0.9,-1,-1,-1\n`)
      .join("");

  it("knows the times of all frames from the video, also where the tracks file has none", async () => {
    for (const [name, text] of [
      ["t.txt", txt()],
      ["t.csv", csv()],
    ] as const) {
      expect((await track(["report", write(name, text), "--video", at("in.mp4"), "--quiet"])).stderr).toBe(
        "",
      );
      const { boot, run: shown } = open(at("t.html"));
      expect([...shown.time].map((time) => Math.round(time * 1e6))).toEqual(
        times.map((time) => Math.round(time * 1e6)),
      );
      expect([...shown.index]).toEqual(times.map((_, i) => i));
      expect(shown).toMatchObject({ width: WIDTH, height: HEIGHT, isTimed: true });
      expect(times.map((_, i) => frameOf(shown, i).tracks.length)).toEqual(times.map((_, i) => i % 2));
      expect(boot.report.notices).toEqual([]);
      for (const file of [name, "t.html"]) rmSync(at(file));
    }
  });

  it("assumes a rate and a size without it, and says so", async () => {
    expect((await track(["report", write("t.txt", txt()), "--quiet"])).code).toBe(0);
    const { boot, run: shown } = open(at("t.html"));
    expect(shown).toMatchObject({ width: 30, height: 60, isTimed: false });
    expect([...shown.time]).toEqual([...shown.index].map((index) => expect.closeTo(index / 30, 5)));
    expect(boot.report.notices.join("\n")).toMatch(/30 frames per second were assumed[\s\S]*30 x 60/);
    expect(boot.report.noVideo).toMatch(/does not name its video: make the report again with --video/);
    expect((await track(["report", at("t.txt"), "--frame-rate", "50", "--quiet"])).code).toBe(0);
    expect(open(at("t.html")).run).toMatchObject({ isTimed: true });
    for (const name of ["t.txt", "t.html"]) rmSync(at(name));
  });

  it("takes a folder of pictures, and a gap in it keeps its length", async () => {
    mkdirSync(at("MOT"));
    mkdirSync(at("MOT/img1"));
    await runFfmpeg(["-i", at("in.mp4"), "-frames:v", "12", at("MOT/img1/%06d.jpg")]);
    rmSync(at("MOT/img1/000005.jpg"));
    const info = {
      name: "MOT",
      imDir: "img1",
      frameRate: 10,
      seqLength: 12,
      imWidth: WIDTH,
      imHeight: HEIGHT,
      imExt: ".jpg",
    };
    write(
      "MOT/seqinfo.ini",
      `[Sequence]\n${Object.entries(info)
        .map(([key, value]) => `${key}=${value}\n`)
        .join("")}`,
    );
    const rows = Array.from({ length: 12 }, (_, i) => `${i + 1},1,10,20,20,40,0.9,-1,-1,-1\n`);
    write("MOT.txt", rows.join(""));
    const args = ["--video", at("MOT"), "--out", at("MOT.html"), "--quiet"];
    expect((await track(["report", at("MOT.txt"), ...args])).stderr).toBe("");
    const { boot, run: shown, part } = open(at("MOT.html"));
    writeFileSync(at("part.mp4"), part("video"));
    expect((await timesOf(at("part.mp4"))).map((time) => Math.round(time * 10))).toEqual(
      Array.from({ length: 12 }, (_, i) => i),
    );
    expect([...shown.time]).toEqual(Array.from({ length: 12 }, (_, i) => expect.closeTo(i / 10, 5)));
    expect(boot.report.strips!.strips[0]!.frames).toEqual([0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11]);
    for (const name of ["MOT", "MOT.txt", "MOT.html", "part.mp4"]) rmSync(at(name), { recursive: true });
  });

  it("refers to a video with --link, and goes without one with --no-video", async () => {
    mkdirSync(at("pages"));
    const page = at("pages/a.html");
    writeFileSync(at("50% street #1.mp4"), readFileSync(at("in.mp4")));
    const link = ["--video", at("50% street #1.mp4"), "--link", "--out", page, "--quiet"];
    expect((await track(["report", at("in.tracks.json"), ...link])).stderr).toBe("");
    const linked = open(page);
    expect(linked.boot.report.video!.from).toEqual({ url: "../50%25%20street%20%231.mp4" });
    expect(linked.part("video")).toHaveLength(0);
    expect(linked.boot.report.strips!.strips).toHaveLength(2);
    expect(
      (await track(["report", at("in.tracks.json"), "--no-video", "--out", page, "--quiet"])).stderr,
    ).toBe("");
    expect(open(page).boot.report).not.toHaveProperty("video");
    expect(open(page).boot.report.noVideo).toMatch(/left out on purpose/);
    const old = await track(["report", at("in.tracks.json"), "--video", at("old.mkv"), "--link", "--quiet"]);
    expectFailure(old, 1, /Cannot link ".*old\.mkv": browsers do not play it.*without --link/);
    for (const name of ["pages", "50% street #1.mp4"]) rmSync(at(name), { recursive: true });
  });

  it("refuses tracks of another video, and shows them with --force and a word about it", async () => {
    const video = ["--video", at("in.mp4"), "--quiet"];
    for (const [tracks, why] of [
      [documentOf(times.slice(0, -4)), /a video of \d+ frames, this one has \d+/],
      [documentOf([...times, ...times.map((time) => time + 10)]), /frames, this one has/],
      [
        documentOf(times, { width: 640, height: 480 }),
        /pictures of 640x480, this one has pictures of 320x240/,
      ],
      [documentOf(times.map((time) => time * 1.5)), /in which frame \d+ is at [\d.]+ s, this one has it at/],
    ] as const) {
      const path = write("other.json", tracks);
      expectFailure(
        await track(["report", path, ...video]),
        1,
        /Cannot show ".*other\.json" on/,
        why,
        /--force shows them/,
      );
    }
    expect((await track(["report", at("other.json"), ...video, "--force"])).stderr).toBe("");
    expect(open(at("other.html")).boot.report.notices.join()).toMatch(
      /The video may be another one: they are tracks of/,
    );
    // A part that was tracked on purpose is no other video.
    const { expectedFrames: _, ...part } = documentOf(times.slice(0, 10)).integrity;
    expect(
      (
        await track([
          "report",
          write("other.json", documentOf(times.slice(0, 10), { integrity: part })),
          ...video,
        ])
      ).stderr,
    ).toBe("");
    for (const name of ["other.json", "other.html"]) rmSync(at(name));
  });

  it("goes without a video that it found by itself and that does not fit, and says why", async () => {
    write("other.json", documentOf(times, { width: 640, height: 480 }));
    const result = await track(["report", at("other.json")]);
    expect(result.code).toBe(0);
    expect(result.stderr).toMatch(/warning: .*pictures of 640x480/);
    expect(open(at("other.html")).boot.report.noVideo).toMatch(/pictures of 640x480/);
    for (const name of ["other.json", "other.html"]) rmSync(at(name));
  });

  it("says what is known of damage and of runs that were cut short", async () => {
    const damage = [{ kind: "corrupt", fromFrame: 3, toFrame: 5, reason: "bad block" }];
    const integrity = {
      complete: false,
      frames: 10,
      expectedFrames: times.length,
      damage,
      interrupted: true,
    };
    write("cut.json", documentOf(times.slice(0, 10), { integrity }));
    expect((await track(["report", at("cut.json"), "--video", at("in.mp4"), "--quiet"])).code).toBe(0);
    const { boot, run: shown } = open(at("cut.html"));
    expect(boot.report.notices.join("\n")).toMatch(
      /interrupted after 10 of \d+ frames[\s\S]*1 part of the input was damaged/,
    );
    expect(shown.integrity).toMatchObject(integrity);
    // Browsers stop at damage; what is made anew has none.
    expect(boot.report.video!.note).toMatch(/made for this page/);
    for (const name of ["cut.json", "cut.html"]) rmSync(at(name));
  });

  it("scores against truth and names every mistake", async () => {
    const truth = Array.from({ length: 12 }, (_, i) => `${i + 1},7,${20 + 3 * i},50,40,80,1,1,1\n`);
    // The identity changes in frame 6, a box is missing in frame 3, and one is nowhere.
    const rows = Array.from({ length: 12 }, (_, i) =>
      i === 3 ? "" : `${i + 1},${i < 6 ? 1 : 2},${20 + 3 * i},50,40,80,0.9,-1,-1,-1\n`,
    );
    write("walk.txt", `${rows.join("")}10,5,200,150,40,80,0.9,-1,-1,-1\n`);
    write("gt.txt", truth.join(""));
    const args = ["--gt", at("gt.txt"), "--no-video", "--quiet"];
    expect((await track(["report", at("walk.txt"), ...args])).stderr).toBe("");
    const { scores } = open(at("walk.html")).boot.report;
    const value = (name: string) => scores!.metrics.find((metric) => metric.name === name)!.value;
    expect([value("IDSW"), value("FN"), value("FP")]).toEqual([1, 1, 1]);
    expect(value("MOTA")).toBeCloseTo(100 * (1 - 3 / 12), 6);
    expect(scores!.mistakes).toEqual([
      { kind: "miss", frame: 3, truth: 7, box: [29, 50, 69, 130] },
      { kind: "switch", frame: 6, id: 2, before: 1, truth: 7, box: [38, 50, 78, 130] },
      { kind: "false positive", frame: 9, id: 5, box: [200, 150, 240, 230] },
    ]);
    write("gt.txt", truth.map((row) => row.replace(/,50,40,80/, ",900,40,80")).join(""));
    expectFailure(await track(["report", at("walk.txt"), ...args]), 1, /truth of another sequence; --force/);
    for (const name of ["walk.txt", "walk.html", "gt.txt"]) rmSync(at(name));
  });

  it("refuses what makes no sense before any work, and leaves what was there", async () => {
    const tracks = at("in.tracks.json");
    write("broken.json", readFileSync(tracks, "utf8").slice(0, 500));
    write("twice.txt", "1,1,1,1,5,5,1,-1,-1,-1\n1,1,2,2,5,5,1,-1,-1,-1\n");
    write("far.txt", "999999999,1,1,1,5,5,1,-1,-1,-1\n");
    write("zones.json", "{}");
    write("kept.html", "kept");
    const before = folder.files();
    for (const [args, code, ...parts] of [
      [["nope.json"], 1, /Cannot read "nope\.json": no such file/],
      [[at("broken.json")], 1, /Cannot parse ".*broken\.json/],
      [[at("twice.txt")], 1, /Cannot parse ".*twice\.txt": identity 1 is twice in frame 0/],
      [[at("far.txt")], 1, /Cannot parse ".*far\.txt": expected frame numbers below 4194304/],
      [[tracks, "--out", tracks], 2, /expected a name that ends in \.html/],
      [[tracks, "--out", join(at("none"), "a.html")], 1, /Cannot write .*no such file or folder/],
      [[tracks, "--video", at("none.mp4")], 1, /Cannot read ".*none\.mp4": no such file/],
      [[tracks, "--video", tracks], 1, /expected a video/],
      [[tracks, "--link", "--no-video"], 2, /--link and --no-video/],
      [[tracks, "--zones", at("zones.json")], 1, /Cannot parse ".*zones\.json/],
      [[tracks, "--benchmark", "mot17"], 2, /Option --benchmark: expected --gt/],
      [[tracks, "--gt", at("none")], 1, /Cannot find truth/],
      [[tracks, "--frame-rate", "0"], 2, /Option --frame-rate/],
    ] as const) {
      const out = args.includes("--out" as never) ? [] : ["--out", at("kept.html")];
      expectFailure(await track(["report", ...args, ...out, "--quiet"]), code, ...parts);
    }
    expect(readFileSync(at("kept.html"), "utf8")).toBe("kept");
    expect(folder.files()).toEqual(before);
    for (const name of ["broken.json", "twice.txt", "far.txt", "zones.json", "kept.html"]) rmSync(at(name));
  });

  it("is made in one go with the tracks by --report, and checked before any work", async () => {
    write("det.txt", walkingBox(times.length));
    const args = [at("in.mp4"), "--detections", at("det.txt"), "--tracker", "sort", "--out", at("t.json")];
    expect((await track([...args, "--quiet", "--report", at("t.html")])).stderr).toBe("");
    const { boot, run: shown, part } = open(at("t.html"));
    expect(shown.index).toHaveLength(times.length);
    expect(part("video").length).toBeGreaterThan(1000);
    expect(boot.editing!.tracks.file).toBe("t.json");
    for (const name of ["t.json", "t.html"]) rmSync(at(name));
    for (const [more, code, what] of [
      [["--report", at("t.pdf")], 2, /t\.pdf": expected a name that ends in \.html/],
      [["--report", at("none/t.html")], 1, /there is no folder/],
    ] as const)
      expectFailure(await track([...args, ...more]), code, what);
    expect(folder.files()).not.toContain("t.json");
    rmSync(at("det.txt"));
  });

  it("leaves nothing behind when it is interrupted", async () => {
    // Long enough to be caught at it.
    await makeLongVideo(at("long.avi"), 12, "1280x720");
    write(
      "long.csv",
      "frame,time,id,x1,y1,x2,y2,score,class,label,detection\n0,0,1,10,20,30,60,0.9,0,person,0\n",
    );
    const before = folder.files();
    const args = ["report", at("long.csv"), "--video", at("long.avi"), "--quiet"];
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: "ignore" });
    const ended = once(child, "close");
    while (folder.files().length < before.length + 2) await setTimeout(20);
    child.kill("SIGINT");
    expect((await ended)[0]).toBe(130);
    expect(folder.files()).toEqual(before);
  });
});
