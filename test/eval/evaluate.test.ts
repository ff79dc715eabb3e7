import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findTruth } from "../../src/eval/_file.js";
import { evaluate } from "../../src/eval/evaluate.js";
import { custom } from "../../src/eval/rules/custom.js";
import { kitti } from "../../src/eval/rules/kitti.js";
import { mot15 } from "../../src/eval/rules/mot15.js";
import { scoreColumns } from "../../src/eval/table.js";
import { fromTracks, lengthened } from "../../src/eval/tracks.js";
import { resultsOf, square, truthOf } from "./_make.js";

const pair = (name: string, x: number) => ({
  name,
  truth: truthOf([square(1, 1, 0), square(2, 1, 0)], 2),
  results: resultsOf([square(1, 1, x), square(2, 1, x)], 2),
});

describe("evaluate", () => {
  it("scores sequences one by one and together", () => {
    const [scores] = evaluate([pair("good", 0), pair("bad", 90)], custom);
    expect(scores.class).toBe("object");
    expect(scores.sequences.map((s) => [s.name, s.scores.clear?.mota])).toEqual([
      ["good", 1],
      ["bad", -1],
    ]);
    expect(scores.combined?.clear).toMatchObject({ mota: 0, tp: 2, fp: 2, fn: 2, frames: 4 });
    expect(scores.combined?.counts?.gtIds).toBe(2);
  });

  it("holds one sequence at a time", () => {
    const seen: string[] = [];
    function* pairs() {
      for (const name of ["a", "b", "c"]) {
        seen.push(`read ${name}`);
        yield pair(name, 0);
        seen.push(`scored ${name}`);
      }
    }
    evaluate(pairs(), custom);
    expect(seen).toEqual(["a", "b", "c"].flatMap((name) => [`read ${name}`, `scored ${name}`]));
  });

  it("computes only the families that are asked for", () => {
    const [{ combined }] = evaluate([pair("a", 0)], custom, { metrics: ["clear"] });
    expect(Object.entries(combined ?? {}).filter(([, v]) => v !== undefined).length).toBe(1);
    expect(combined?.clear?.mota).toBe(1);
  });

  it("has nothing to combine without sequences", () => {
    expect(evaluate([], custom)).toEqual([{ class: "object", sequences: [], combined: undefined }]);
  });
});

describe("scoreColumns", () => {
  it("have one for every score, each label once", () => {
    const labels = scoreColumns.map((c) => c.label);
    expect(new Set(labels).size).toBe(labels.length);
    const [{ combined }] = evaluate([pair("a", 0)], custom);
    for (const column of scoreColumns)
      expect(column.value(combined ?? {}), column.label).toBeTypeOf("number");
  });
});

describe("fromTracks", () => {
  const track = (id: number, x1: number) => ({
    id,
    box: [x1, 0, x1 + 10, 10] as const,
    score: 0.5,
    class: 0,
    detection: -1,
  });

  it("makes boxes of our own tracks, which may be truth or results", () => {
    const boxes = fromTracks(
      [
        { index: 0, time: 0, tracks: [track(3, 1)] },
        { index: 2, time: 1, tracks: [track(3, 2), track(4, 50)] },
      ],
      "tracks.json",
    );
    expect([...boxes.starts]).toEqual([0, 1, 1, 3]);
    const [{ combined }] = evaluate([{ name: "t", truth: boxes, results: boxes }], custom);
    expect(combined?.hota?.hota).toBe(1);
  });

  it("refuses numbers that are not finite and identities twice in a frame", () => {
    const frame = (...tracks: ReturnType<typeof track>[]) => [{ index: 4, time: 0, tracks }];
    expect(() => fromTracks(frame(track(1, Number.NaN)), "t.json")).toThrow(
      'Cannot use "t.json": track 1 in frame 4 has a number that is not finite',
    );
    expect(() => fromTracks(frame(track(1, 0), track(1, 9)), "t.json")).toThrow(
      'Cannot parse "t.json": identity 1 is already in frame 4; an identity may appear once per frame',
    );
    expect(() => fromTracks(frame(track(1, 0)), "t.json", 3)).toThrow("expected a frame number from 0 to 2");
  });

  it("lengthens but does not shorten", () => {
    const boxes = fromTracks([{ index: 1, time: 0, tracks: [track(1, 0)] }], "t.json");
    expect([...lengthened(boxes, 4).starts]).toEqual([0, 0, 1, 1, 1]);
    expect(() => lengthened(boxes, 1)).toThrow(RangeError);
  });
});

describe("files", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "eval-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const info = "[Sequence]\nname=A\nseqLength=3\n";
  const gt = "1,1,0,0,10,10,1,-1,-1,-1\n";
  const mot = (name: string): void => {
    write(`gt/${name}/gt/gt.txt`, gt);
    write(`gt/${name}/seqinfo.ini`, info);
  };

  it("finds sequences in order of their names, or those that are named", () => {
    mot("B");
    mot("A");
    write("gt/notes/readme.txt", "");
    expect(findTruth(join(folder, "gt"), mot15).map((f) => [f.name, f.length])).toEqual([
      ["A", 3],
      ["B", 3],
    ]);
    expect(findTruth(join(folder, "gt"), mot15, ["B"]).map((f) => f.name)).toEqual(["B"]);
    expect(findTruth(join(folder, "gt/A"), mot15).map((f) => f.name)).toEqual(["A"]);
    expect(() => findTruth(join(folder, "gt"), mot15, ["C"])).toThrow('Cannot find sequence "C"');
  });

  it("says what it expected where there is no truth", () => {
    expect(() => findTruth(join(folder, "none"), mot15)).toThrow(
      "expected folders with gt/gt.txt and seqinfo.ini",
    );
    expect(() => findTruth(join(folder, "none"), kitti)).toThrow("expected label files");
  });

  it("finds KITTI labels with the lengths of the sequence map", () => {
    write("kitti/label/0001.txt", "");
    write("kitti/evaluate_tracking.seqmap.training", "0001 empty 000000 000007\n");
    expect(findTruth(join(folder, "kitti/label"), kitti)).toEqual([
      { name: "0001", path: join(folder, "kitti/label/0001.txt"), length: 7 },
    ]);
  });
});
