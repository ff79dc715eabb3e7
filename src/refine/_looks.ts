/** The looks of a stretch of one identity: means of the first and of the last few frames and of all, nothing else is kept. */
import type { Look } from "../types.js";

/** Frames that a mean is made of, where there are as many. */
const few = 12;

/** A mean of appearance vectors. */
export interface Mean {
  readonly count: number;
  readonly vector: Float32Array;
}

/** How a stretch begins and how it ends. */
export interface Looks {
  /** Frames with a look. */
  readonly seen: number;
  readonly first: Mean;
  readonly last: Mean;
  /** The mean of all means, and how many these are. */
  readonly all: Mean;
}

/** @throws {RangeError} where a number is not finite, or there are not `length` of them */
export function withLook(looks: Looks | undefined, { id, count, mean }: Look, length: number): Looks {
  if (mean.length !== length || !mean.every(Number.isFinite) || !(count >= 1))
    throw new RangeError(`Cannot use a look of track ${id}: expected ${length} finite numbers`);
  const added: Mean = { count, vector: mean };
  if (!looks) return { seen: count, first: added, last: added, all: { count: 1, vector: mean } };
  const { seen, first, last, all } = looks;
  return {
    seen: seen + count,
    first: first.count < few ? meanOf(first, added) : first,
    // What came last counts in full, and of what was before as much as is wanting.
    last: meanOf({ ...last, count: Math.min(last.count, Math.max(0, few - count)) }, added),
    all: meanOf(all, { count: 1, vector: mean }),
  };
}

/** How a further mean differs from those before it, scaled to the variance of one: R. Helmert's contrasts. */
export function differenceOf({ all }: Looks, { mean }: Look): Float64Array {
  const scale = Math.sqrt(all.count / (all.count + 1));
  return Float64Array.from(mean, (v, k) => scale * (v - all.vector[k]));
}

function meanOf(a: Mean, b: Mean): Mean {
  const count = a.count + b.count;
  return { count, vector: a.vector.map((v, k) => (a.count * v + b.count * b.vector[k]) / count) };
}
