/**
 * Quality of detections, before any tracking: average precision as COCO defines it (Lin et al., "Microsoft COCO",
 * ECCV 2014, and its evaluation page): greedy matching by score, 101 recall points, IoU 0.50 to 0.95.
 */
import type { Sequence } from "./sequence.js";

/** IoU thresholds 0.50, 0.55 .. 0.95. */
export const iouThresholds: readonly number[] = Array.from({ length: 10 }, (_, i) => 0.5 + i * 0.05);

const recallPoints = 101;

/** What adds up over sequences: every detection with the thresholds that it passed. */
export interface DetectionCounts {
  /** Truth rows that count. */
  readonly truth: number;
  readonly scores: Float64Array;
  /** For each detection, how many of `iouThresholds` it is right at: bit i stands for threshold i. */
  readonly right: Uint16Array;
}

/** One point of the precision-recall curve at IoU 0.5. */
export interface CurvePoint {
  /** All detections of this score or more. */
  readonly score: number;
  readonly precision: number;
  readonly recall: number;
}

/** Fractions, 0..1. */
export interface DetectionScores {
  /** Average precision at IoU 0.5. */
  readonly ap50: number;
  /** At IoU 0.75. */
  readonly ap75: number;
  /** Mean over the thresholds 0.50 to 0.95. */
  readonly ap: number;
  readonly perThreshold: readonly number[];
  /** Largest recall at IoU 0.5: what no tracker can make good. */
  readonly recall: number;
  /** Precision of all detections at IoU 0.5. */
  readonly precision: number;
  /** Best balance of precision and recall, and the score that gives it. Undefined without detections. */
  readonly bestF1?: CurvePoint & { readonly f1: number };
  /** Precision and recall over score, from the highest score down, at most 101 points. */
  readonly curve: readonly CurvePoint[];
}

/** Counts one prepared sequence; the result side holds the detections. */
export function count(sequence: Sequence): DetectionCounts {
  const { truth, results, overlaps } = sequence;
  const scores = Float64Array.from(results.rows, (row) => results.source.scores[row]);
  const right = new Uint16Array(results.count);
  const byResult = transpose(sequence);
  const takenAt = new Uint16Array(truth.count);
  for (let frame = 0; frame < sequence.frames; frame++) {
    const rows: number[] = [];
    for (let row = results.starts[frame]; row < results.starts[frame + 1]; row++) rows.push(row);
    rows.sort((a, b) => scores[b] - scores[a] || a - b);
    for (const row of rows) {
      for (let t = 0; t < iouThresholds.length; t++) {
        let best = -1;
        let most = iouThresholds[t];
        for (let k = byResult.starts[row]; k < byResult.starts[row + 1]; k++) {
          const candidate = byResult.truth[k];
          if ((takenAt[candidate] >> t) & 1 || overlaps.similarities[byResult.entries[k]] < most) continue;
          most = overlaps.similarities[byResult.entries[k]];
          best = candidate;
        }
        if (best < 0) continue;
        takenAt[best] |= 1 << t;
        right[row] |= 1 << t;
      }
    }
  }
  return { truth: truth.count, scores, right };
}

/** The overlaps of each result row, truth rows ascending. */
function transpose({ truth, results, overlaps }: Sequence) {
  const starts = new Int32Array(results.count + 1);
  for (const column of overlaps.columns) starts[column + 1]++;
  for (let j = 0; j < results.count; j++) starts[j + 1] += starts[j];
  const fill = starts.slice();
  const rowOf = new Int32Array(overlaps.columns.length);
  const entries = new Int32Array(overlaps.columns.length);
  for (let row = 0; row < truth.count; row++) {
    for (let e = overlaps.starts[row]; e < overlaps.starts[row + 1]; e++) {
      const k = fill[overlaps.columns[e]]++;
      rowOf[k] = row;
      entries[k] = e;
    }
  }
  return { starts, truth: rowOf, entries };
}

/** Counts of two sets of sequences together. */
export function add(a: DetectionCounts, b: DetectionCounts): DetectionCounts {
  const scores = new Float64Array(a.scores.length + b.scores.length);
  scores.set(a.scores);
  scores.set(b.scores, a.scores.length);
  const right = new Uint16Array(scores.length);
  right.set(a.right);
  right.set(b.right, a.right.length);
  return { truth: a.truth + b.truth, scores, right };
}

/** Scores of counts. With no truth everything is 0. */
export function score({ truth, scores, right }: DetectionCounts): DetectionScores {
  const order = Int32Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a] || a - b);
  const perThreshold = iouThresholds.map((_, t) => averagePrecision(order, right, t, truth));
  const all = curveAt(order, scores, right, truth);
  const f1 = (p: CurvePoint): number => (2 * p.precision * p.recall) / (p.precision + p.recall || 1);
  let best: CurvePoint | undefined;
  for (const point of all) if (!best || f1(point) > f1(best)) best = point;
  const last = all.at(-1);
  return {
    ap50: perThreshold[0],
    ap75: perThreshold[5],
    ap: perThreshold.reduce((sum, x) => sum + x, 0) / perThreshold.length,
    perThreshold,
    recall: last?.recall ?? 0,
    precision: last?.precision ?? 0,
    bestF1: best && { ...best, f1: f1(best) },
    curve: thinned(all),
  };
}

/** Mean of the interpolated precision at 101 recall points. */
function averagePrecision(order: Int32Array, right: Uint16Array, t: number, truth: number): number {
  if (truth === 0) return 0;
  const precision = new Float64Array(order.length);
  const recall = new Float64Array(order.length);
  let hits = 0;
  order.forEach((row, k) => {
    hits += (right[row] >> t) & 1;
    precision[k] = hits / (k + 1);
    recall[k] = hits / truth;
  });
  for (let k = precision.length - 2; k >= 0; k--) precision[k] = Math.max(precision[k], precision[k + 1]);
  let sum = 0;
  for (let point = 0, k = 0; point < recallPoints; point++) {
    while (k < recall.length && recall[k] < point / (recallPoints - 1)) k++;
    if (k < recall.length) sum += precision[k];
  }
  return sum / recallPoints;
}

/** One point per distinct score, at IoU 0.5. */
function curveAt(order: Int32Array, scores: Float64Array, right: Uint16Array, truth: number): CurvePoint[] {
  const points: CurvePoint[] = [];
  let hits = 0;
  for (let k = 0; k < order.length; k++) {
    hits += right[order[k]] & 1;
    const isLastOfScore = k + 1 === order.length || scores[order[k + 1]] !== scores[order[k]];
    if (!isLastOfScore) continue;
    points.push({
      score: scores[order[k]],
      precision: hits / (k + 1),
      recall: truth > 0 ? hits / truth : 0,
    });
  }
  return points;
}

/** At most 101 points, the first and the last among them. */
function thinned(points: readonly CurvePoint[]): CurvePoint[] {
  if (points.length <= recallPoints) return [...points];
  return Array.from(
    { length: recallPoints },
    (_, i) => points[Math.round((i * (points.length - 1)) / (recallPoints - 1))],
  );
}
