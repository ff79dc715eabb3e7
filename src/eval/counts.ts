/** How much there is to score: rows, identities, frames. */
import type { Sequence } from "./sequence.js";

/** What adds up over sequences. */
export interface SizeCounts {
  /** Result rows that count. */
  readonly dets: number;
  /** Truth rows that count. */
  readonly gtDets: number;
  readonly ids: number;
  readonly gtIds: number;
  readonly frames: number;
}

/** Counts one sequence. */
export function count({ truth, results, frames }: Sequence): SizeCounts {
  return { dets: results.count, gtDets: truth.count, ids: results.idCount, gtIds: truth.idCount, frames };
}

/** Counts of two sets of sequences together. */
export function add(a: SizeCounts, b: SizeCounts): SizeCounts {
  return {
    dets: a.dets + b.dets,
    gtDets: a.gtDets + b.gtDets,
    ids: a.ids + b.ids,
    gtIds: a.gtIds + b.gtIds,
    frames: a.frames + b.frames,
  };
}

/** The counts themselves. */
export function score(counts: SizeCounts): SizeCounts {
  return counts;
}
