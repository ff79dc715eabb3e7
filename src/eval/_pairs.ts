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
export function pairsOf({ overlaps, truth, results }: Sequence): Pairs {
  const numbers = new PairNumbers(truth.idCount, results.idCount, overlaps.columns.length);
  for (let row = 0; row < truth.count; row++) {
    numbers.addRow(
      truth.ids[row],
      overlaps.starts[row],
      overlaps.starts[row + 1],
      overlaps.columns,
      results.ids,
    );
  }
  return numbers.pairs();
}

class PairNumbers {
  readonly #columns: number;
  readonly #isDense: boolean;
  readonly #ofEntry: Int32Array;
  readonly #truth: Int32Array;
  readonly #results: Int32Array;
  /**
   * Pair in each slot, or -1: a slot per pair of identities where those are few, else open addressing, so that
   * memory is bounded by the size of the file.
   */
  readonly #slots: Int32Array;
  #count = 0;

  constructor(truthIds: number, resultIds: number, entries: number) {
    let bits = 4;
    while (2 ** bits < 2 * entries) bits++;
    this.#columns = resultIds;
    this.#isDense = truthIds * resultIds <= 2 ** bits;
    this.#slots = new Int32Array(this.#isDense ? truthIds * resultIds : 2 ** bits).fill(-1);
    this.#ofEntry = new Int32Array(entries);
    this.#truth = new Int32Array(entries);
    this.#results = new Int32Array(entries);
  }

  pairs(): Pairs {
    const count = this.#count;
    return {
      count,
      ofEntry: this.#ofEntry,
      truth: this.#truth.subarray(0, count),
      results: this.#results.subarray(0, count),
    };
  }

  addRow(a: number, from: number, to: number, columns: Int32Array, resultIds: Int32Array): void {
    const slots = this.#slots;
    for (let e = from; e < to; e++) {
      const b = resultIds[columns[e]];
      const slot = this.#isDense ? a * this.#columns + b : this.#find(a, b);
      if (slots[slot] < 0) {
        this.#truth[this.#count] = a;
        this.#results[this.#count] = b;
        slots[slot] = this.#count++;
      }
      this.#ofEntry[e] = slots[slot];
    }
  }

  /** The slot of a pair, or the free one that it will have. */
  #find(a: number, b: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = (Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & mask;
    while (slots[slot] >= 0 && (this.#truth[slots[slot]] !== a || this.#results[slots[slot]] !== b)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }
}

/** As in _columns.ts. */
export const kept: unknown = new PairNumbers(0, 0, 0);

/** Number of rows of each identity. */
export function rowsPerId(ids: Int32Array, idCount: number): Int32Array {
  const rows = new Int32Array(idCount);
  for (let i = 0; i < ids.length; i++) rows[ids[i]]++;
  return rows;
}
