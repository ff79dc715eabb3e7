/**
 * Intersection over union, in the very order of operations of the official evaluator (TrackEval): areas from
 * corner differences, `area + area - intersection`. Decisions at exactly IoU 0.5 depend on it.
 */
import { BucketIndex } from "../math/bucket-index.js";
import { type Boxes, epsilon, type Overlaps } from "./sequence.js";

/** Similarity of all truth and result rows that share a frame. */
export function overlap(truth: Boxes, results: Boxes): Overlaps {
  const a = truth.boxes;
  const b = results.boxes;
  const areas = areasOf(results);
  const starts = new Int32Array(truth.count + 1);
  let columns = new Int32Array(2 * (truth.count + results.count) + 16);
  let similarities = new Float64Array(columns.length);
  let n = 0;
  const index = new BucketIndex();
  let lefts = new Float64Array(64);
  for (let frame = 0; frame < truth.frames; frame++) {
    const from = results.starts[frame];
    const size = results.starts[frame + 1] - from;
    let widest = 0;
    if (lefts.length < size) lefts = new Float64Array(2 * size);
    for (let j = 0, k = 4 * from; j < size; j++, k += 4) {
      lefts[j] = b[k];
      widest = Math.max(widest, b[k + 2] - b[k]);
    }
    index.build(lefts, size);
    const order = index.order;
    for (let i = truth.starts[frame]; i < truth.starts[frame + 1]; i++) {
      if (n + size > columns.length) {
        columns = grow(columns, new Int32Array(2 * n + size));
        similarities = grow(similarities, new Float64Array(columns.length));
      }
      const x1 = a[4 * i];
      const y1 = a[4 * i + 1];
      const x2 = a[4 * i + 2];
      const y2 = a[4 * i + 3];
      const area = (x2 - x1) * (y2 - y1);
      const end = area > epsilon && size > 0 ? index.to(x2) : 0;
      // The slack is more than rounding takes from a difference.
      const begin = end > 0 ? index.from(x1 - widest - 1e-9 * (Math.abs(x1) + widest)) : 0;
      for (let at = begin; at < end; at++) {
        const j = from + order[at];
        const k = 4 * j;
        // Comparing first is exact and cheaper: most pairs are apart.
        if (b[k] >= x2 || b[k + 2] <= x1 || b[k + 1] >= y2 || b[k + 3] <= y1) continue;
        const width = Math.min(x2, b[k + 2]) - Math.max(x1, b[k]);
        const height = Math.min(y2, b[k + 3]) - Math.max(y1, b[k + 1]);
        if (width <= 0 || height <= 0 || areas[j] <= epsilon) continue;
        const intersection = width * height;
        const union = area + areas[j] - intersection;
        if (union <= epsilon) continue;
        const similarity = intersection / union;
        if (similarity <= 0) continue;
        columns[n] = j;
        similarities[n++] = similarity;
      }
      starts[i + 1] = n;
    }
  }
  return { starts, columns: columns.subarray(0, n), similarities: similarities.subarray(0, n) };
}

/** Share of box `i` of `boxes` that lies in region `j`, both flat `[x1, y1, x2, y2]`. */
export function covered(boxes: Float64Array, i: number, regions: Float64Array, j: number): number {
  const [x1, y1, x2, y2] = [boxes[4 * i], boxes[4 * i + 1], boxes[4 * i + 2], boxes[4 * i + 3]];
  const width = Math.max(Math.min(x2, regions[4 * j + 2]) - Math.max(x1, regions[4 * j]), 0);
  const height = Math.max(Math.min(y2, regions[4 * j + 3]) - Math.max(y1, regions[4 * j + 1]), 0);
  const area = (x2 - x1) * (y2 - y1);
  return area > epsilon ? (width * height) / area : 0;
}

function areasOf(boxes: Boxes): Float64Array {
  const b = boxes.boxes;
  const areas = new Float64Array(boxes.count);
  for (let j = 0, k = 0; j < areas.length; j++, k += 4) areas[j] = (b[k + 2] - b[k]) * (b[k + 3] - b[k + 1]);
  return areas;
}

function grow<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
