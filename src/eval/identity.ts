/**
 * Identity metrics: Ristani et al., "Performance Measures and a Data Set for Multi-Target, Multi-Camera
 * Tracking", ECCV 2016 workshops. One result identity per truth identity over the whole sequence, chosen so
 * that most rows agree.
 */
import { Assigner } from "../math/assignment.js";
import { SparseCosts } from "../math/sparse-costs.js";
import { type Pairs, pairsOf } from "./_pairs.js";
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

/** Counts one sequence. `pairs` may be shared with HOTA. */
export function count(sequence: Sequence, pairs: Pairs = pairsOf(sequence)): IdentityCounts {
  const { truth, results, overlaps } = sequence;
  const agreeing = new Float64Array(pairs.count);
  for (let e = 0; e < overlaps.similarities.length; e++) {
    // No epsilon here: the official evaluator has none in this one place.
    if (overlaps.similarities[e] >= threshold) agreeing[pairs.ofEntry[e]]++;
  }
  // Minimising wrong rows over all identities is maximising the agreeing rows: the sizes of the identities
  // are the same in every assignment. Leaving an identity alone costs nothing, a pair its negated agreement.
  const { starts, order } = byTruth(pairs, truth.idCount);
  const costs = new SparseCosts();
  costs.begin(results.idCount);
  for (let id = 0; id < truth.idCount; id++) {
    for (let k = starts[id]; k < starts[id + 1]; k++) {
      const pair = order[k];
      if (agreeing[pair] > 0) costs.add(pairs.results[pair], -agreeing[pair]);
    }
    costs.endRow();
  }
  const partner = new Assigner({ unassigned: 0 }).assignSparse(costs);
  let idtp = 0;
  for (let p = 0; p < pairs.count; p++) {
    if (partner[pairs.truth[p]] === pairs.results[p]) idtp += agreeing[p];
  }
  return { idtp, idfn: truth.count - idtp, idfp: results.count - idtp };
}

/** The pairs in the order of their truth identities. */
function byTruth(pairs: Pairs, idCount: number): { starts: Int32Array; order: Int32Array } {
  const starts = new Int32Array(idCount + 1);
  for (const id of pairs.truth) starts[id + 1]++;
  for (let id = 0; id < idCount; id++) starts[id + 1] += starts[id];
  const fill = starts.slice();
  const order = new Int32Array(pairs.count);
  for (let p = 0; p < pairs.count; p++) order[fill[pairs.truth[p]]++] = p;
  return { starts, order };
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
