import { describe, expect, it } from "vitest";
import { parseKitti, parseSequenceMap } from "../../src/eval/kitti.js";
import { custom } from "../../src/eval/rules/custom.js";
import { kitti } from "../../src/eval/rules/kitti.js";
import { mot15 } from "../../src/eval/rules/mot15.js";
import { mot16 } from "../../src/eval/rules/mot16.js";
import { mot17 } from "../../src/eval/rules/mot17.js";
import { mot20 } from "../../src/eval/rules/mot20.js";
import type { Benchmark } from "../../src/eval/sequence.js";
import { type Row, resultsOf, truthOf } from "./_make.js";

/** How many truth and result rows are left. */
function left(benchmark: Benchmark, truth: readonly Row[], results: readonly Row[]): [number, number] {
  const s = benchmark.prepare("s", truthOf(truth, 1), resultsOf(results, 1), benchmark.classes[0]);
  return [s.truth.count, s.results.count];
}

/** A truth row of a class, with the flag of that class in the files of the challenge. */
const ofClass = (id: number, x: number, classNumber: number, flag = 1): Row => [
  1,
  id,
  x,
  0,
  10,
  10,
  flag,
  classNumber,
  1,
];
const result = (id: number, x: number, width = 10): Row => [1, id, x, 0, width, 10, 1, -1, -1, -1];

describe("MOT16, MOT17 and MOT20", () => {
  it.each([mot16, mot17, mot20])("$name removes results on distractors together with them", (benchmark) => {
    for (const distractor of [2, 7, 8, 12]) {
      const truth = [ofClass(1, 0, 1), ofClass(2, 100, distractor, 0)];
      expect(left(benchmark, truth, [result(1, 0), result(2, 100)])).toEqual([1, 1]);
    }
  });

  it("counts a result on any other class as false", () => {
    for (const other of [3, 4, 5, 9, 10, 11, 13]) {
      expect(left(mot17, [ofClass(1, 0, other, 0)], [result(1, 0)])).toEqual([0, 1]);
    }
  });

  it("forgives vehicles without a motor only in MOT20", () => {
    expect(left(mot17, [ofClass(1, 0, 6, 0)], [result(1, 0)])).toEqual([0, 1]);
    expect(left(mot20, [ofClass(1, 0, 6, 0)], [result(1, 0)])).toEqual([0, 0]);
  });

  it("removes a result at exactly half overlap, and none below", () => {
    expect(left(mot17, [ofClass(1, 0, 7, 0)], [result(1, 0, 5)])).toEqual([0, 0]);
    expect(left(mot17, [ofClass(1, 0, 7, 0)], [result(1, 0, 4.99)])).toEqual([0, 1]);
  });

  it("lets a pedestrian keep its result beside a distractor", () => {
    const truth = [ofClass(1, 0, 1), ofClass(2, 1, 7, 0)];
    expect(left(mot17, truth, [result(1, 0)])).toEqual([1, 1]);
  });

  it("drops pedestrians with flag 0 without forgiving results on them", () => {
    expect(left(mot17, [ofClass(1, 0, 1, 0)], [result(1, 0)])).toEqual([0, 1]);
  });

  it("refuses result classes other than pedestrian, and unknown truth classes", () => {
    expect(() => left(mot17, [ofClass(1, 0, 1)], [[1, 1, 0, 0, 10, 10, 1, 3]])).toThrow(
      'Cannot parse "results.txt:1": expected class 1 (pedestrian) or -1 in column 8, got 3; only pedestrians are scored',
    );
    expect(() => left(mot17, [ofClass(1, 0, -1)], [result(1, 0)])).toThrow(
      'Cannot parse "gt.txt:1": expected a class from 1 to 13 in column 8, got -1; is this really mot17 truth?',
    );
  });
});

describe("MOT15 and custom", () => {
  it.each([mot15, custom])("$name drops rows with flag 0 and forgives nothing", (benchmark) => {
    const truth = [ofClass(1, 0, -1), ofClass(2, 100, -1, 0)];
    expect(left(benchmark, truth, [result(1, 0), result(2, 100)])).toEqual([1, 2]);
  });

  it("custom takes any class", () => {
    expect(left(custom, [ofClass(1, 0, 44)], [[1, 1, 0, 0, 10, 10, 1, 3]])).toEqual([1, 1]);
  });
});

describe("KITTI", () => {
  const label = (id: number, name: string, x: number, size = 50, truncated = 0, occluded = 0): string =>
    `0 ${id} ${name} ${truncated} ${occluded} -10 ${x} 0 ${x + size} ${size} 1 1 1 1 1 1 1`;
  const count = (truth: readonly string[], results: readonly string[], className: string) => {
    const s = kitti.prepare(
      "s",
      parseKitti(truth.join("\n"), "label.txt", { kind: "truth", length: 1 }),
      parseKitti(results.join("\n"), "results.txt", { length: 1 }),
      className,
    );
    return [s.truth.count, s.results.count];
  };

  it("scores each class alone", () => {
    const truth = [label(1, "Car", 0), label(2, "Pedestrian", 100)];
    const results = [label(1, "Car", 0), label(2, "Pedestrian", 100), label(3, "Pedestrian", 300)];
    expect(count(truth, results, "car")).toEqual([1, 1]);
    expect(count(truth, results, "pedestrian")).toEqual([1, 2]);
  });

  it("forgives look-alikes", () => {
    expect(count([label(1, "Van", 0)], [label(1, "Car", 0)], "car")).toEqual([0, 0]);
    expect(count([label(1, "Person", 0)], [label(1, "Pedestrian", 0)], "pedestrian")).toEqual([0, 0]);
    expect(count([label(1, "Truck", 0)], [label(1, "Car", 0)], "car")).toEqual([0, 1]);
  });

  it("forgives truncated and heavily occluded objects", () => {
    expect(count([label(1, "Car", 0, 50, 1, 0)], [label(1, "Car", 0)], "car")).toEqual([0, 0]);
    expect(count([label(1, "Car", 0, 50, 0, 3)], [label(1, "Car", 0)], "car")).toEqual([0, 0]);
    expect(count([label(1, "Car", 0, 50, 0, 2)], [label(1, "Car", 0)], "car")).toEqual([1, 1]);
  });

  it("forgives unmatched results up to 25 pixels high, matched ones stay", () => {
    expect(count([], [label(1, "Car", 0, 25), label(2, "Car", 100, 26)], "car")).toEqual([0, 1]);
    expect(count([label(1, "Car", 0, 20)], [label(1, "Car", 0, 20)], "car")).toEqual([1, 1]);
  });

  it("forgives unmatched results that lie in a DontCare area by more than half", () => {
    const area = "0 -1 DontCare -1 -1 -10 0 0 100 100 -1000 -1000 -1000 -10 -1 -1 -1";
    expect(count([area], [label(1, "Car", 74)], "car")).toEqual([0, 0]);
    expect(count([area], [label(1, "Car", 75)], "car")).toEqual([0, 1]);
  });

  it("refuses unknown classes, short rows, words for numbers and frames outside", () => {
    const parse = (text: string) => () => parseKitti(text, "l.txt", { length: 1 });
    expect(parse("0 1 Cat 0 0 0 1 2 3 4")).toThrow(
      'Cannot parse "l.txt:1": expected a KITTI class in column 3, got "Cat"',
    );
    expect(parse("\n0 1 Car")).toThrow('Cannot parse "l.txt:2": expected at least 10 columns, got 3');
    expect(parse("0 1 Car 0 0 0 1 nan 3 4")).toThrow("expected a finite number in column 8");
    expect(parse("1 1 Car 0 0 0 1 2 3 4")).toThrow("expected a frame number from 0 to 0");
    expect(parse("1 -1 DontCare 0 0 0 1 2 3 4")).toThrow("expected a frame number from 0 to 0");
    expect(parse(`${label(1, "Car", 0)}\n${label(1, "Car", 9)}`)).toThrow("identity 1 is already in frame 0");
  });

  it("reads sequence maps", () => {
    expect([...parseSequenceMap("0000 empty 000000 000154\n", "m")]).toEqual([["0000", 154]]);
    expect(() => parseSequenceMap("0000 empty\n", "m")).toThrow('Cannot parse "m:1"');
  });
});
