/**
 * Identity metrics: Ristani et al., "Performance Measures and a Data Set for Multi-Target, Multi-Camera
 * Tracking", ECCV 2016 workshops. One result identity per truth identity over the whole sequence, chosen so
 * that most rows agree.
 */
import { FrameMatcher } from "./_match.js";
import { pairsOf } from "./_pairs.js";
import type { Sequence } from "./sequence.js";

const threshold = 0.5;

/** What adds up over sequences. */
export interface IdentityCounts {
  readonly idtp: number;
  readonly idfn: number;
  readonly idfp: number;
}

/** Fractions beside the counts. */
export interface IdentityScores extends IdentityCounts {
  readonly idf1: number;
  readonly idr: number;
  readonly idp: number;
}

/** Counts one sequence. */
export function count(sequence: Sequence): IdentityCounts {
  const { truth, results, overlaps } = sequence;
  const pairs = pairsOf(sequence);
  const agreeing = new Float64Array(pairs.count);
  for (let e = 0; e < overlaps.similarities.length; e++) {
    // No epsilon here: the official evaluator has none in this one place.
    if (overlaps.similarities[e] >= threshold) agreeing[pairs.ofEntry[e]]++;
  }
  // Minimising wrong rows over all identities is maximising the agreeing rows: the sizes of the identities
  // are the same in every assignment.
  const { overlaps: byIdentity, order } = identityOverlaps(truth.idCount, pairs.truth, pairs.results);
  const weights = order.map((p) => agreeing[p]);
  const matcher = new FrameMatcher(byIdentity, results.idCount);
  matcher.match(0, truth.idCount, weights);
  const idtp = matcher.chosen.reduce((sum, e) => sum + (e < 0 ? 0 : weights[e]), 0);
  return { idtp, idfn: truth.count - idtp, idfp: results.count - idtp };
}

/** The pairs as overlaps between identities instead of rows; `order` is the pair of each entry. */
function identityOverlaps(idCount: number, truth: Int32Array, results: Int32Array) {
  const starts = new Int32Array(idCount + 1);
  for (const id of truth) starts[id + 1]++;
  for (let id = 0; id < idCount; id++) starts[id + 1] += starts[id];
  const fill = starts.slice();
  const order = new Float64Array(truth.length);
  const columns = new Int32Array(truth.length);
  for (let p = 0; p < truth.length; p++) {
    const e = fill[truth[p]]++;
    order[e] = p;
    columns[e] = results[p];
  }
  return { overlaps: { starts, columns, similarities: order }, order };
}

/** Counts of two sets of sequences together. */
export function add(a: IdentityCounts, b: IdentityCounts): IdentityCounts {
  return { idtp: a.idtp + b.idtp, idfn: a.idfn + b.idfn, idfp: a.idfp + b.idfp };
}

/** Scores of counts. */
export function score(c: IdentityCounts): IdentityScores {
  return {
    ...c,
    idf1: c.idtp / Math.max(1, c.idtp + 0.5 * c.idfp + 0.5 * c.idfn),
    idr: c.idtp / Math.max(1, c.idtp + c.idfn),
    idp: c.idtp / Math.max(1, c.idtp + c.idfp),
  };
}
