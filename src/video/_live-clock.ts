import { ticksPerSecond } from "./_arguments.js";

/** Seconds by which the clocks of stream and machine may jump apart from one frame to the next. */
const LARGEST_JUMP = 5;
/** Seconds over which the least delay is looked for: long against hiccups, short against clocks that drift apart. */
const WINDOW = 300;

/** Seconds between two frames of which only the machine's clock tells, however close they came. */
const LEAST_STEP = 0.001;

/** Where a frame is in time. */
export interface Moment {
  /** Seconds since the first frame. */
  readonly time: number;
  /** Seconds by which it came later than the most punctual frames of the last minutes. */
  readonly behind: number;
}

/**
 * Turns the timestamps of one connection after another into one clock that never goes back: within a connection it is
 * the stream's own, from one to the next the machine's. A stream whose clock jumps, or that has none, gets the machine's.
 */
export class StreamClock {
  #start: number | undefined;
  /** The last frame. */
  #time = 0;
  #arrival = 0;
  /** The frame that this connection's times are counted from. */
  #anchor: { readonly ticks: number; readonly time: number } | undefined;
  #ticks: number | undefined;
  /** Least delays of this window and the one before. */
  #least = Number.POSITIVE_INFINITY;
  #leastBefore = Number.POSITIVE_INFINITY;
  #windowEnd = 0;

  /** The next frame is of a new connection. */
  reconnect(): void {
    this.#anchor = undefined;
    this.#ticks = undefined;
    this.#least = Number.POSITIVE_INFINITY;
    this.#leastBefore = Number.POSITIVE_INFINITY;
  }

  /** @param ticks of the stream, where it has them @param arrival seconds, of a clock that only goes forward */
  at(ticks: number | undefined, arrival: number): Moment {
    const isFirst = this.#start === undefined;
    this.#start ??= arrival;
    const passed = isFirst ? 0 : arrival - this.#arrival;
    const moved =
      ticks === undefined || this.#ticks === undefined ? undefined : (ticks - this.#ticks) / ticksPerSecond;
    // Seconds later at least; a stream that jumps back and forth is not worth following.
    if (moved !== undefined && Math.abs(moved - passed) > LARGEST_JUMP) this.#anchor = undefined;
    if (this.#anchor === undefined || ticks === undefined) {
      const fresh = this.#ticks === undefined ? arrival - this.#start : this.#time + passed;
      this.#time = isFirst ? 0 : Math.max(this.#time + LEAST_STEP, fresh);
      if (ticks !== undefined) this.#anchor = { ticks, time: this.#time };
    } else {
      const time = this.#anchor.time + (ticks - this.#anchor.ticks) / ticksPerSecond;
      this.#time = Math.max(this.#time, time);
    }
    this.#ticks = ticks;
    this.#arrival = arrival;
    return { time: this.#time, behind: this.#behind(arrival) };
  }

  #behind(arrival: number): number {
    const delay = arrival - this.#time;
    if (arrival >= this.#windowEnd) {
      this.#leastBefore = this.#least;
      this.#least = Number.POSITIVE_INFINITY;
      this.#windowEnd = arrival + WINDOW;
    }
    this.#least = Math.min(this.#least, delay);
    return delay - Math.min(this.#least, this.#leastBefore);
  }
}
