import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { type Entry, emptyLog, formatLog } from "../../src/edit/index.js";
import { csv } from "../../src/format/csv.js";
import { json } from "../../src/format/json.js";
import { jsonl } from "../../src/format/jsonl.js";
import { mot } from "../../src/format/mot.js";
import type { Format, Track, TracksFooter, TracksHeader } from "../../src/types.js";
import { write as textOf } from "../contract/format.js";
import { expectFailure, run, temporaryFolder } from "./_cli.js";

const folder = temporaryFolder();
const cwd = folder.path;
afterAll(() => folder.remove());
beforeEach(() => {
  for (const name of folder.files()) rmSync(join(cwd, name));
});

const apply = (...args: string[]) => run(["apply", ...args], { cwd });
const write = (name: string, text: string) => writeFileSync(join(cwd, name), text);
const read = (name: string) => readFileSync(join(cwd, name), "utf8");
const readJson = (name: string) => json.parse!(read(name), name);

const zones = {
  ...{ units: "pixels", point: "foot", margin: 0.1, gap: 5, zones: [] },
  lines: [{ name: "door", from: [100, 0], to: [100, 400] }],
};
const header: TracksHeader = {
  ...{ input: "street.mp4", width: 640, height: 480, frameRate: 10, labels: ["person", "car"] },
  run: { tracker: "throughline", zones },
};

/** Somebody who walks over the line from frame 0 to 9, and is called 2 from frame 5 on. A car stands there as 3. */
const frames = Array.from({ length: 10 }, (_, index) => {
  const tracks: Track[] = [
    { id: index < 5 ? 1 : 2, box: [45 + index * 10, 100, 65 + index * 10, 160], ...seen(0) },
    { id: 3, box: [300, 200, 400, 260], ...seen(1) },
  ];
  return { index, time: index / 10, tracks };
});
function seen(label: number) {
  return { score: 0.9, class: label, detection: label };
}
const none = { in: 0, out: 0, classes: [] };
const footer: TracksFooter = {
  identities: 3,
  integrity: { complete: true, frames: 10, damage: [] },
  counts: { from: 0, to: 0.9, lines: [{ name: "door", ...none }], zones: [] },
};

function writeTracks(name: string, format: Format = json, head = header): void {
  write(name, textOf(format, { header: head, frames, footer }));
}

function writeEdits(tracks: string, entries: readonly Entry[]): string {
  const bytes = readFileSync(join(cwd, tracks));
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const name = `${basename(tracks)}.edits.json`;
  write(
    name,
    formatLog({ ...emptyLog({ file: tracks, bytes: bytes.length, sha256 }), entries: [...entries] }),
  );
  return name;
}

const merged: readonly Entry[] = [
  { type: "merge", into: 1, ids: [2] },
  { type: "rename", id: 1, name: "Anna" },
  { type: "delete", id: 3, from: 8 },
];

describe("track apply", () => {
  it("writes the corrected tracks, the same bytes every time", async () => {
    writeTracks("street.tracks.json");
    const before = read("street.tracks.json");
    const edits = writeEdits("street.tracks.json", merged);
    const result = await apply(edits, "--out", "a.json", "--out", "a.jsonl");
    expect(result).toEqual({
      ...{ code: 0, stderr: "" },
      stdout: '3 corrections: 2 identities in "a.json" and "a.jsonl"\n',
    });
    const after = readJson("a.json");
    expect(after.frames.map(({ tracks }) => tracks.map(({ id }) => id))).toEqual([
      ...Array(8).fill([1, 3]),
      [1],
      [1],
    ]);
    expect(after.frames[7]!.tracks[0]).toEqual({ ...frames[7]!.tracks[0], id: 1, joined: 2 });
    expect(after.header!.names).toEqual({ 1: "Anna" });
    const sha256 = createHash("sha256").update(before).digest("hex");
    expect(after.header!.run).toEqual({
      ...header.run,
      corrected: [{ file: "street.tracks.json", sha256, corrections: 3 }],
    });
    expect(after.footer!.identities).toBe(2);
    expect(jsonl.parse!(read("a.jsonl"), "a.jsonl")).toEqual(after);
    expect((await apply(edits, "--out", "b.json", "--quiet")).stdout).toBe("");
    expect(read("b.json")).toBe(read("a.json"));
    expect(read("street.tracks.json")).toBe(before);
  });

  it("counts again where the file says where", async () => {
    writeTracks("t.json");
    await apply(writeEdits("t.json", merged), "--out", "a.json");
    // In two pieces nobody was seen on both sides.
    expect(readJson("a.json").footer!.counts!.lines[0]).toMatchObject({ in: 1, out: 0 });
    writeTracks("u.json", json, { ...header, run: {} });
    const { stderr } = await apply(writeEdits("u.json", merged), "--out", "b.json");
    expect(stderr).toBe(
      "note: what was counted is left out: the file does not say at which lines and zones\n",
    );
    expect(readJson("b.json").footer!.counts).toBeUndefined();
  });

  it("gives the file itself where everything was undone", async () => {
    writeTracks("t.json");
    const edits = writeEdits("t.json", [...merged, ...merged.map((): Entry => ({ type: "undo" }))]);
    expect((await apply(edits, "--out", "a.json")).code).toBe(0);
    expect(read("a.json")).toBe(read("t.json"));
  });

  it.each([jsonl, csv, mot])("takes and gives $extension", async (format) => {
    const name = `t${format.extension}`;
    writeTracks(name, format, { ...header, run: {} });
    const out = `a${format.extension}`;
    const { code } = await apply(writeEdits(name, merged), "--out", out);
    expect(code).toBe(0);
    const [before, after] = [format.parse!(read(name), name), format.parse!(read(out), out)];
    expect(after.frames.flatMap(({ tracks }) => tracks.map(({ box }) => box))).toEqual(
      before.frames.flatMap(({ index, tracks }) =>
        tracks.filter(({ id }) => id !== 3 || index < 8).map(({ box }) => box),
      ),
    );
    expect(new Set(after.frames.flatMap(({ tracks }) => tracks.map(({ id }) => id)))).toEqual(
      new Set([1, 3]),
    );
  });

  it("can correct what was corrected", async () => {
    writeTracks("t.json");
    await apply(writeEdits("t.json", merged), "--out", "a.json");
    await apply(writeEdits("a.json", [{ type: "delete", id: 3 }]), "--out", "b.json");
    const { header: head } = readJson("b.json");
    expect(head!.names).toEqual({ 1: "Anna" });
    expect(head!.run.corrected).toMatchObject([{ corrections: 3 }, { corrections: 1 }]);
  });

  it("refuses corrections of another file, and those that cannot be done", async () => {
    writeTracks("t.json");
    writeTracks("other.jsonl", jsonl);
    const edits = writeEdits("t.json", merged);
    expectFailure(
      await apply(edits, "--tracks", "other.jsonl", "--out", "a.json"),
      1,
      /Cannot apply "t\.json\.edits\.json" to "other\.jsonl": it corrects another file, "t\.json" of \d+ bytes/,
    );
    const impossible = writeEdits("t.json", [{ type: "merge", into: 1, ids: [3] }]);
    expectFailure(
      await apply(impossible, "--out", "a.json"),
      1,
      "Correction 1: Cannot merge 1 and 3: both are there in frames 0 to 4",
    );
    rmSync(join(cwd, "t.json"));
    expectFailure(await apply(edits, "--out", "a.json"), 1, 'Cannot read "t.json": no such file');
    write("broken.edits.json", '{"format":');
    expectFailure(
      await apply("broken.edits.json", "--out", "a.json"),
      1,
      'Cannot parse "broken.edits.json": not JSON',
    );
    expect(folder.files()).not.toContain("a.json");
  });

  it("never writes over what it reads, and says what is missing", async () => {
    writeTracks("t.json");
    const edits = writeEdits("t.json", merged);
    expectFailure(await apply(edits), 2, "--out corrected.json");
    expectFailure(await apply(edits, "--out", "t.json"), 1, "it is an input of this run");
    expectFailure(await apply(edits, "--out", "a.xml"), 2, "expected a name that ends in .json");
    expectFailure(
      await apply("nothing.json", "--out", "a.json"),
      1,
      'Cannot read "nothing.json": no such file',
    );
  });
});
