/**
 * Higher Order Tracking Accuracy: Luiten et al., "HOTA: A Higher Order Metric for Evaluating Multi-Object
 * Tracking", IJCV 2021, sections 4 and 5 (OWTA: Liu et al., "Opening up Open-World Tracking", CVPR 2022).
 */
import { FrameMatcher } from "./_match.js";
import { type Pairs, pairsOf, rowsPerId } from "./_pairs.js";
import { epsilon, type Overlaps, type Sequence } from "./sequence.js";

/** The localisation thresholds 0.05, 0.10 .. 0.95, with the rounding of the official evaluator. */
export const alphas: readonly number[] = Array.from({ length: 19 }, (_, i) => 0.05 + i * 0.05);

/** What adds up over sequences; each array has one number per alpha. */
export interface HotaCounts {
  readonly tp: Float64Array;
  readonly fn: Float64Array;
  readonly fp: Float64Array;
  /** Sum over true positives of the association accuracy, recall, precision of their identity pair. */
  readonly assA: Float64Array;
  readonly assRe: Float64Array;
  readonly assPr: Float64Array;
  /** Sum over true positives of their similarity. */
  readonly locA: Float64Array;
}

/** Means over the alphas, 0..1; `perAlpha` has the 19 values behind each. */
export interface HotaScores {
  readonly hota: number;
  readonly detA: number;
  readonly assA: number;
  readonly detRe: number;
  readonly detPr: number;
  readonly assRe: number;
  readonly assPr: number;
  readonly locA: number;
  readonly owta: number;
  /** HOTA at alpha 0.05. */
  readonly hota0: number;
  readonly locA0: number;
  readonly hotaLocA0: number;
  readonly perAlpha: HotaCurves;
}

/** One number per alpha. */
export interface HotaCurves {
  readonly hota: readonly number[];
  readonly detA: readonly number[];
  readonly assA: readonly number[];
  readonly detRe: readonly number[];
  readonly detPr: readonly number[];
  readonly assRe: readonly number[];
  readonly assPr: readonly number[];
  readonly locA: readonly number[];
  readonly owta: readonly number[];
}

/** Counts one sequence. `pairs` may be shared with the identity metrics. */
export function count(sequence: Sequence, pairs: Pairs = pairsOf(sequence)): HotaCounts {
  const { truth, results, overlaps } = sequence;
  const truthRows = rowsPerId(truth.ids, truth.idCount);
  const resultRows = rowsPerId(results.ids, results.idCount);
  const weights = alignment(sequence, pairs, truthRows, resultRows);
  const matcher = new FrameMatcher(overlaps, truth.starts, results.starts);
  for (let frame = 0; frame < sequence.frames; frame++) matcher.match(frame, weights);

  // How many matches of each identity pair that is matched at all reach exactly each alpha.
  const levels = alphas.length;
  const tp = new Float64Array(levels);
  const locA = new Float64Array(levels);
  const { slots, matched } = matchedPairs(matcher.chosen, pairs);
  const matches = new Int32Array(matched.length * levels);
  for (let row = 0; row < truth.count; row++) {
    const e = matcher.chosen[row];
    const a = e < 0 ? -1 : highestAlpha(overlaps.similarities[e]);
    if (a < 0) continue;
    tp[a]++;
    locA[a] += overlaps.similarities[e];
    matches[slots[pairs.ofEntry[e]] * levels + a]++;
  }
  // What reaches an alpha reaches all below it.
  for (let a = levels - 2; a >= 0; a--) {
    tp[a] += tp[a + 1];
    locA[a] += locA[a + 1];
    for (let k = a; k < matches.length; k += levels) matches[k] += matches[k + 1];
  }

  const assA = new Float64Array(levels);
  const assRe = new Float64Array(levels);
  const assPr = new Float64Array(levels);
  matched.forEach((pair, slot) => {
    const inTruth = truthRows[pairs.truth[pair]];
    const inResults = resultRows[pairs.results[pair]];
    for (let a = 0; a < levels; a++) {
      const m = matches[slot * levels + a];
      assA[a] += (m * m) / (inTruth + inResults - m);
      assRe[a] += (m * m) / inTruth;
      assPr[a] += (m * m) / inResults;
    }
  });
  return {
    tp,
    fn: tp.map((x) => truth.count - x),
    fp: tp.map((x) => results.count - x),
    assA,
    assRe,
    assPr,
    locA,
  };
}

/** The identity pairs of the chosen entries, numbered; `slots` has the number of each pair or -1. */
function matchedPairs(chosen: Int32Array, { ofEntry, count }: Pairs) {
  const slots = new Int32Array(count).fill(-1);
  const matched: number[] = [];
  for (const e of chosen) {
    if (e < 0 || slots[ofEntry[e]] >= 0) continue;
    slots[ofEntry[e]] = matched.length;
    matched.push(ofEntry[e]);
  }
  return { slots, matched };
}

/** Index of the last alpha that a similarity reaches, -1 for none. */
function highestAlpha(similarity: number): number {
  let a = Math.min(Math.floor(similarity * 20), alphas.length - 1);
  while (a >= 0 && similarity < alphas[a] - epsilon) a--;
  return a;
}

/**
 * Similarity of each entry weighted by how well its two identities fit over the whole sequence (section 5.1 of
 * the paper): the matching prefers globally consistent pairs.
 */
function alignment(
  { truth, results, overlaps }: Sequence,
  pairs: Pairs,
  truthRows: Int32Array,
  resultRows: Int32Array,
): Float64Array {
  const perTruth = new Float64Array(truth.count);
  const perResult = new Float64Array(results.count);
  for (let row = 0; row < truth.count; row++) perTruth[row] = sumRow(overlaps, row, perResult);
  const potential = new Float64Array(pairs.count);
  for (let row = 0; row < truth.count; row++)
    addPotential(overlaps, row, perTruth[row], perResult, pairs.ofEntry, potential);
  for (let p = 0; p < pairs.count; p++)
    potential[p] /= truthRows[pairs.truth[p]] + resultRows[pairs.results[p]] - potential[p];
  const weights = new Float64Array(pairs.ofEntry.length);
  for (let row = 0; row < truth.count; row++) weighRow(overlaps, row, pairs.ofEntry, potential, weights);
  return weights;
}

// A function per row: one that is called often is compiled well and early, one long loop is not.

/** Sum of a truth row's similarities, which are also added to those of its result rows. */
function sumRow({ starts, columns, similarities }: Overlaps, row: number, perResult: Float64Array): number {
  let sum = 0;
  for (let e = starts[row]; e < starts[row + 1]; e++) {
    sum += similarities[e];
    perResult[columns[e]] += similarities[e];
  }
  return sum;
}

function addPotential(
  { starts, columns, similarities }: Overlaps,
  row: number,
  ofRow: number,
  perResult: Float64Array,
  pairOfEntry: Int32Array,
  potential: Float64Array,
): void {
  for (let e = starts[row]; e < starts[row + 1]; e++) {
    const s = similarities[e];
    potential[pairOfEntry[e]] += s / (perResult[columns[e]] + ofRow - s);
  }
}

function weighRow(
  { starts, similarities }: Overlaps,
  row: number,
  pairOfEntry: Int32Array,
  potential: Float64Array,
  weights: Float64Array,
): void {
  for (let e = starts[row]; e < starts[row + 1]; e++)
    weights[e] = potential[pairOfEntry[e]] * similarities[e];
}

/** Counts of two sets of sequences together. */
export function add(a: HotaCounts, b: HotaCounts): HotaCounts {
  const sum = (key: keyof HotaCounts): Float64Array => a[key].map((x, i) => x + b[key][i]);
  return {
    tp: sum("tp"),
    fn: sum("fn"),
    fp: sum("fp"),
    assA: sum("assA"),
    assRe: sum("assRe"),
    assPr: sum("assPr"),
    locA: sum("locA"),
  };
}

/** Scores of counts. With no true positive localisation is 1 and everything else 0. */
export function score(c: HotaCounts): HotaScores {
  const per = (f: (a: number) => number): number[] => alphas.map((_, a) => f(a));
  const detRe = per((a) => c.tp[a] / Math.max(1, c.tp[a] + c.fn[a]));
  const detPr = per((a) => c.tp[a] / Math.max(1, c.tp[a] + c.fp[a]));
  const detA = per((a) => c.tp[a] / Math.max(1, c.tp[a] + c.fn[a] + c.fp[a]));
  const assA = per((a) => c.assA[a] / Math.max(1, c.tp[a]));
  const assRe = per((a) => c.assRe[a] / Math.max(1, c.tp[a]));
  const assPr = per((a) => c.assPr[a] / Math.max(1, c.tp[a]));
  const locA = per((a) => (c.tp[a] > 0 ? c.locA[a] / c.tp[a] : 1));
  const hota = per((a) => Math.sqrt(detA[a] * assA[a]));
  const owta = per((a) => Math.sqrt(detRe[a] * assA[a]));
  return {
    hota: mean(hota),
    detA: mean(detA),
    assA: mean(assA),
    detRe: mean(detRe),
    detPr: mean(detPr),
    assRe: mean(assRe),
    assPr: mean(assPr),
    locA: mean(locA),
    owta: mean(owta),
    hota0: hota[0],
    locA0: locA[0],
    hotaLocA0: hota[0] * locA[0],
    perAlpha: { hota, detA, assA, detRe, detPr, assRe, assPr, locA, owta },
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}
