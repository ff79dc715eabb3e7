import type { Column } from "../types.js";
import type { SavedColumns } from "./_state.js";

/** What is known of the looks of each slot's track. Vectors have L2 norm 1, or are zero where nothing could be seen. */
export interface Appearance {
  /**
   * Sets the length of a vector, once.
   *
   * @throws {RangeError} when it was another one before
   */
  use(dim: number): void;
  /** Adds row `row` of `data` to what is known of `slot`. */
  add(slot: number, data: Float32Array, row: number): void;
  /** Forgets what is known of `slot`. */
  clear(slot: number): void;
  /** Whether anything is known of `slot`. */
  knows(slot: number): boolean;
  /** Cosine distance, 0 to 2, of row `row` of `data`; Infinity where nothing is known. */
  distance(slot: number, data: Float32Array, row: number): number;
  /** Whether that distance is at most `limit`, which may be quicker to tell. */
  isWithin(slot: number, data: Float32Array, row: number, limit: number): boolean;
  /** What is known of slots 0 to `slots - 1`, and back. @throws {RangeError} where the columns do not fit */
  save(slots: number): Readonly<Record<string, Column>>;
  restore(saved: SavedColumns, slots: number): void;
}

/** Vectors of many slots one after the other. */
export function joined(vectors: readonly (Float32Array | undefined)[]): Float32Array {
  const all = new Float32Array(vectors.reduce((sum, v) => sum + (v?.length ?? 0), 0));
  let at = 0;
  for (const v of vectors) {
    if (!v) continue;
    all.set(v, at);
    at += v.length;
  }
  return all;
}

/** @throws {RangeError} when `dim` differs from an earlier one (0: none yet) */
export function checkDim(earlier: number, dim: number): number {
  if (earlier !== 0 && earlier !== dim)
    throw new RangeError(`Cannot compare embeddings of ${dim} numbers with earlier ones of ${earlier}`);
  return dim;
}

/** Scalar product of `dim` numbers of `a` from `i` and of `b` from `j`. */
export function dot(a: Float32Array, i: number, b: Float32Array, j: number, dim: number): number {
  // Four sums keep the processor's adders busy.
  let p = 0;
  let q = 0;
  let r = 0;
  let s = 0;
  let k = 0;
  for (const end = dim - (dim & 3); k < end; k += 4) {
    p += a[i + k] * b[j + k];
    q += a[i + k + 1] * b[j + k + 1];
    r += a[i + k + 2] * b[j + k + 2];
    s += a[i + k + 3] * b[j + k + 3];
  }
  for (; k < dim; k++) p += a[i + k] * b[j + k];
  return p + q + (r + s);
}
