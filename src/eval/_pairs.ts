/** Which (truth identity, result identity) pair each overlap belongs to, pairs numbered from 0 as they appear. */
import type { Sequence } from "./sequence.js";

/** The identity pairs that ever touch. */
export interface Pairs {
  readonly count: number;
  /** Pair of each entry of the overlaps. */
  readonly ofEntry: Int32Array;
  /** Truth identity of each pair. */
  readonly truth: Int32Array;
  /** Result identity of each pair. */
  readonly results: Int32Array;
}

/** Numbers the identity pairs of a sequence. */
export function pairsOf(sequence: Sequence): Pairs {
  const { overlaps, truth, results } = sequence;
  const entries = overlaps.columns.length;
  const ofEntry = new Int32Array(entries);
  const truthOf = new Int32Array(entries);
  const resultOf = new Int32Array(entries);
  // An open-addressing table: a dense one of identities x identities would not be bounded by the file's size.
  let bits = 4;
  while (2 ** bits < 2 * entries) bits++;
  const mask = 2 ** bits - 1;
  const table = new Int32Array(2 ** bits).fill(-1);
  let count = 0;
  for (let row = 0; row < truth.count; row++) {
    const a = truth.ids[row];
    for (let e = overlaps.starts[row]; e < overlaps.starts[row + 1]; e++) {
      const b = results.ids[overlaps.columns[e]];
      let slot = (Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b)) >>> 0;
      slot = (slot ^ (slot >>> 15)) & mask;
      while (table[slot] >= 0 && (truthOf[table[slot]] !== a || resultOf[table[slot]] !== b)) {
        slot = (slot + 1) & mask;
      }
      if (table[slot] < 0) {
        truthOf[count] = a;
        resultOf[count] = b;
        table[slot] = count++;
      }
      ofEntry[e] = table[slot];
    }
  }
  return { count, ofEntry, truth: truthOf.subarray(0, count), results: resultOf.subarray(0, count) };
}

/** Number of rows of each identity. */
export function rowsPerId(ids: Int32Array, idCount: number): Int32Array {
  const rows = new Int32Array(idCount);
  for (let i = 0; i < ids.length; i++) rows[ids[i]]++;
  return rows;
}
