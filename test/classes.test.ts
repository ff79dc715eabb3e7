import { describe, expect, it } from "vitest";
import { groupClasses, selectRows, usualClasses } from "../src/classes.js";

describe("classes", () => {
  const labels = ["person", "bicycle", "car", "kite", "bus", "truck", "motorcycle"];

  it("are people and vehicles, or all where there are none", () => {
    expect([...usualClasses(labels)!].sort()).toEqual([0, 1, 2, 4, 5, 6]);
    expect(usualClasses(["face"])).toBeUndefined();
  });

  it("share an identity where detectors confuse them", () => {
    expect(groupClasses(labels)).toEqual([
      [1, 6],
      [2, 4, 5],
    ]);
    expect(groupClasses(["person"])).toEqual([]);
  });

  it("narrow the rows of detections, with the score", () => {
    const all = {
      count: 3,
      boxes: Float64Array.of(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5),
      scores: Float64Array.of(0.9, 0.2, 0.5),
      classes: Int32Array.of(0, 0, 3),
    };
    expect(selectRows(undefined)(all)).toBe(all);
    expect(selectRows(new Set([0]), 0.3)(all)).toEqual({
      count: 1,
      boxes: Float64Array.of(0, 0, 1, 1),
      scores: Float64Array.of(0.9),
      classes: Int32Array.of(0),
    });
  });
});
