import type { Column } from "../types.js";
import { type Appearance, checkDim, dot, joined } from "./_appearance.js";
import type { SavedColumns } from "./_state.js";

/**
 * The last appearance vectors of every slot, and the smallest cosine distance of a new vector to them: DeepSORT's
 * own memory of looks.
 */
export class Gallery implements Appearance {
  readonly #budget: number;
  #dim = 0;
  /** Per slot a ring of up to `budget` vectors, which grows as it fills. */
  readonly #vectors: (Float32Array | undefined)[] = [];
  /** Per slot how many vectors were ever added. */
  readonly #added: number[] = [];

  /** @param budget vectors kept per track; the oldest goes first */
  constructor(budget: number) {
    this.#budget = budget;
  }

  use(dim: number): void {
    this.#dim = checkDim(this.#dim, dim);
  }

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

  clear(slot: number): void {
    this.#vectors[slot] = undefined;
    this.#added[slot] = 0;
  }

  knows(slot: number): boolean {
    return this.#vectors[slot] !== undefined;
  }

  distance(slot: number, data: Float32Array, row: number): number {
    return this.#nearest(slot, data, row, Number.NEGATIVE_INFINITY);
  }

  isWithin(slot: number, data: Float32Array, row: number, limit: number): boolean {
    return this.#nearest(slot, data, row, limit) <= limit;
  }

  save(slots: number): Readonly<Record<string, Column>> {
    const added = Float64Array.from({ length: slots }, (_, slot) => this.#added[slot] ?? 0);
    const vectors = Array.from(added, (n, slot) => this.#vectors[slot]?.subarray(0, this.#length(n)));
    return { dim: Float64Array.of(this.#dim), added, vectors: joined(vectors) };
  }

  restore(saved: SavedColumns, slots: number): void {
    this.#dim = saved.float64("dim", 1)[0];
    const added = saved.float64("added", slots);
    const total = added.reduce((sum, n) => sum + this.#length(n), 0);
    const vectors = saved.float32("vectors", total);
    let at = 0;
    added.forEach((n, slot) => {
      this.#added[slot] = n;
      this.#vectors[slot] = n > 0 ? vectors.slice(at, at + this.#length(n)) : undefined;
      at += this.#length(n);
    });
  }

  /** Numbers that are kept of `added` vectors. */
  #length(added: number): number {
    return Math.min(added, this.#budget) * this.#dim;
  }

  /** The smallest distance, or the first found that is at most `enough`; the newest is asked first. */
  #nearest(slot: number, data: Float32Array, row: number, enough: number): number {
    const dim = this.#dim;
    const vectors = this.#vectors[slot];
    if (!vectors) return Number.POSITIVE_INFINITY;
    const added = this.#added[slot];
    let nearest = Number.POSITIVE_INFINITY;
    for (let k = 1; k <= Math.min(added, this.#budget); k++) {
      const distance = 1 - dot(vectors, ((added - k) % this.#budget) * dim, data, row * dim, dim);
      if (distance >= nearest) continue;
      nearest = distance;
      if (nearest <= enough) break;
    }
    return nearest;
  }
}
