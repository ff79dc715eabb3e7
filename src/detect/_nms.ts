/** Greedy non-maximum suppression: of boxes that overlap, the one with the best score stays. */
import { iou } from "../math/boxes.js";

export interface NmsOptions {
  /** Boxes of one class that overlap more are one object, 0..1. */
  readonly iou: number;
  /** Boxes of any class that overlap more are one object (a car that is also a truck), 0..1. */
  readonly anyClassIou: number;
}

/** The usual of the detectors here; the second one is far above what two real objects of different class show. */
export const usualNms: NmsOptions = { iou: 0.6, anyClassIou: 0.85 };

/** Only the best so many are compared with each other, which bounds the time at low scores. */
const MAX_CANDIDATES = 2000;

/**
 * Rows to keep, by falling score; of equal scores the lower row comes first.
 *
 * @param boxes `[x1, y1, x2, y2]` per row, at least `count` of them
 * @param options undefined sorts without suppressing
 */
export function nms(
  boxes: Float64Array,
  scores: Float64Array,
  classes: Int32Array,
  count: number,
  options?: NmsOptions,
): number[] {
  const order = Array.from({ length: count }, (_, i) => i).sort((a, b) => scores[b]! - scores[a]! || a - b);
  if (!options) return order;
  const kept: number[] = [];
  for (const i of order.slice(0, MAX_CANDIDATES)) {
    const free = kept.every((j) => {
      const most = classes[i] === classes[j] ? options.iou : options.anyClassIou;
      return iou(boxes, i, boxes, j) <= most;
    });
    if (free) kept.push(i);
  }
  return kept;
}
