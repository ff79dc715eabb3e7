import { describe, expect, it } from "vitest";
import { diff } from "../../src/eval/diff.js";
import { type Row, resultsOf, square } from "./_make.js";

const track = (frames: readonly number[], id: number, x: number): Row[] =>
  frames.map((f) => square(f, id, x));
const compare = (a: readonly Row[], b: readonly Row[], tolerance?: number) =>
  diff(resultsOf(a), resultsOf(b), tolerance === undefined ? {} : { tolerance });

describe("diff", () => {
  const two = [...track([1, 2, 3, 4], 1, 0), ...track([1, 2, 3, 4], 2, 50)];

  it("finds nothing between a run and itself", () => {
    expect(compare(two, two)).toEqual({
      isEqual: true,
      births: [],
      deaths: [],
      swaps: [],
      gaps: [],
      shifts: [],
      renumbered: [],
      boxes: { a: 8, b: 8, both: 8 },
    });
    expect(compare([], []).isEqual).toBe(true);
  });

  it("takes other numbers for the same tracks as equal, and lists them", () => {
    const b = [...track([1, 2, 3, 4], 9, 0), ...track([1, 2, 3, 4], 1, 50)];
    expect(compare(two, b)).toMatchObject({
      isEqual: true,
      renumbered: [
        { a: 1, b: 9 },
        { a: 2, b: 1 },
      ],
    });
  });

  it("names identities that only one run has", () => {
    const result = compare(two, [...track([1, 2, 3, 4], 1, 0), ...track([2, 4], 5, 90)]);
    expect(result.deaths).toEqual([{ id: 2, from: 0, to: 3, frames: 4 }]);
    expect(result.births).toEqual([{ id: 5, from: 1, to: 3, frames: 2 }]);
    expect(result.isEqual).toBe(false);
  });

  it("sees two identities change places", () => {
    const b = [
      ...track([1, 2], 1, 0),
      ...track([3, 4], 2, 0),
      ...track([1, 2], 2, 50),
      ...track([3, 4], 1, 50),
    ];
    expect(compare(two, b).swaps).toEqual([
      { frame: 2, a: 1, before: 1, after: 2 },
      { frame: 2, a: 2, before: 2, after: 1 },
    ]);
  });

  it("tells late starts, gaps and early ends, on either side", () => {
    const long = track([1, 2, 3, 4, 5, 6, 7], 1, 0);
    const short = track([2, 3, 6], 1, 0);
    const gaps = [
      { missingIn: "b", id: 1, from: 0, to: 0, where: "start" },
      { missingIn: "b", id: 1, from: 3, to: 4, where: "middle" },
      { missingIn: "b", id: 1, from: 6, to: 6, where: "end" },
    ];
    expect(compare(long, short).gaps).toEqual(gaps);
    expect(compare(short, long).gaps).toEqual(gaps.map((gap) => ({ ...gap, missingIn: "a" })));
  });

  it("lists boxes that moved by more than the tolerance", () => {
    const b = [...track([1, 2, 3], 1, 0), square(4, 1, 2), ...track([1, 2, 3, 4], 2, 50.25)];
    const { shifts, isEqual } = compare(two, b);
    expect(isEqual).toBe(false);
    expect(shifts).toEqual([{ frame: 3, a: 1, b: 1, pixels: 2, similarity: 80 / 120 }]);
    expect(compare(two, b, 2).isEqual).toBe(true);
    expect(compare(two, b, 0).shifts.length).toBe(5);
  });

  it("takes files of different length", () => {
    expect(compare(track([1, 2, 3], 1, 0), track([1], 1, 0)).gaps).toEqual([
      { missingIn: "b", id: 1, from: 1, to: 2, where: "end" },
    ]);
    expect(compare([], track([5], 1, 0)).births).toEqual([{ id: 1, from: 4, to: 4, frames: 1 }]);
  });

  it("refuses a tolerance that is no number of pixels", () => {
    for (const tolerance of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => compare(two, two, tolerance)).toThrow(RangeError);
    }
  });
});
