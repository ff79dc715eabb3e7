/**
 * Finds the numbers in an interval without sorting: a counting sort into as many equal buckets as there are
 * numbers. Building is O(n), and with objects spread over a picture an interval touches few buckets. Numbers
 * that all fall into one bucket cost time, never correctness.
 */
export class BucketIndex {
  /** Rows in bucket order, rows of one bucket ascending. */
  order = new Int32Array(0);
  #starts = new Int32Array(3);
  #buckets = 1;
  // Doubles from the start: code made for whole numbers would not last.
  #low = Number.NaN;
  #scale = Number.NaN;

  /** Takes the first `count` of `keys`, all finite. */
  build(keys: Float64Array, count: number): void {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const key = keys[i];
      if (key < low) low = key;
      if (key > high) high = key;
    }
    const buckets = Math.max(count, 1);
    const scale = buckets / (high - low);
    this.#buckets = buckets;
    this.#low = low;
    this.#scale = Number.isFinite(scale) ? scale : 0;
    if (this.order.length < count) {
      this.order = new Int32Array(2 * count);
      this.#starts = new Int32Array(2 * count + 2);
    }
    // Counts stand two places on, so that filling leaves the starts where they belong.
    const starts = this.#starts.fill(0, 0, buckets + 2);
    for (let i = 0; i < count; i++) starts[this.#bucket(keys[i]) + 2]++;
    for (let b = 2; b < buckets + 2; b++) starts[b] += starts[b - 1];
    for (let i = 0; i < count; i++) this.order[starts[this.#bucket(keys[i]) + 1]++] = i;
  }

  /** Position in `order` from where rows with a key of at least `low` can stand. */
  from(low: number): number {
    return this.#starts[this.#bucket(low)];
  }

  /** Position in `order` before which rows with a key of at most `high` stand. */
  to(high: number): number {
    return this.#starts[this.#bucket(high) + 1];
  }

  // Subtraction, product and floor are monotone in floating point, so a key inside an interval never falls
  // outside the interval's buckets.
  #bucket(key: number): number {
    const b = Math.floor((key - this.#low) * this.#scale);
    return b > 0 ? (b < this.#buckets ? b : this.#buckets - 1) : 0;
  }
}
