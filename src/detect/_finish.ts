/** From a model's candidates to detections: back to source pixels, clipped, without duplicates. */
import type { Fit } from "../image/index.js";
import type { Detections } from "../types.js";
import { type NmsOptions, nms } from "./_nms.js";

/** What a model proposes, in columns that grow: boxes in pixels of its input. */
export class Candidates {
  readonly boxes: number[] = [];
  readonly scores: number[] = [];
  readonly classes: number[] = [];

  add(x1: number, y1: number, x2: number, y2: number, score: number, label: number): void {
    this.boxes.push(x1, y1, x2, y2);
    this.scores.push(score);
    this.classes.push(label);
  }
}

/** Boxes narrower or lower than this many source pixels are dropped. */
const MIN_SIDE = 1;

/**
 * Detections in source pixels inside the picture, by falling score.
 *
 * @param suppression undefined for models that put out each object once
 */
export function finish(candidates: Candidates, fit: Fit, suppression?: NmsOptions): Detections {
  const scaleX = fit.sourceWidth / fit.innerWidth;
  const scaleY = fit.sourceHeight / fit.innerHeight;
  const count = candidates.scores.length;
  const boxes = new Float64Array(4 * count);
  const scores = new Float64Array(count);
  const classes = new Int32Array(count);
  let n = 0;
  for (let i = 0; i < count; i++) {
    const x1 = clamp(candidates.boxes[4 * i]! * scaleX, fit.sourceWidth);
    const y1 = clamp(candidates.boxes[4 * i + 1]! * scaleY, fit.sourceHeight);
    const x2 = clamp(candidates.boxes[4 * i + 2]! * scaleX, fit.sourceWidth);
    const y2 = clamp(candidates.boxes[4 * i + 3]! * scaleY, fit.sourceHeight);
    // Written so that NaN fails it.
    if (!(x2 - x1 >= MIN_SIDE && y2 - y1 >= MIN_SIDE)) continue;
    boxes[4 * n] = x1;
    boxes[4 * n + 1] = y1;
    boxes[4 * n + 2] = x2;
    boxes[4 * n + 3] = y2;
    scores[n] = candidates.scores[i]!;
    classes[n] = candidates.classes[i]!;
    n++;
  }
  const kept = nms(boxes, scores, classes, n, suppression);
  return {
    count: kept.length,
    boxes: Float64Array.from({ length: 4 * kept.length }, (_, k) => boxes[4 * kept[k >> 2]! + (k & 3)]!),
    scores: Float64Array.from(kept, (i) => scores[i]!),
    classes: Int32Array.from(kept, (i) => classes[i]!),
  };
}

const clamp = (x: number, max: number): number => Math.min(max, Math.max(0, x));
