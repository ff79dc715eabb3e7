/**
 * The CLEAR MOT metrics: Bernardin and Stiefelhagen, "Evaluating Multiple Object Tracking Performance", EURASIP
 * JIVP 2008, with the conventions of the MOTChallenge (mostly tracked above 80 %, mostly lost below 20 %).
 */
import { FrameMatcher } from "./_match.js";
import { rowsPerId } from "./_pairs.js";
import { epsilon, type Sequence } from "./sequence.js";

const threshold = 0.5;
/** More than any sum of similarities of a frame: keeping a pair of the frame before beats everything else. */
const keepBonus = 1000;

/** What adds up over sequences. */
export interface ClearCounts {
  readonly tp: number;
  readonly fn: number;
  readonly fp: number;
  /** Identity switches. */
  readonly idsw: number;
  /** Truth identities that are mostly tracked, partially tracked, mostly lost. */
  readonly mt: number;
  readonly pt: number;
  readonly ml: number;
  /** How often a truth identity was picked up again after a gap. */
  readonly frag: number;
  /** Sum of the similarity of the true positives. */
  readonly similarity: number;
  readonly frames: number;
}

/** Fractions (1 = 100 %) beside the counts. With no truth all of them are 0. */
export interface ClearScores extends Omit<ClearCounts, "similarity"> {
  /** (TP - FP - IDSW) / truth */
  readonly mota: number;
  /** Mean similarity of true positives. */
  readonly motp: number;
  /** (TP - FP) / truth */
  readonly moda: number;
  /** MOTA with soft true positives: (sum of similarity - FP - IDSW) / truth */
  readonly smota: number;
  /** MOTA with the logarithm of the switches. */
  readonly motal: number;
  readonly recall: number;
  readonly precision: number;
  readonly f1: number;
  /** False positives per frame. */
  readonly faf: number;
  /** Shares of the truth identities. */
  readonly mtr: number;
  readonly ptr: number;
  readonly mlr: number;
}

/** What CLEAR decided about every row; the source of the counts and of the event list. */
export interface ClearMatches {
  /** Entry of the overlaps that each truth row was matched by, or -1 for a miss. */
  readonly chosen: Int32Array;
  /** For each truth row: the result identity it was matched to before, where that is another one; else -1. */
  readonly switchedFrom: Int32Array;
  /** How many times each truth identity was picked up. */
  readonly pickUps: Int32Array;
}

/** Matches one sequence frame by frame, keeping the pairs of the frame before as long as they touch. */
export function match(sequence: Sequence): ClearMatches {
  const { truth, results, overlaps } = sequence;
  const { columns } = overlaps;
  const matcher = new FrameMatcher(overlaps, truth.starts, results.starts);
  const weights = new Float64Array(columns.length);
  const switchedFrom = new Int32Array(truth.count).fill(-1);
  const pickUps = new Int32Array(truth.idCount);
  const last = new Int32Array(truth.idCount).fill(-1);
  const previous = new Int32Array(truth.idCount).fill(-1);
  let matchedBefore: number[] = [];
  for (let frame = 0; frame < sequence.frames; frame++) {
    const from = truth.starts[frame];
    const to = truth.starts[frame + 1];
    // A frame without truth or without results does not break continuity, as in the official evaluator.
    if (from === to || results.starts[frame] === results.starts[frame + 1]) continue;
    for (let row = from; row < to; row++) weighRow(sequence, row, previous[truth.ids[row]], weights);
    matcher.match(frame, weights);
    const matched: number[] = [];
    for (let row = from; row < to; row++) {
      const e = matcher.chosen[row];
      if (e < 0) continue;
      const id = truth.ids[row];
      const partner = results.ids[columns[e]];
      if (last[id] >= 0 && last[id] !== partner) switchedFrom[row] = last[id];
      if (previous[id] < 0) pickUps[id]++;
      last[id] = partner;
      matched.push(id);
    }
    for (const id of matchedBefore) previous[id] = -1;
    for (const id of matched) previous[id] = last[id];
    matchedBefore = matched;
  }
  return { chosen: matcher.chosen, switchedFrom, pickUps };
}

/** Weights of a truth row; `before` is the result identity that it was matched to in the frame before. */
function weighRow(
  { results, overlaps: { starts, columns, similarities } }: Sequence,
  row: number,
  before: number,
  weights: Float64Array,
): void {
  for (let e = starts[row]; e < starts[row + 1]; e++) {
    if (similarities[e] < threshold - epsilon) continue;
    weights[e] = similarities[e] + (results.ids[columns[e]] === before ? keepBonus : 0);
  }
}

/** Counts one sequence. */
export function count(sequence: Sequence, matches: ClearMatches = match(sequence)): ClearCounts {
  const { truth, results, overlaps } = sequence;
  const matchedRows = new Int32Array(truth.idCount);
  let tp = 0;
  let idsw = 0;
  let similarity = 0;
  for (let row = 0; row < truth.count; row++) {
    const e = matches.chosen[row];
    if (e < 0) continue;
    tp++;
    similarity += overlaps.similarities[e];
    matchedRows[truth.ids[row]]++;
    if (matches.switchedFrom[row] >= 0) idsw++;
  }
  const rows = rowsPerId(truth.ids, truth.idCount);
  let mt = 0;
  let tracked = 0;
  let frag = 0;
  for (let id = 0; id < truth.idCount; id++) {
    const share = matchedRows[id] / rows[id];
    if (share > 0.8) mt++;
    if (share >= 0.2) tracked++;
    if (matches.pickUps[id] > 0) frag += matches.pickUps[id] - 1;
  }
  return {
    tp,
    fn: truth.count - tp,
    fp: results.count - tp,
    idsw,
    mt,
    pt: tracked - mt,
    ml: truth.idCount - tracked,
    frag,
    similarity,
    frames: sequence.frames,
  };
}

/** Counts of two sets of sequences together. */
export function add(a: ClearCounts, b: ClearCounts): ClearCounts {
  return {
    tp: a.tp + b.tp,
    fn: a.fn + b.fn,
    fp: a.fp + b.fp,
    idsw: a.idsw + b.idsw,
    mt: a.mt + b.mt,
    pt: a.pt + b.pt,
    ml: a.ml + b.ml,
    frag: a.frag + b.frag,
    similarity: a.similarity + b.similarity,
    frames: a.frames + b.frames,
  };
}

/** Scores of counts. */
export function score({ similarity, ...c }: ClearCounts): ClearScores {
  const truth = c.tp + c.fn;
  const ofTruth = (x: number): number => (truth > 0 ? x / truth : 0);
  const identities = Math.max(1, c.mt + c.pt + c.ml);
  return {
    ...c,
    mota: ofTruth(c.tp - c.fp - c.idsw),
    motp: similarity / Math.max(1, c.tp),
    moda: ofTruth(c.tp - c.fp),
    smota: ofTruth(similarity - c.fp - c.idsw),
    motal: ofTruth(c.tp - c.fp - (c.idsw > 0 ? Math.log10(c.idsw) : 0)),
    recall: ofTruth(c.tp),
    precision: c.tp / Math.max(1, c.tp + c.fp),
    f1: c.tp / Math.max(1, c.tp + 0.5 * c.fn + 0.5 * c.fp),
    faf: c.fp / Math.max(1, c.frames),
    mtr: c.mt / identities,
    ptr: c.pt / identities,
    mlr: c.ml / identities,
  };
}
