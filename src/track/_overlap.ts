import { iou } from "../math/boxes.js";
import { BucketIndex } from "../math/bucket-index.js";

/**
 * Finds the boxes of a set that overlap a given box, without looking at those whose x range cannot.
 */
export class OverlapIndex {
  readonly #index = new BucketIndex();
  #lefts = new Float64Array(0);
  #boxes: Float64Array = new Float64Array(0);
  #widest = 0;
  readonly #pixel: number;

  /** @param pixel 1 where a box counts the pixels that it ends in, as the boxes of older benchmarks do */
  constructor(pixel: 0 | 1 = 0) {
    this.#pixel = pixel;
  }

  /** Takes the first `count` of `boxes`, which must not change while the index is in use. */
  build(boxes: Float64Array, count: number): void {
    if (this.#lefts.length < count) this.#lefts = new Float64Array(2 * count);
    let widest = 0;
    for (let i = 0; i < count; i++) {
      this.#lefts[i] = boxes[4 * i];
      const width = boxes[4 * i + 2] - boxes[4 * i];
      if (width > widest) widest = width;
    }
    this.#boxes = boxes;
    this.#widest = widest + this.#pixel;
    this.#index.build(this.#lefts, count);
  }

  /** Calls `found(j, iou)` for every box j with an IoU above 0 with box `i` of `boxes`. */
  each(boxes: Float64Array, i: number, found: (j: number, iou: number) => void): void {
    const { order } = this.#index;
    // A hair more than the widest, against rounding.
    const from = this.#index.from(boxes[4 * i] - this.#widest * 1.000001);
    const to = this.#index.to(boxes[4 * i + 2] + this.#pixel);
    for (let k = from; k < to; k++) {
      const overlap = this.#pixel
        ? iouOfPixels(boxes, i, this.#boxes, order[k])
        : iou(boxes, i, this.#boxes, order[k]);
      if (overlap > 0) found(order[k], overlap);
    }
  }
}

/** As `iou`, of boxes whose last row and column of pixels are theirs. */
function iouOfPixels(a: Float64Array, i: number, b: Float64Array, j: number): number {
  const p = 4 * i;
  const q = 4 * j;
  const w = Math.min(a[p + 2], b[q + 2]) - Math.max(a[p], b[q]) + 1;
  const h = Math.min(a[p + 3], b[q + 3]) - Math.max(a[p + 1], b[q + 1]) + 1;
  if (w <= 0 || h <= 0) return 0;
  const sizes =
    (a[p + 2] - a[p] + 1) * (a[p + 3] - a[p + 1] + 1) + (b[q + 2] - b[q] + 1) * (b[q + 3] - b[q + 1] + 1);
  return (w * h) / (sizes - w * h);
}
