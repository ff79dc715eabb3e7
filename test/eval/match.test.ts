import { describe, expect, it } from "vitest";
import { FrameMatcher } from "../../src/eval/_match.js";
import { random } from "./_make.js";

/** The largest sum over all one-to-one choices. */
function bruteForce(weights: readonly (readonly number[])[], row = 0, used = 0): number {
  if (row === weights.length) return 0;
  let best = bruteForce(weights, row + 1, used);
  weights[row].forEach((w, column) => {
    if (w > 0 && !((used >> column) & 1)) {
      best = Math.max(best, w + bruteForce(weights, row + 1, used | (1 << column)));
    }
  });
  return best;
}

describe("FrameMatcher", () => {
  it("finds the largest sum, sparse or dense, with and without equal weights", () => {
    const next = random(3);
    for (let round = 0; round < 500; round++) {
      const rows = Math.floor(next() * 6);
      const cols = Math.floor(next() * 6);
      const share = next();
      const coarse = round % 2 === 0;
      const weights = Array.from({ length: rows }, () =>
        Array.from({ length: cols }, () =>
          next() < share ? (coarse ? Math.ceil(next() * 4) / 4 : next()) : 0,
        ),
      );
      const starts = new Int32Array(rows + 1);
      for (let i = 0; i <= rows; i++) starts[i] = i * cols;
      const matcher = new FrameMatcher(
        {
          starts,
          columns: Int32Array.from({ length: rows * cols }, (_, e) => e % cols),
          similarities: Float64Array.from(weights.flat()),
        },
        Int32Array.of(0, rows),
        Int32Array.of(0, cols),
      );
      matcher.match(0, Float64Array.from(weights.flat()));
      const taken = [...matcher.chosen].filter((e) => e >= 0);
      expect(new Set(taken.map((e) => e % cols)).size).toBe(taken.length);
      expect(taken.reduce((sum, e) => sum + weights.flat()[e], 0)).toBeCloseTo(bruteForce(weights), 12);
      expect(taken.every((e) => weights.flat()[e] > 0)).toBe(true);
    }
  });
});
