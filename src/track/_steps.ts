/** How many usual frames passed since the last one. */

/** So many intervals are remembered. */
const remembered = 15;
const shortest = 0.1;
const longest = 30;

/** Learns the usual interval between frames, so that a constant rate, whatever it is, always counts as one step. */
export class Steps {
  #intervals = new Float64Array(0);

  /** The last intervals, in seconds. */
  save(): Float64Array {
    return this.#intervals;
  }

  /** @throws {RangeError} for what `save` cannot have given */
  restore(intervals: Float64Array<ArrayBuffer>): void {
    if (intervals.length > remembered || !intervals.every((v) => v > 0 && v < Number.POSITIVE_INFINITY))
      throw new RangeError(`Cannot restore intervals: expected at most ${remembered}, all above 0`);
    this.#intervals = intervals;
  }

  /** Seconds between two frames, usually; a thirtieth where no times are known. */
  get usual(): number {
    return this.#intervals.toSorted()[this.#intervals.length >> 1] ?? 1 / 30;
  }

  /** Steps since the last frame: 1 at a constant rate or without times, from 0.1 to 30. */
  next(elapsed: number | undefined): number {
    if (elapsed === undefined || !(elapsed > 0) || elapsed === Number.POSITIVE_INFINITY) return 1;
    this.#intervals = Float64Array.of(...this.#intervals.subarray(-(remembered - 1)), elapsed);
    const steps = elapsed / this.usual;
    // Times are often rounded to milliseconds: that is no other rate.
    return Math.abs(steps - 1) < 0.1 ? 1 : Math.min(longest, Math.max(shortest, steps));
  }
}
