/**
 * Intersection over union, in the very order of operations of the official evaluator (TrackEval): areas from
 * corner differences, `area + area - intersection`. Decisions at exactly IoU 0.5 depend on it.
 */
import { BucketIndex } from "../math/bucket-index.js";
import { type Boxes, epsilon, type Overlaps } from "./sequence.js";

/** Similarity of all truth and result rows that share a frame. */
export function overlap(truth: Boxes, results: Boxes): Overlaps {
  const table = new OverlapTable(truth, results);
  for (let frame = 0; frame < truth.frames; frame++) table.addFrame(frame);
  return table.finish();
}

type PlainBoxes = Pick<Boxes, "count" | "frames" | "starts" | "boxes">;

/** Overlaps as they are gathered, frame by frame. */
class OverlapTable {
  readonly #truth: PlainBoxes;
  readonly #results: PlainBoxes;
  readonly #starts: Int32Array;
  #columns: Int32Array;
  #similarities: Float64Array;
  #count = 0;
  readonly #index = new BucketIndex();
  #lefts = new Float64Array(64);
  /** `[x1, y1, x2, y2, area]` of the frame's results in the order of the index. */
  #near = new Float64Array(5 * 64);

  constructor(truth: PlainBoxes, results: PlainBoxes) {
    this.#truth = truth;
    this.#results = results;
    this.#starts = new Int32Array(truth.count + 1);
    this.#columns = new Int32Array(2 * (truth.count + results.count) + 16);
    this.#similarities = new Float64Array(this.#columns.length);
  }

  finish(): Overlaps {
    return {
      starts: this.#starts,
      columns: this.#columns.subarray(0, this.#count),
      similarities: this.#similarities.subarray(0, this.#count),
    };
  }

  addFrame(frame: number): void {
    const { starts: truthStarts, boxes: a } = this.#truth;
    const starts = this.#starts;
    const first = this.#results.starts[frame];
    const size = this.#results.starts[frame + 1] - first;
    const widest = this.#prepare(first, size);
    const index = this.#index;
    const order = index.order;
    const near = this.#near;
    let columns = this.#columns;
    let similarities = this.#similarities;
    let n = this.#count;
    for (let i = truthStarts[frame]; i < truthStarts[frame + 1]; i++) {
      if (n + size > columns.length) {
        this.#grow(2 * n + size);
        columns = this.#columns;
        similarities = this.#similarities;
      }
      const x1 = a[4 * i];
      const y1 = a[4 * i + 1];
      const x2 = a[4 * i + 2];
      const y2 = a[4 * i + 3];
      const area = (x2 - x1) * (y2 - y1);
      const end = area > epsilon && size > 0 ? index.to(x2) : 0;
      // The slack is more than rounding takes from a difference.
      const begin = end > 0 ? index.from(x1 - widest - 1e-9 * (Math.abs(x1) + widest)) : 0;
      for (let at = begin, k = 5 * begin; at < end; at++, k += 5) {
        const left = near[k];
        const top = near[k + 1];
        const right = near[k + 2];
        const bottom = near[k + 3];
        // Comparing first is exact and cheaper: most pairs are apart.
        if (left >= x2 || right <= x1 || top >= y2 || bottom <= y1) continue;
        const width = (x2 < right ? x2 : right) - (x1 > left ? x1 : left);
        const height = (y2 < bottom ? y2 : bottom) - (y1 > top ? y1 : top);
        const other = near[k + 4];
        const intersection = width * height;
        const union = area + other - intersection;
        if (width <= 0 || height <= 0 || other <= epsilon || union <= epsilon) continue;
        const similarity = intersection / union;
        if (similarity <= 0) continue;
        columns[n] = first + order[at];
        similarities[n++] = similarity;
      }
      starts[i + 1] = n;
    }
    this.#count = n;
  }

  /** Orders the results of a frame by their left edge. @returns the largest width */
  #prepare(first: number, size: number): number {
    if (this.#lefts.length < size) {
      this.#lefts = new Float64Array(2 * size);
      this.#near = new Float64Array(10 * size);
    }
    const b = this.#results.boxes;
    const lefts = this.#lefts;
    const near = this.#near;
    let widest = 0;
    for (let j = 0, k = 4 * first; j < size; j++, k += 4) {
      lefts[j] = b[k];
      widest = Math.max(widest, b[k + 2] - b[k]);
    }
    this.#index.build(lefts, size);
    const order = this.#index.order;
    for (let at = 0, to = 0; at < size; at++, to += 5) {
      const k = 4 * (first + order[at]);
      near[to] = b[k];
      near[to + 1] = b[k + 1];
      near[to + 2] = b[k + 2];
      near[to + 3] = b[k + 3];
      near[to + 4] = (b[k + 2] - b[k]) * (b[k + 3] - b[k + 1]);
    }
    return widest;
  }

  #grow(length: number): void {
    const columns = new Int32Array(length);
    columns.set(this.#columns);
    this.#columns = columns;
    const similarities = new Float64Array(length);
    similarities.set(this.#similarities);
    this.#similarities = similarities;
  }
}

const nothing = { count: 0, frames: 0, starts: new Int32Array(1), boxes: new Float64Array(0) };

/** As in _columns.ts. */
export const kept: unknown = new OverlapTable(nothing, nothing);

/** Share of box `i` of `boxes` that lies in region `j`, both flat `[x1, y1, x2, y2]`. */
export function covered(boxes: Float64Array, i: number, regions: Float64Array, j: number): number {
  const [x1, y1, x2, y2] = [boxes[4 * i], boxes[4 * i + 1], boxes[4 * i + 2], boxes[4 * i + 3]];
  const width = Math.max(Math.min(x2, regions[4 * j + 2]) - Math.max(x1, regions[4 * j]), 0);
  const height = Math.max(Math.min(y2, regions[4 * j + 3]) - Math.max(y1, regions[4 * j + 1]), 0);
  const area = (x2 - x1) * (y2 - y1);
  return area > epsilon ? (width * height) / area : 0;
}
