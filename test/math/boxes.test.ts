import { describe, expect, it } from "vitest";
import { iou, iouMatrix } from "../../src/math/boxes.js";

const boxes = (...rows: number[][]) => Float64Array.from(rows.flat());

describe("iou", () => {
  it("gives the published number", () => {
    expect(iou(boxes([10, 20, 110, 220]), 0, boxes([30, 40, 130, 180]), 0)).toBeCloseTo(0.4912280702, 10);
  });

  it("is 1 for equal boxes, 0 for boxes that touch or lie apart, and the same both ways", () => {
    const a = boxes([0, 0, 10, 10], [10, 0, 20, 10], [50, 50, 60, 60], [5, 5, 15, 15]);
    expect(iou(a, 0, a, 0)).toBe(1);
    expect(iou(a, 0, a, 1)).toBe(0);
    expect(iou(a, 0, a, 2)).toBe(0);
    expect(iou(a, 0, a, 3)).toBe(25 / 175);
    expect(iou(a, 3, a, 0)).toBe(25 / 175);
  });

  it("is 0, not NaN, for boxes without an area", () => {
    const a = boxes([5, 5, 5, 5], [9, 9, 3, 3], [0, 0, 10, 10]);
    for (let i = 0; i < 3; i++) for (let j = 0; j < 2; j++) expect(iou(a, i, a, j)).toBe(0);
  });
});

describe("iouMatrix", () => {
  it("compares every box of one set with every box of the other, row by row", () => {
    const a = boxes([0, 0, 10, 10], [100, 100, 110, 110]);
    const b = boxes([0, 0, 10, 10], [5, 0, 15, 10], [100, 100, 110, 105]);
    expect([...iouMatrix(a, 2, b, 3)]).toEqual([1, 1 / 3, 0, 0, 0, 0.5]);
    expect([...iouMatrix(a, 0, b, 3)]).toEqual([]);
  });

  it("writes into memory that it is given", () => {
    const out = new Float64Array(8);
    expect(iouMatrix(boxes([0, 0, 2, 2]), 1, boxes([0, 0, 2, 1]), 1, out)).toBe(out);
    expect(out[0]).toBe(0.5);
  });

  it("refuses arrays that are too short", () => {
    const one = boxes([0, 0, 2, 2]);
    expect(() => iouMatrix(one, 2, one, 1)).toThrow("Cannot compare 2 boxes: the array holds 1");
    expect(() => iouMatrix(one, 1, one, 2)).toThrow(RangeError);
    expect(() => iouMatrix(one, 1, one, 1, new Float64Array(0))).toThrow(RangeError);
  });
});
