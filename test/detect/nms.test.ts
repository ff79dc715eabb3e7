import { describe, expect, it } from "vitest";
import { nms } from "../../src/detect/_nms.js";

const run = (
  rows: readonly (readonly [box: readonly number[], score: number, label: number])[],
  options = { iou: 0.5, anyClassIou: 0.9 },
) =>
  nms(
    Float64Array.from(rows.flatMap(([box]) => box)),
    Float64Array.from(rows, ([, score]) => score),
    Int32Array.from(rows, ([, , label]) => label),
    rows.length,
    options,
  );

describe("non-maximum suppression", () => {
  it("keeps the best of boxes of one class that overlap", () => {
    expect(
      run([
        [[0, 0, 10, 10], 0.5, 1],
        [[0, 1, 10, 11], 0.9, 1],
        [[50, 50, 60, 60], 0.1, 1],
      ]),
    ).toEqual([1, 2]);
  });

  it("keeps boxes that overlap no more than the limit", () => {
    // 10 x 5 of 10 x 15: a third.
    const rows = [
      [[0, 0, 10, 10], 0.9, 1],
      [[0, 5, 10, 15], 0.8, 1],
    ] as const;
    expect(run(rows, { iou: 1 / 3, anyClassIou: 1 })).toEqual([0, 1]);
    expect(run(rows, { iou: 0.33, anyClassIou: 1 })).toEqual([0]);
  });

  it("lets classes stand beside each other unless they are one object", () => {
    const car = [[0, 0, 100, 50], 0.9, 2] as const;
    expect(run([car, [[0, 10, 100, 60], 0.8, 7]])).toEqual([0, 1]);
    expect(run([car, [[0, 1, 100, 50], 0.8, 7]])).toEqual([0]);
  });

  it("does not suppress by what was suppressed", () => {
    expect(
      run([
        [[0, 0, 10, 10], 0.9, 1],
        [[0, 3, 10, 13], 0.8, 1],
        [[0, 6, 10, 16], 0.7, 1],
      ]),
    ).toEqual([0, 2]);
  });

  it("prefers the lower row among equal scores", () => {
    const box = [0, 0, 10, 10];
    expect(
      run([
        [box, 0.5, 1],
        [box, 0.5, 1],
        [[20, 20, 30, 30], 0.5, 1],
      ]),
    ).toEqual([0, 2]);
  });

  it("only sorts without options", () => {
    const rows = nms(new Float64Array(8), Float64Array.of(0.1, 0.2), Int32Array.of(1, 1), 2);
    expect(rows).toEqual([1, 0]);
  });
});
