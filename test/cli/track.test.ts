import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { csv } from "../../src/format/csv.js";
import { json } from "../../src/format/json.js";
import { jsonl } from "../../src/format/jsonl.js";
import { mot } from "../../src/format/mot.js";
import { makeVideo, run, temporaryFolder, walkingBox, writeDetector } from "./_cli.js";

const folder = temporaryFolder();
const cwd = folder.path;
const inFolder = (name: string) => join(cwd, name);
const read = (name: string) => readFileSync(inFolder(name), "utf8");
const SORT = ["--tracker", "sort", "--tracker-option", "minHits=1"];
const FAST = [...SORT, "--detector", "tiny.onnx", "--threads", "1"];

beforeAll(async () => {
  await makeVideo(inFolder("clip.mp4"));
  writeDetector(inFolder("tiny.onnx"));
  writeFileSync(inFolder("det.txt"), walkingBox(12));
  for (const name of ["MOT-1", "MOT-2"]) {
    mkdirSync(inFolder(join(name, "det")), { recursive: true });
    writeFileSync(inFolder(join(name, "det", "det.txt")), walkingBox(20));
    writeFileSync(
      inFolder(join(name, "seqinfo.ini")),
      `[Sequence]\nname=${name}\nimDir=img1\nframeRate=30\nseqLength=20\nimWidth=640\nimHeight=480\nimExt=.jpg\n`,
    );
  }
});
afterAll(() => folder.remove());

describe("track", () => {
  it("tracks a video into every format at once, by the schema", async () => {
    const names = ["a.json", "a.jsonl", "a.txt", "a.csv"];
    const { code, stdout, stderr } = await run(
      ["clip.mp4", ...FAST, ...names.flatMap((name) => ["--out", name])],
      { cwd },
    );
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toMatch(
      /^done input=clip\.mp4 frames=12 identities=1 seconds=.* detectSeconds=.* complete=true files=a\.json,a\.jsonl,a\.txt,a\.csv\n$/,
    );
    const schema = JSON.parse(
      readFileSync(new URL("../../schema/tracks.schema.json", import.meta.url), "utf8"),
    );
    expect(new Ajv2020().compile(schema)(JSON.parse(read("a.json")))).toBe(true);
    const parsed = json.parse!(read("a.json"), "a.json");
    expect(parsed.header).toMatchObject({ input: "clip.mp4", width: 128, height: 96, frameRate: 10 });
    expect(parsed.header?.run).toMatchObject({
      tool: "throughline",
      detector: { name: "tiny" },
      classes: ["person", "car"],
    });
    expect(parsed.footer).toMatchObject({ identities: 1, integrity: { complete: true, frames: 12 } });
    expect(parsed.frames.map(({ index, tracks }) => [index, tracks.length])).toEqual(
      Array.from({ length: 12 }, (_, i) => [i, 1]),
    );
    expect(parsed.frames[3]!.time).toBeCloseTo(0.3);
    expect(jsonl.parse!(read("a.jsonl"), "a.jsonl")).toEqual(parsed);
    expect(csv.parse!(read("a.csv"), "a.csv").frames).toEqual(parsed.frames);
    expect(mot.parse!(read("a.txt"), "a.txt").frames).toHaveLength(12);
  });

  it("writes the same file twice for the same run", async () => {
    await run(["clip.mp4", ...FAST, "--out", "once.json"], { cwd });
    await run(["clip.mp4", ...FAST, "--out", "twice.json"], { cwd });
    expect(read("twice.json")).toBe(read("once.json"));
  });

  it("calls the output after the input where none is named", async () => {
    const { code } = await run(["clip.mp4", ...FAST, "--quiet"], { cwd });
    expect(code).toBe(0);
    expect(existsSync(inFolder("clip.tracks.json"))).toBe(true);
  });

  it("takes detections from a file, and saves them so that they give the same tracks again", async () => {
    const first = await run(
      ["clip.mp4", ...FAST, "--classes", "person", "--out", "first.txt", "--save-detections", "kept.txt"],
      { cwd },
    );
    const again = await run(["clip.mp4", ...SORT, "--detections", "kept.txt", "--out", "again.json"], {
      cwd,
    });
    expect([first.code, again.code]).toEqual([0, 0]);
    const frames = json.parse!(read("again.json"), "again.json");
    expect(frames.header?.labels).toEqual(["person", "car"]);
    expect(frames.frames.map(({ tracks }) => tracks.map((t) => t.id))).toEqual(
      mot.parse!(read("first.txt"), "first.txt").frames.map(({ tracks }) => tracks.map((t) => t.id)),
    );
  });

  it("narrows down to a time, every n-th frame, a class, a score", async () => {
    const args = ["clip.mp4", ...SORT, "--detections", "det.txt", "--out", "part.json"];
    await run([...args, "--start", "0:00.3", "--end", "0.9", "--every", "2"], { cwd });
    expect(json.parse!(read("part.json"), "part").frames.map((frame) => frame.index)).toEqual([4, 6, 8]);
    await run([...args, "--min-score", "0.91"], { cwd });
    expect(json.parse!(read("part.json"), "part").footer?.identities).toBe(0);
    await run(["clip.mp4", ...FAST, "--out", "part.json", "--classes", "Car"], { cwd });
    expect(json.parse!(read("part.json"), "part").footer?.identities).toBe(0);
  });

  it("writes people only into MOTChallenge files, which cannot tell classes apart, unless classes are named", async () => {
    const labels = '# detections; column 8 is the class, an index into ["person","car"]\n';
    const rows = Array.from(
      { length: 12 },
      (_, i) => `${i + 1},-1,10,20,20,40,0.9,0,-1,-1\n${i + 1},-1,80,20,30,20,0.9,1,-1,-1\n`,
    ).join("");
    writeFileSync(inFolder("both.txt"), labels + rows);
    const args = ["clip.mp4", ...SORT, "--detections", "both.txt", "--out", "p.txt", "--out", "p.csv"];
    const both = await run(args, { cwd });
    expect(both.stderr).toMatch(
      /\nnote: MOTChallenge files [^\n]* \(1 other identity left out\); --classes chooses\n$/,
    );
    expect(read("p.csv").match(/,car,/g)).toHaveLength(12);
    expect(read("p.txt").trim().split("\n")).toHaveLength(12);
    await run([...args, "--classes", "car,person"], { cwd });
    expect(read("p.txt").trim().split("\n")).toHaveLength(24);
  });

  it("tracks MOT sequences without pictures from their own detections, one after the other, into a folder", async () => {
    mkdirSync(inFolder("results"));
    const { code, stderr } = await run(["MOT-1", "MOT-2", ...SORT, "--out", "results"], { cwd });
    expect(stderr).toMatch(/^done input=MOT-1 frames=20 .*\ndone input=MOT-2 frames=20 .*\n$/);
    expect(code).toBe(0);
    expect(mot.parse!(read("results/MOT-2.txt"), "MOT-2").frames).toHaveLength(20);
  });

  it("fills in {name}, and goes on with the next input where one fails", async () => {
    const { code, stderr } = await run(
      ["MOT-1", "nowhere", "MOT-2", ...SORT, "--out", "{name}.csv", "--out", "{name}.jsonl", "--quiet"],
      { cwd },
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: [^\n]*"nowhere"[^\n]*\n$/);
    for (const name of ["MOT-1.csv", "MOT-2.csv", "MOT-1.jsonl", "MOT-2.jsonl"])
      expect(existsSync(inFolder(name))).toBe(true);
  });

  it("reads a video from the standard input and writes JSON Lines to the standard output", async () => {
    await makeVideo(inFolder("stream.avi"), { args: ["-c:v", "mjpeg"] });
    const { code, stdout } = await run(["-", ...SORT, "--detections", "det.txt", "--out", "-"], {
      cwd,
      stdin: readFileSync(inFolder("stream.avi")),
    });
    expect(code).toBe(0);
    const parsed = jsonl.parse!(stdout, "stdout");
    expect(parsed.header?.input).toBe("-");
    expect(parsed.frames).toHaveLength(12);
  });

  it("takes settings from a file, and options before them", async () => {
    writeFileSync(
      inFolder("settings.json"),
      JSON.stringify({
        tracker: "sort",
        trackerOption: { minHits: 1 },
        detections: "det.txt",
        out: "from-file.json",
        every: 3,
      }),
    );
    await run(["clip.mp4", "--config", "settings.json", "--every", "4"], { cwd });
    expect(json.parse!(read("from-file.json"), "x").frames.map((frame) => frame.index)).toEqual([0, 4, 8]);
  });

  it("says it in JSON with --log json, and nothing with --quiet", async () => {
    const args = ["clip.mp4", ...SORT, "--detections", "det.txt", "--out", "a.json"];
    const logged = await run([...args, "--log", "json"], { cwd });
    expect(JSON.parse(logged.stderr)).toMatchObject({
      event: "done",
      frames: 12,
      identities: 1,
      files: ["a.json"],
    });
    expect(await run([...args, "--quiet"], { cwd })).toEqual({ code: 0, stdout: "", stderr: "" });
    const failed = await run(["nowhere.mp4", "--log", "json"], { cwd });
    expect(JSON.parse(failed.stderr)).toMatchObject({
      event: "error",
      message: expect.stringContaining("nowhere.mp4"),
    });
  });

  it("warns of detections beyond the end of the input", async () => {
    writeFileSync(inFolder("long.txt"), walkingBox(30));
    const { code, stderr } = await run(["clip.mp4", ...SORT, "--detections", "long.txt", "--out", "a.json"], {
      cwd,
    });
    expect(code).toBe(0);
    expect(stderr).toContain(
      'warning: "long.txt" has detections up to frame 30, the input ends with frame 12\n',
    );
  });

  it("takes the word models for the command, and ./models for a file", async () => {
    expect((await run(["models"], { cwd })).stdout).toContain("verify");
    const { code, stderr } = await run(["./models"], { cwd });
    expect([code, stderr]).toEqual([1, expect.stringContaining("./models")]);
  });

  it("leaves no temporary file behind", () => {
    expect(folder.files().filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});
