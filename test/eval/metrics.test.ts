import { describe, expect, it } from "vitest";
import * as clear from "../../src/eval/clear.js";
import * as counts from "../../src/eval/counts.js";
import * as hota from "../../src/eval/hota.js";
import * as identity from "../../src/eval/identity.js";
import type { Sequence } from "../../src/eval/sequence.js";
import { type Row, random, sequenceOf, square } from "./_make.js";

const track = (frames: readonly number[], id: number, x: number): Row[] =>
  frames.map((f) => square(f, id, x));
const clearOf = (sequence: Sequence) => clear.score(clear.count(sequence));

describe("perfect tracks", () => {
  const rows = [...track([1, 2, 3], 1, 0), ...track([1, 2, 3], 2, 50)];
  const sequence = sequenceOf(rows, rows, 3);

  it("score 1 everywhere", () => {
    const h = hota.score(hota.count(sequence));
    expect([h.hota, h.detA, h.assA, h.locA, h.owta, h.hotaLocA0]).toEqual([1, 1, 1, 1, 1, 1]);
    expect(clearOf(sequence)).toMatchObject({
      mota: 1,
      motp: 1,
      smota: 1,
      mt: 2,
      ml: 0,
      idsw: 0,
      frag: 0,
      faf: 0,
    });
    expect(identity.score(identity.count(sequence))).toMatchObject({ idf1: 1, idtp: 6, idfp: 0, idfn: 0 });
    expect(counts.count(sequence)).toEqual({ dets: 6, gtDets: 6, ids: 2, gtIds: 2, frames: 3 });
  });
});

describe("nothing to score", () => {
  it("has no result: everything is missed, localisation is 1", () => {
    const sequence = sequenceOf(track([1, 2], 1, 0), [], 2);
    expect(hota.score(hota.count(sequence))).toMatchObject({ hota: 0, locA: 1, detA: 0 });
    expect(clearOf(sequence)).toMatchObject({ mota: 0, fn: 2, fp: 0, ml: 1, mlr: 1 });
    expect(identity.count(sequence)).toEqual({ idtp: 0, idfn: 2, idfp: 0 });
  });

  it("has no truth: everything is false, shares are 0 and not NaN", () => {
    const sequence = sequenceOf([], track([1, 2], 1, 0), 2);
    expect(hota.score(hota.count(sequence))).toMatchObject({ hota: 0, locA: 1 });
    expect(clearOf(sequence)).toMatchObject({ mota: 0, recall: 0, precision: 0, fp: 2, faf: 1 });
  });

  it("has no frame with boxes", () => {
    const sequence = sequenceOf([], [], 5);
    expect(Object.values(clearOf(sequence)).every(Number.isFinite)).toBe(true);
    expect(identity.score(identity.count(sequence)).idf1).toBe(0);
  });
});

describe("CLEAR", () => {
  it("matches at exactly half overlap, and not below", () => {
    expect(clearOf(sequenceOf([square(1, 1, 0)], [[1, 1, 0, 0, 5, 10]], 1)).tp).toBe(1);
    expect(clearOf(sequenceOf([square(1, 1, 0)], [[1, 1, 0, 0, 4.999, 10]], 1)).tp).toBe(0);
  });

  it("counts a switch when another identity takes over, also after a gap", () => {
    const truth = track([1, 2, 3, 4], 1, 0);
    const results = [square(1, 5, 0), square(2, 5, 0), square(4, 6, 0)];
    expect(clearOf(sequenceOf(truth, results, 4))).toMatchObject({ idsw: 1, frag: 0, fn: 1 });
  });

  it("counts a fragmentation when a track is picked up after a frame in which others were matched", () => {
    const truth = [...track([1, 2, 3], 1, 0), ...track([1, 2, 3], 2, 50)];
    const results = [square(1, 1, 0), square(3, 1, 0), ...track([1, 2, 3], 2, 50)];
    expect(clearOf(sequenceOf(truth, results, 3))).toMatchObject({ frag: 1, idsw: 0 });
  });

  it("keeps the pair of the frame before although another box fits better", () => {
    const truth = track([1, 2], 1, 0);
    const results = [square(1, 5, 0), square(2, 5, 3), square(2, 6, 0)];
    expect(clearOf(sequenceOf(truth, results, 2))).toMatchObject({ idsw: 0, fp: 1 });
  });

  it("calls a track mostly tracked above 80 %, mostly lost below 20 %", () => {
    const ten = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    for (const [tracked, expected] of [
      [9, { mt: 1, pt: 0, ml: 0 }],
      [8, { mt: 0, pt: 1, ml: 0 }],
      [2, { mt: 0, pt: 1, ml: 0 }],
      [1, { mt: 0, pt: 0, ml: 1 }],
    ] as const) {
      const sequence = sequenceOf(track(ten, 1, 0), track(ten.slice(0, tracked), 1, 0), 10);
      expect(clearOf(sequence)).toMatchObject(expected);
    }
  });
});

describe("identity", () => {
  it("gives each truth identity the one result identity that fits longest", () => {
    const truth = track([1, 2, 3, 4, 5], 1, 0);
    const results = [...track([1, 2], 7, 0), ...track([3, 4, 5], 8, 0)];
    expect(identity.count(sequenceOf(truth, results, 5))).toEqual({ idtp: 3, idfn: 2, idfp: 2 });
  });

  it("leaves an identity alone where that is better for the sum", () => {
    const truth = [...track([1, 2, 3], 1, 0), ...track([1, 2, 3], 2, 50)];
    const results = [...track([1, 2, 3], 9, 0)];
    expect(identity.count(sequenceOf(truth, results, 3))).toEqual({ idtp: 3, idfn: 3, idfp: 0 });
  });
});

describe("HOTA", () => {
  it("halves association when a track is cut in two", () => {
    const truth = track([1, 2, 3, 4], 1, 0);
    const results = [...track([1, 2], 7, 0), ...track([3, 4], 8, 0)];
    const h = hota.score(hota.count(sequenceOf(truth, results, 4)));
    expect(h).toMatchObject({ detA: 1, assA: 0.5, assRe: 0.5, assPr: 1 });
    expect(h.hota).toBeCloseTo(Math.sqrt(0.5), 15);
  });
});

describe.each([
  ["hota", hota],
  ["clear", clear],
  ["identity", identity],
  ["counts", counts],
] as const)("%s", (_, metric) => {
  const make = (seed: number): Sequence => {
    const next = random(seed);
    const rows = (): Row[] =>
      [1, 2, 3, 4, 5, 6].flatMap((f) =>
        [1, 2, 3, 4].filter(() => next() < 0.8).map((id) => square(f, id, id * 8 + next() * 4)),
      );
    return sequenceOf(rows(), rows(), 6);
  };
  // biome-ignore lint/suspicious/noExplicitAny: four metrics with four kinds of counts
  const { add, count, score } = metric as any;

  it("adds counts in any order", () => {
    const [a, b, c] = [1, 2, 3].map((seed) => count(make(seed)));
    const flat = (x: unknown): number[] => (JSON.stringify(x).match(/-?[\d.]+(e-?\d+)?/g) ?? []).map(Number);
    const left = flat(score(add(add(a, b), c)));
    const right = flat(score(add(c, add(b, a))));
    left.forEach((x, i) => {
      expect(x).toBeCloseTo(right[i], 12);
    });
  });

  it("does not change what it adds", () => {
    const a = count(make(4));
    const before = JSON.stringify(a);
    add(a, count(make(5)));
    expect(JSON.stringify(a)).toBe(before);
  });
});
