import { parseMot } from "../../src/eval/mot.js";
import { custom } from "../../src/eval/rules/custom.js";
import type { Boxes, Sequence } from "../../src/eval/sequence.js";

/** [frame from 1, id, x, y, width, height, ...] */
export type Row = readonly number[];

export const truthOf = (rows: readonly Row[], length?: number): Boxes =>
  parseMot(rows.map((r) => r.join(",")).join("\n"), "gt.txt", { kind: "truth", length });

export const resultsOf = (rows: readonly Row[], length?: number): Boxes =>
  parseMot(rows.map((r) => r.join(",")).join("\n"), "results.txt", { length });

/** A sequence without rules; `length` frames. */
export const sequenceOf = (truth: readonly Row[], results: readonly Row[], length: number): Sequence =>
  custom.prepare("made up", truthOf(truth, length), resultsOf(results, length), "object");

/** A square of 10 pixels at x, 0. */
export const square = (frame: number, id: number, x: number): Row => [frame, id, x, 0, 10, 10, 1];

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
