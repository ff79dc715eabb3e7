import { describe, expect, it } from "vitest";
import { iou } from "../../src/math/boxes.js";
import { DeepSortKalman } from "../../src/math/kalman-deepsort.js";
import { cascade } from "../../src/track/_cascade.js";
import { ClassVote, classKey } from "../../src/track/_classes.js";
import { chiSquare95, Gate } from "../../src/track/_gate.js";
import { OverlapIndex } from "../../src/track/_overlap.js";
import { TrackTable } from "../../src/track/_table.js";
import { random } from "../_random.js";

function randomBoxes(next: () => number, count: number, size: number): Float64Array {
  const boxes = new Float64Array(4 * count);
  for (let i = 0; i < count; i++) {
    const x = size * next();
    const y = size * next();
    boxes.set([x, y, x + 20 + 60 * next() ** 3, y + 40 + 100 * next()], 4 * i);
  }
  return boxes;
}

describe("the Mahalanobis gate", () => {
  it("has the published threshold: 30 pixels pass at height 80, 34 do not", () => {
    expect(chiSquare95).toBe(9.4877);
    const filter = new DeepSortKalman();
    filter.reserve(1);
    filter.start(0, 100, 200, 0.5, 80);
    filter.predict(0);
    const gate = new Gate(filter);
    gate.build(Float64Array.from([130, 134].flatMap((x) => [x - 20, 160, x + 20, 240])), 2);
    const found: number[] = [];
    gate.each(0, (j, d2) => found.push(j, d2));
    expect(found[0]).toBe(0);
    expect(found[1]).toBeCloseTo(7.43801653, 7);
    expect(found).toHaveLength(2);
  });

  it("finds exactly the measurements within, as a search through all does", () => {
    const next = random(41);
    const filter = new DeepSortKalman();
    const gate = new Gate(filter);
    filter.reserve(30);
    for (let round = 0; round < 20; round++) {
      const count = Math.floor(80 * next());
      gate.build(randomBoxes(next, count, 400), count);
      const z = gate.measurements;
      for (let slot = 0; slot < 30; slot++) {
        filter.start(slot, 400 * next(), 400 * next(), 0.5, 40 + 100 * next());
        for (let step = 0; step < 10 * next(); step++) filter.predict(slot);
        const expected: number[] = [];
        for (let j = 0; j < count; j++) {
          const d2 = filter.distance(slot, z[4 * j], z[4 * j + 1], z[4 * j + 2], z[4 * j + 3]);
          if (d2 <= chiSquare95) expected.push(j);
        }
        const found: number[] = [];
        gate.each(slot, (j) => found.push(j));
        expect(found.sort((a, b) => a - b)).toEqual(expected);
      }
    }
  });
});

describe("the overlap index", () => {
  it("finds exactly the boxes that overlap, as a search through all does", () => {
    const next = random(42);
    const index = new OverlapIndex();
    for (let round = 0; round < 40; round++) {
      const n = Math.floor(60 * next());
      const m = Math.floor(60 * next());
      const a = randomBoxes(next, n, 600);
      const b = randomBoxes(next, m, 600);
      if (m > 0 && round % 3 === 0) b.set([-1e9, -1e9, 1e9, 1e9]);
      index.build(b, m);
      for (let i = 0; i < n; i++) {
        const expected: number[] = [];
        for (let j = 0; j < m; j++) if (iou(a, i, b, j) > 0) expected.push(j);
        const found: number[] = [];
        index.each(a, i, (j, overlap) => {
          found.push(j);
          if (overlap !== iou(a, i, b, j)) found.push(Number.NaN);
        });
        expect(found.sort((p, q) => p - q)).toEqual(expected);
      }
    }
  });
});

describe("the cascade", () => {
  it("puts the recently seen first, and keeps the order among equals", () => {
    const misses = Int32Array.of(3, 1, 2, 1, 3, 30);
    expect(cascade([0, 1, 2, 3, 4, 5], misses)).toEqual([[1, 3], [2], [0, 4], [5]]);
    expect(cascade([], misses)).toEqual([]);
  });
});

describe("classes", () => {
  it("share a key within a group, and with all where there are no groups", () => {
    const key = classKey([[2, 5, 7], [0]]);
    expect([2, 5, 7, 0, 1].map(key)).toEqual([2, 2, 2, 0, 1]);
    expect([2, 5, 7, 0, 1].map(classKey(undefined))).toEqual([0, 0, 0, 0, 0]);
  });

  it("are voted for by score, and stay at a tie", () => {
    const vote = new ClassVote(2, 0.5);
    vote.add(7, 0.5);
    expect(vote.winner).toBe(2);
    vote.add(7, 0.1);
    expect(vote.winner).toBe(7);
    vote.add(2, 0.4);
    expect(vote.winner).toBe(2);
  });

  it("count for something whatever the score: negative ones, and scores beyond 1 for no more than 1", () => {
    const vote = new ClassVote(1, -3);
    vote.add(4, -2);
    vote.add(4, -2);
    expect(vote.winner).toBe(4);
    vote.add(5, 1e308);
    vote.add(6, 0.9);
    vote.add(6, 0.2);
    expect(vote.winner).toBe(6);
  });
});

describe("the track table", () => {
  it("gives slots out again, never ids, also beyond 32 bits", () => {
    const table = new TrackTable(2 ** 33);
    for (let round = 0; round < 1000; round++) {
      const slot = table.start(0, 0.5, 1, 1, 0);
      expect([slot, table.id[slot]]).toEqual([0, 2 ** 33 + round]);
      table.age();
      table.sweep((s) => table.misses[s] > 0);
      expect(table.count).toBe(0);
    }
    expect(table.slots).toBe(1);
  });

  it("keeps the living in the order of their ids", () => {
    const next = random(43);
    const table = new TrackTable();
    for (let round = 0; round < 200; round++) {
      for (let k = 0; k < 5 * next(); k++) table.start(0, 0.5, 1, 1, 0);
      table.sweep(() => next() < 0.3);
      const ids = [...table.active.subarray(0, table.count)].map((slot) => table.id[slot]);
      expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    }
    expect(table.slots).toBeLessThan(60);
  });
});
