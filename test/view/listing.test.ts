import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeManifest } from "../../src/batch/manifest.js";
import { takeLock } from "../../src/checkpoint/lock.js";
import { emptyLog, formatLog } from "../../src/edit/index.js";
import { beside } from "../../src/format/beside.js";
import { csv } from "../../src/format/csv.js";
import { json } from "../../src/format/json.js";
import { jsonl } from "../../src/format/jsonl.js";
import { mot } from "../../src/format/mot.js";
import type { Format, TracksFooter, TracksHeader } from "../../src/types.js";
import { Folder } from "../../src/view/folder.js";
import { Lister } from "../../src/view/listing.js";
import { write as textOf } from "../contract/format.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "throughline-list-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const put = (name: string, text: string) => writeFileSync(join(root, name), text);
const list = async () => new Lister(await Folder.open(root)).list();

const header: TracksHeader = {
  ...{ input: "street.mp4", width: 640, height: 480, frameRate: 10, labels: ["person"] },
  run: { tracker: "sort", detector: { name: "nanodet-g" } },
};
const footer: TracksFooter = {
  identities: 1,
  integrity: { complete: true, frames: 20, damage: [] },
};
const frames = Array.from({ length: 20 }, (_, index) => ({
  index,
  time: index / 10,
  tracks: [{ id: 1, box: [0, 0, 10, 20] as const, score: 1, class: 0, detection: 0 }],
}));
const text = (format: Format, foot = footer) => textOf(format, { header, frames, footer: foot });
const known = {
  input: "street.mp4",
  width: 640,
  height: 480,
  frameRate: 10,
  tracker: "sort",
  detector: "nanodet-g",
};

describe("the list of a folder", () => {
  it("tells what tracks files say of themselves, of every format", async () => {
    put("a.json", text(json));
    put("b.jsonl", text(jsonl));
    put("c.csv", text(csv));
    put("d.txt", text(mot));
    const { runs, batches, going, notices } = await list();
    expect(runs).toMatchObject([
      { path: "a.json", ...known, frames: 20, identities: 1, seconds: 1.9 },
      { path: "b.jsonl", ...known, frames: 20, identities: 1, seconds: 1.9 },
      { path: "c.csv", frames: 20, seconds: 1.9 },
      { path: "d.txt", frames: 20 },
    ]);
    expect(runs.every(({ error, trouble }) => error === undefined && trouble === undefined)).toBe(true);
    expect([batches, going, notices]).toEqual([[], [], []]);
  });

  it("leaves out what is none of its business, and what is elsewhere", async () => {
    put("package.json", "{}");
    put("counts.json", '{"format":"throughline-counts"}');
    put("notes.txt", "hello\n");
    put("table.csv", "a,b\n1,2\n");
    put("a.json.edits.json", formatLog(emptyLog({ file: "a.json", bytes: 1, sha256: "0".repeat(64) })));
    put(".hidden.json", text(json));
    mkdirSync(join(root, "node_modules"));
    writeFileSync(join(root, "node_modules", "a.json"), text(json));
    const elsewhere = mkdtempSync(join(tmpdir(), "throughline-else-"));
    writeFileSync(join(elsewhere, "a.json"), text(json));
    symlinkSync(join(elsewhere, "a.json"), join(root, "link.json"));
    symlinkSync(elsewhere, join(root, "links"));
    expect((await list()).runs).toEqual([]);
    rmSync(elsewhere, { recursive: true });
  });

  it("lists what is broken, with what is wrong", async () => {
    put("cut.json", text(json).slice(0, 1200));
    put("cut.jsonl", text(jsonl).slice(0, 1200));
    put("broken.json", '{"a":');
    put("empty.tracks.json", "");
    put("other.tracks.json", '{"hello":1}');
    put(
      "stopped.json",
      text(json, { ...footer, integrity: { ...footer.integrity, complete: false, interrupted: true } }),
    );
    const { runs } = await list();
    const said = Object.fromEntries(runs.map(({ path, error, trouble }) => [path, error ?? trouble]));
    expect(said).toEqual({
      "broken.json": expect.stringMatching(/^Not JSON: [^\n]+$/),
      "cut.json": "It ends in the middle",
      "cut.jsonl": "cut off: its end is missing",
      "empty.tracks.json": "The file is empty",
      "other.tracks.json": "Expected tracks, found something else",
      "stopped.json": "stopped before the end",
    });
  });

  it("reads large files at their ends only", async () => {
    put("large.json", text(json));
    // A hole of 200 MB in the middle, which takes no place on the disk; the end comes after it.
    const end = json.end!(footer);
    truncateSync(join(root, "large.json"), 200e6);
    appendFileSync(join(root, "large.json"), `\n${json.frame(frames[19]!, header)}${end}`);
    const begun = process.memoryUsage().rss;
    const { runs } = await list();
    expect(runs).toMatchObject([{ path: "large.json", ...known, identities: 1, seconds: 1.9 }]);
    expect(process.memoryUsage().rss - begun).toBeLessThan(100e6);
  });

  it("notices corrections, and tells how many stand", async () => {
    put("a.json", text(json));
    const lister = new Lister(await Folder.open(root));
    expect((await lister.list()).runs[0]!.corrections).toBeUndefined();
    const log = emptyLog({ file: "a.json", bytes: 1, sha256: "0".repeat(64) });
    const entries = [
      { type: "delete", id: 1 },
      { type: "undo" },
      { type: "rename", id: 1, name: "x" },
    ] as const;
    put("a.json.edits.json", formatLog({ ...log, entries: [...entries] }));
    expect((await lister.list()).runs[0]!.corrections).toBe(1);
  });
});

describe("what is going on", () => {
  /** What a run leaves on the disk while it goes on: a lock, and a draft or the file itself under another name. */
  async function begin(output: string, format: Format, count: number, isDraft = true) {
    const path = join(root, output);
    const lock = await takeLock(beside(path, "lock"));
    if (!("release" in lock)) throw new Error("somebody else holds it");
    const part = isDraft ? beside(beside(path, "draft"), "part") : beside(path, "part");
    const lines = frames.slice(0, count).map((frame) => format.frame(frame, header));
    writeFileSync(part, format.begin!(header) + lines.join(format.separator ?? ""));
    return lock;
  }

  it("shows runs while they go on, with how far they are on the disk", async () => {
    const locks = [await begin("a.json", jsonl, 12), await begin("b.json", json, 5, false)];
    expect((await list()).going).toMatchObject([
      { folder: "", input: "street.mp4" },
      { folder: "", input: "street.mp4" },
    ]);
    expect((await list()).going.map((run) => run.frames).sort((a, b) => a - b)).toEqual([5, 12]);
    for (const lock of locks) await lock.release();
    expect((await list()).going).toEqual([]);
  });

  it("shows batches with the state of every file, and what is being worked on", async () => {
    mkdirSync(join(root, "results"));
    const entry = { attempts: 1, outputs: [] };
    const save = () =>
      writeManifest(join(root, "results", "batch.json"), {
        ...{ tool: "0.1.0", jobs: 1, threads: 1 },
        files: [
          {
            ...{
              name: "a.mp4",
              input: "/v/a.mp4",
              state: "done",
              attempts: 1,
              frames: 20,
              identities: 1,
              seconds: 2,
            },
            outputs: [{ path: "a.mp4.json", bytes: 1, sha256: "00" }],
          },
          { ...entry, name: "b.mp4", input: "/v/b.mp4", state: "running" },
          { ...entry, name: "c.mp4", input: "/v/c.mp4", state: "failed", error: "Cannot read it" },
        ],
      });
    await save();
    put("results/a.mp4.json", text(json));
    const batch = await takeLock(join(root, "results", ".track-batch.lock"));
    const run = await begin("results/b.mp4.json", jsonl, 7);
    expect((await list()).batches).toMatchObject([
      {
        ...{ path: "results", isGoing: true },
        files: [
          { name: "a.mp4", state: "done", run: "results/a.mp4.json", frames: 20 },
          { name: "b.mp4", state: "running", going: { frames: 7, input: "street.mp4" } },
          { name: "c.mp4", state: "failed", error: "Cannot read it" },
        ],
      },
    ]);
    expect((await list()).going).toEqual([]);
    await run.release();
    if ("release" in batch) await batch.release();
    // Nobody is at work on it any more.
    expect((await list()).batches).toMatchObject([{ isGoing: false, files: [{}, { state: "waiting" }, {}] }]);
    put("results/batch.json", "{broken");
    expect((await list()).batches).toMatchObject([
      { path: "results", files: [], error: expect.stringMatching(/^Cannot use "[^"]*batch\.json": /) },
    ]);
  });
});
