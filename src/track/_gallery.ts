/**
 * What each track has looked like: the last appearance vectors of every slot, and the smallest cosine distance
 * of a new vector to them. Vectors have L2 norm 1 (or are zero, which is at distance 1 from everything).
 */
export class Gallery {
  readonly #budget: number;
  #dim = 0;
  /** Per slot a ring of up to `budget` vectors, which grows as it fills. */
  readonly #vectors: (Float32Array | undefined)[] = [];
  /** Per slot how many vectors were ever added. */
  readonly #added: number[] = [];

  /** @param budget vectors kept per track */
  constructor(budget: number) {
    this.#budget = budget;
  }

  /**
   * Sets the length of a vector, once.
   *
   * @throws {RangeError} when it was another one before
   */
  use(dim: number): void {
    if (this.#dim !== 0 && this.#dim !== dim)
      throw new RangeError(`Cannot compare embeddings of ${dim} numbers with earlier ones of ${this.#dim}`);
    this.#dim = dim;
  }

  /** Adds row `row` of `data` to what is known of `slot`; the oldest vector goes when the budget is full. */
  add(slot: number, data: Float32Array, row: number): void {
    const dim = this.#dim;
    const added = this.#added[slot] ?? 0;
    const at = added % this.#budget;
    let vectors = this.#vectors[slot];
    if (!vectors || vectors.length < (at + 1) * dim) {
      const longer = new Float32Array(Math.min(this.#budget, Math.max(4, 2 * at)) * dim);
      if (vectors) longer.set(vectors);
      vectors = longer;
      this.#vectors[slot] = vectors;
    }
    vectors.set(data.subarray(row * dim, (row + 1) * dim), at * dim);
    this.#added[slot] = added + 1;
  }

  knows(slot: number): boolean {
    return this.#vectors[slot] !== undefined;
  }

  /** Forgets what is known of `slot`. */
  clear(slot: number): void {
    this.#vectors[slot] = undefined;
    this.#added[slot] = 0;
  }

  /** Smallest cosine distance, 0 to 2, of row `row` of `data` to the vectors of `slot`; Infinity if there are none. */
  distance(slot: number, data: Float32Array, row: number): number {
    return this.#nearest(slot, data, row, Number.NEGATIVE_INFINITY);
  }

  /** Whether that distance is at most `limit`; the newest vectors are asked first, and usually decide. */
  isWithin(slot: number, data: Float32Array, row: number, limit: number): boolean {
    return this.#nearest(slot, data, row, limit) <= limit;
  }

  /** The smallest distance, or the first found that is at most `enough`. */
  #nearest(slot: number, data: Float32Array, row: number, enough: number): number {
    const dim = this.#dim;
    const vectors = this.#vectors[slot];
    if (!vectors) return Number.POSITIVE_INFINITY;
    const added = this.#added[slot];
    const known = Math.min(added, this.#budget);
    const start = row * dim;
    const tail = dim & 3;
    let nearest = Number.POSITIVE_INFINITY;
    for (let k = 1; k <= known; k++) {
      let v = ((added - k) % this.#budget) * dim;
      let d = start;
      // Four sums keep the processor's adders busy.
      let a = 0;
      let b = 0;
      let c = 0;
      let e = 0;
      for (const end = v + dim - tail; v < end; v += 4, d += 4) {
        a += vectors[v] * data[d];
        b += vectors[v + 1] * data[d + 1];
        c += vectors[v + 2] * data[d + 2];
        e += vectors[v + 3] * data[d + 3];
      }
      for (let t = 0; t < tail; t++) a += vectors[v + t] * data[d + t];
      const distance = 1 - (a + b + (c + e));
      if (distance < nearest) {
        nearest = distance;
        if (nearest <= enough) return nearest;
      }
    }
    return nearest;
  }
}
