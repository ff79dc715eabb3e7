import type { Column } from "../types.js";
import { type Appearance, checkDim, dot, joined } from "./_appearance.js";
import type { SavedColumns } from "./_state.js";

/**
 * One running average of the looks of every slot, of L2 norm 1: Z. Wang et al., "Towards real-time multi-object
 * tracking", ECCV 2020. One odd view does not stay in memory as it does in a gallery.
 */
export class RunningAverage implements Appearance {
  readonly #smoothing: number;
  #dim = 0;
  readonly #averages: (Float32Array | undefined)[] = [];

  /** @param smoothing weight of the past, 0 to below 1 */
  constructor(smoothing: number) {
    this.#smoothing = smoothing;
  }

  use(dim: number): void {
    this.#dim = checkDim(this.#dim, dim);
  }

  add(slot: number, data: Float32Array, row: number): void {
    const dim = this.#dim;
    const start = row * dim;
    const average = this.#averages[slot];
    if (!average) {
      this.#averages[slot] = data.slice(start, start + dim);
      return;
    }
    const past = this.#smoothing;
    for (let k = 0; k < dim; k++) average[k] = past * average[k] + (1 - past) * data[start + k];
    const norm = Math.sqrt(dot(average, 0, average, 0, dim));
    // Opposite vectors may cancel out; nothing is known then, as before the first.
    if (norm < 1e-6) this.clear(slot);
    else for (let k = 0; k < dim; k++) average[k] /= norm;
  }

  clear(slot: number): void {
    this.#averages[slot] = undefined;
  }

  knows(slot: number): boolean {
    return this.#averages[slot] !== undefined;
  }

  distance(slot: number, data: Float32Array, row: number): number {
    const average = this.#averages[slot];
    return average ? 1 - dot(average, 0, data, row * this.#dim, this.#dim) : Number.POSITIVE_INFINITY;
  }

  isWithin(slot: number, data: Float32Array, row: number, limit: number): boolean {
    return this.distance(slot, data, row) <= limit;
  }

  save(slots: number): Readonly<Record<string, Column>> {
    const averages = Array.from({ length: slots }, (_, slot) => this.#averages[slot]);
    const known = Uint8Array.from(averages, (average) => (average ? 1 : 0));
    return { dim: Float64Array.of(this.#dim), known, averages: joined(averages) };
  }

  restore(saved: SavedColumns, slots: number): void {
    const dim = saved.float64("dim", 1)[0];
    const known = saved.uint8("known", slots);
    const averages = saved.float32("averages", dim * known.reduce((sum, is) => sum + is, 0));
    this.#dim = dim;
    let at = 0;
    known.forEach((is, slot) => {
      this.#averages[slot] = is ? averages.slice(at, at + dim) : undefined;
      at += is * dim;
    });
  }
}
