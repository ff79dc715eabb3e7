import munkres from "munkres-js";
import { describe, expect, it } from "vitest";
import { Assigner } from "../../src/math/assignment.js";

/** mulberry32: the same numbers on every machine. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const forbidden = Number.POSITIVE_INFINITY;

/** Costs on a coarse grid, so that most sums can be reached in several ways; some pairs forbidden. */
function gridCosts(next: () => number, count: number, levels: number, share: number): Float64Array {
  return Float64Array.from({ length: count }, () =>
    next() < share ? forbidden : Math.floor(next() * levels) / 4,
  );
}

/** What an assignment costs. @throws a column is taken twice, or a forbidden pair is taken */
function totalOf(columnOf: Int32Array, costs: Float64Array, [rows, cols]: number[], unassigned: number) {
  const taken = new Set<number>();
  let total = 0;
  for (let i = 0; i < rows; i++) {
    if (columnOf[i] < 0) {
      total += unassigned;
      continue;
    }
    expect(taken.has(columnOf[i])).toBe(false);
    taken.add(columnOf[i]);
    const cost = costs[i * cols + columnOf[i]];
    expect(cost).toBeLessThan(unassigned);
    total += cost;
  }
  return total;
}

/** The least total by trying everything. */
function leastTotal(costs: Float64Array, [rows, cols]: number[], unassigned: number): number {
  const tryRow = (i: number, taken: number): number => {
    if (i === rows) return 0;
    let best = unassigned + tryRow(i + 1, taken);
    for (let j = 0; j < cols; j++) {
      const cost = costs[i * cols + j];
      if ((taken >> j) & 1 || !(cost < unassigned)) continue;
      best = Math.min(best, cost + tryRow(i + 1, taken | (1 << j)));
    }
    return best;
  };
  return tryRow(0, 0);
}

describe("assignment of costs with many ties", () => {
  it("costs the least that there is, by trying everything", () => {
    const next = random(21);
    for (let round = 0; round < 1500; round++) {
      const size = [1 + Math.floor(next() * 5), 1 + Math.floor(next() * 5)];
      const costs = gridCosts(next, size[0] * size[1], 1 + Math.floor(next() * 5), [0, 0.3, 0.7][round % 3]);
      const unassigned = [0.5, 1, 4][Math.floor(next() * 3)];
      const columnOf = new Assigner({ unassigned }).assign(costs, size[0], size[1]);
      // Quarters add up without rounding, so that totals are the same or they are not.
      const context = `round ${round}: ${size} [${costs}] ${unassigned}`;
      expect(totalOf(columnOf, costs, size, unassigned), context).toBe(leastTotal(costs, size, unassigned));
    }
  });

  it("costs what munkres-js needs, however large the problem is", () => {
    const next = random(22);
    for (let round = 0; round < 60; round++) {
      const n = 6 + Math.floor(next() * 25);
      const costs = gridCosts(next, n * n, 2 + Math.floor(next() * 6), 0);
      const matrix = Array.from({ length: n }, (_, i) => [...costs.subarray(i * n, i * n + n)]);
      const expected = munkres(matrix).reduce((sum, [i, j]) => sum + costs[i * n + j], 0);
      const columnOf = new Assigner().assign(costs, n, n);
      expect(totalOf(columnOf, costs, [n, n], forbidden), `round ${round}: ${n}`).toBe(expected);
    }
  });

  it("is the same again, and the same with memory of other problems", () => {
    const next = random(23);
    const used = new Assigner({ unassigned: 1 });
    for (let round = 0; round < 200; round++) {
      const [rows, cols] = [1 + Math.floor(next() * 12), 1 + Math.floor(next() * 12)];
      const costs = gridCosts(next, rows * cols, 4, 0.4);
      const fresh = new Assigner({ unassigned: 1 }).assign(costs, rows, cols).slice(0, rows);
      expect(used.assign(costs, rows, cols).slice(0, rows)).toEqual(fresh);
    }
  });
});
