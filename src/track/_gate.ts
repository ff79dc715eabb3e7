import { BucketIndex } from "../math/bucket-index.js";
import type { DeepSortKalman } from "../math/kalman-deepsort.js";

/** Chi-square, 0.95 quantile, 4 degrees of freedom. */
export const chiSquare95 = 9.4877;

/**
 * The Mahalanobis gate: which measurements a predicted track may have caused. Measurements whose x alone is out
 * of reach are not looked at.
 */
export class Gate {
  readonly #filter: DeepSortKalman;
  readonly #index = new BucketIndex();
  #xs = new Float64Array(0);
  /** `[x, y, a, h]` of measurement j at `4 * j`: centre, aspect w / h, height. */
  measurements = new Float64Array(0);

  constructor(filter: DeepSortKalman) {
    this.#filter = filter;
  }

  /** Takes the first `count` of `boxes` as the frame's measurements. */
  build(boxes: Float64Array, count: number): void {
    if (this.#xs.length < count) {
      this.#xs = new Float64Array(2 * count);
      this.measurements = new Float64Array(8 * count);
    }
    const { measurements } = this;
    for (let j = 0; j < 4 * count; j += 4) {
      const w = boxes[j + 2] - boxes[j];
      const h = boxes[j + 3] - boxes[j + 1];
      measurements[j] = boxes[j] + w / 2;
      measurements[j + 1] = boxes[j + 1] + h / 2;
      measurements[j + 2] = w / h;
      measurements[j + 3] = h;
      this.#xs[j >> 2] = measurements[j];
    }
    this.#index.build(this.#xs, count);
  }

  /** Calls `found(j, d2)` for every measurement j with a squared distance of at most `chiSquare95`. */
  each(slot: number, found: (j: number, d2: number) => void): void {
    const filter = this.#filter;
    const z = this.measurements;
    const { order } = this.#index;
    const x = filter.mean[8 * slot];
    // A hair more than the gate, against rounding.
    const reach = 1.000001 * Math.sqrt(chiSquare95 * filter.spread(slot));
    const to = this.#index.to(x + reach);
    for (let k = this.#index.from(x - reach); k < to; k++) {
      const j = order[k];
      const d2 = filter.distance(slot, z[4 * j], z[4 * j + 1], z[4 * j + 2], z[4 * j + 3]);
      if (d2 <= chiSquare95) found(j, d2);
    }
  }
}
