import munkres from "munkres-js";
import { describe, expect, it } from "vitest";
import { Assigner, assign, type Solver } from "../../src/math/assignment.js";
import { SparseCosts } from "../../src/math/sparse-costs.js";
import { random } from "../_random.js";

/** Cheapest total over every partial assignment, by trying all of them. */
function bruteForce(costs: Float64Array, rows: number, cols: number, unassigned: number) {
  let best = { pairs: -1, total: Number.POSITIVE_INFINITY };
  const used = new Array(cols).fill(false);
  const better = (pairs: number, total: number) =>
    unassigned === Number.POSITIVE_INFINITY
      ? pairs > best.pairs || (pairs === best.pairs && total < best.total)
      : total < best.total;
  const visit = (row: number, pairs: number, total: number) => {
    if (row === rows) {
      if (better(pairs, total)) best = { pairs, total };
      return;
    }
    visit(row + 1, pairs, total + (unassigned === Number.POSITIVE_INFINITY ? 0 : unassigned));
    for (let j = 0; j < cols; j++) {
      const cost = costs[row * cols + j];
      if (used[j] || !Number.isFinite(cost) || cost >= unassigned) continue;
      used[j] = true;
      visit(row + 1, pairs + 1, total + cost);
      used[j] = false;
    }
  };
  visit(0, 0, 0);
  return best;
}

/** What an assignment is worth; NaN if it is none. */
function score(costs: Float64Array, cols: number, columnOf: Int32Array, unassigned: number) {
  let pairs = 0;
  let total = 0;
  const used = new Set<number>();
  columnOf.forEach((j, i) => {
    if (j < 0) {
      if (unassigned !== Number.POSITIVE_INFINITY) total += unassigned;
      return;
    }
    const cost = costs[i * cols + j];
    total += Number.isFinite(cost) && cost < unassigned && !used.has(j) ? cost : Number.NaN;
    used.add(j);
    pairs++;
  });
  return { pairs, total };
}

const awkward = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

describe.each<Solver>(["sap", "munkres"])("assignment by %s", (solver) => {
  it("solves the published examples", () => {
    expect([...assign(Float64Array.of(4, 1, 3, 2, 0, 5, 3, 2, 2), 3, 3, { solver })]).toEqual([1, 0, 2]);
    const rect = [
      [8.726, 1.933, 6.847, 7.727, 3.519, 3.776],
      [5.336, 3.744, 7.27, 1.939, 6.361, 6.677],
      [5.188, 2.534, 2.943, 6.182, 9.97, 5.449],
      [4.495, 4.216, 1.739, 5.421, 9.412, 9.58],
    ];
    const costs = Float64Array.from(rect.flat());
    const columnOf = assign(costs, 4, 6, { solver });
    expect([...columnOf]).toEqual([4, 3, 1, 2]);
    expect(score(costs, 6, columnOf, Number.POSITIVE_INFINITY).total).toBeCloseTo(9.731, 12);
  });

  it("is as cheap as the best of all possibilities, up to 6 x 6, with forbidden pairs and ties", () => {
    const next = random(11);
    const assigners = new Map(
      [Number.POSITIVE_INFINITY, 0, 3.5].map((unassigned) => [
        unassigned,
        new Assigner({ solver, unassigned }),
      ]),
    );
    const wrong: unknown[] = [];
    for (let round = 0; round < 600; round++) {
      const rows = 1 + Math.floor(6 * next());
      const cols = 1 + Math.floor(6 * next());
      const whole = next() < 0.5; // few distinct values: many ties
      const forbidden = next() < 0.5 ? 0 : next();
      const costs = new Float64Array(rows * cols);
      for (let k = 0; k < costs.length; k++) {
        if (next() < forbidden) costs[k] = awkward[Math.floor(3 * next())];
        else costs[k] = whole ? Math.floor(5 * next()) - 2 : 10 * next() - 4;
      }
      for (const [unassigned, assigner] of assigners) {
        const found = score(costs, cols, assigner.assign(costs, rows, cols).slice(0, rows), unassigned);
        const best = bruteForce(costs, rows, cols, unassigned);
        const right =
          Math.abs(found.total - best.total) < 1e-9 &&
          (unassigned !== Number.POSITIVE_INFINITY || found.pairs === best.pairs);
        if (!right) wrong.push({ rows, cols, costs, unassigned, found, best });
      }
    }
    expect(wrong).toEqual([]);
  });

  it("assigns nothing where every pair is forbidden, and copes with empty sides", () => {
    expect([...assign(new Float64Array(6).fill(Number.NaN), 2, 3, { solver })]).toEqual([-1, -1]);
    expect([...assign(new Float64Array(0), 0, 5, { solver })]).toEqual([]);
    expect([...assign(new Float64Array(0), 5, 0, { solver })]).toEqual([-1, -1, -1, -1, -1]);
  });

  it("never takes a forbidden pair, even when it would complete the assignment", () => {
    const costs = Float64Array.of(1, Number.POSITIVE_INFINITY, 2, Number.NaN);
    expect([...assign(costs, 2, 2, { solver })]).toEqual([0, -1]);
  });

  it("assigns as many pairs as it can before it looks at the cost", () => {
    const costs = Float64Array.of(1, 1000, 2, Number.NaN);
    expect([...assign(costs, 2, 2, { solver })]).toEqual([1, 0]);
  });

  it("survives costs near the ends of the number range", () => {
    const huge = Number.MAX_VALUE;
    expect([...assign(Float64Array.of(huge, -huge, -huge, huge), 2, 2, { solver })]).toEqual([1, 0]);
    expect([...assign(Float64Array.of(huge, huge, huge, huge), 2, 2, { solver })].sort()).toEqual([0, 1]);
    const tiny = Number.MIN_VALUE;
    expect([...assign(Float64Array.of(tiny, 0, 0, tiny), 2, 2, { solver })]).toEqual([1, 0]);
    expect([...assign(Float64Array.of(huge, 1, Number.NaN, 1), 2, 2, { solver })]).toEqual([0, 1]);
  });

  it("leaves out pairs that cost as much as being left out", () => {
    expect([...assign(Float64Array.of(0.7), 1, 1, { solver, unassigned: 0.7 })]).toEqual([-1]);
    expect([...assign(Float64Array.of(0.69), 1, 1, { solver, unassigned: 0.7 })]).toEqual([0]);
  });
});

describe("assignment", () => {
  it("costs as little as munkres-js on larger matrices, square and not", () => {
    const next = random(5);
    for (const [rows, cols] of [
      [40, 40],
      [25, 60],
      [60, 25],
    ]) {
      const costs = Float64Array.from({ length: rows * cols }, next);
      const matrix = Array.from({ length: rows }, (_, i) => [...costs.subarray(i * cols, (i + 1) * cols)]);
      const expected = munkres(matrix).reduce((sum, [i, j]) => sum + costs[i * cols + j], 0);
      const found = score(costs, cols, assign(costs, rows, cols), Number.POSITIVE_INFINITY);
      expect(found.pairs).toBe(Math.min(rows, cols));
      expect(found.total).toBeCloseTo(expected, 9);
    }
  });

  it("agrees with munkres-js when most pairs are forbidden and the matrix falls into groups", () => {
    const next = random(6);
    for (let round = 0; round < 20; round++) {
      const rows = 30 + Math.floor(20 * next());
      const cols = 30 + Math.floor(20 * next());
      const costs = Float64Array.from({ length: rows * cols }, () => (next() < 0.05 ? next() : Number.NaN));
      const ours = score(costs, cols, assign(costs, rows, cols), Number.POSITIVE_INFINITY);
      const theirs = score(
        costs,
        cols,
        assign(costs, rows, cols, { solver: "munkres" }),
        Number.POSITIVE_INFINITY,
      );
      expect(ours.pairs).toBe(theirs.pairs);
      expect(ours.total).toBeCloseTo(theirs.total, 9);
    }
  });

  it("decides ties the same way every time: the first row takes the first column", () => {
    expect([...assign(new Float64Array(9).fill(1), 3, 3)]).toEqual([0, 1, 2]);
    expect([...assign(new Float64Array(6).fill(1), 3, 2)]).toEqual([0, 1, -1]);
    const next = random(9);
    const costs = Float64Array.from({ length: 400 }, () => Math.floor(3 * next()));
    const first = assign(costs, 20, 20);
    expect(assign(costs, 20, 20)).toEqual(first);
    // A solver with a past answers as a new one.
    const used = new Assigner();
    used.assign(Float64Array.from({ length: 900 }, next), 30, 30);
    expect(used.assign(costs, 20, 20).slice(0, 20)).toEqual(first);
  });

  it("does not depend on the order in which a row's pairs are given", () => {
    const forward = new SparseCosts();
    forward.begin(3);
    for (const row of [[0, 1, 2], [1, 2], [0]]) {
      for (const j of row) forward.add(j, 1);
      forward.endRow();
    }
    const backward = new SparseCosts();
    backward.begin(3);
    for (const row of [[2, 1, 0], [2, 1], [0]]) {
      for (const j of row) backward.add(j, 1);
      backward.endRow();
    }
    const expected = new Assigner().assignSparse(forward).slice(0, 3);
    expect(new Assigner().assignSparse(backward).slice(0, 3)).toEqual(expected);
    expect([...expected].sort()).toEqual([0, 1, 2]);
  });

  it("does not change its input", () => {
    const costs = Float64Array.of(4, 1, Number.NaN, 2, 0, 5);
    const copy = costs.slice();
    assign(costs, 2, 3);
    assign(costs, 2, 3, { solver: "munkres" });
    expect(costs).toEqual(copy);
  });

  it("refuses misuse with a reason", () => {
    expect(() => assign(new Float64Array(3), 2, 2)).toThrow(
      new RangeError("Cannot assign 2 x 2 pairs: 3 costs given"),
    );
    expect(() => new Assigner({ unassigned: Number.NaN })).toThrow(RangeError);
    expect(() => new Assigner({ solver: "fast" as Solver })).toThrow(/"fast": expected one of sap, munkres/);
  });
});
