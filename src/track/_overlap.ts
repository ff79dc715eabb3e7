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
    this.#widest = widest;
    this.#index.build(this.#lefts, count);
  }

  /** Calls `found(j, iou)` for every box j with an IoU above 0 with box `i` of `boxes`. */
  each(boxes: Float64Array, i: number, found: (j: number, iou: number) => void): void {
    const { order } = this.#index;
    // A hair more than the widest, against rounding.
    const from = this.#index.from(boxes[4 * i] - this.#widest * 1.000001);
    const to = this.#index.to(boxes[4 * i + 2]);
    for (let k = from; k < to; k++) {
      const overlap = iou(boxes, i, this.#boxes, order[k]);
      if (overlap > 0) found(order[k], overlap);
    }
  }
}
