/**
 * Identities over gaps in a live input: kept over short ones, begun anew after long ones, and never given twice.
 */
import type { Cues, Detections, Limits, Track, Tracker } from "../types.js";

/** Intervals between frames that the usual one is taken from, the latest. */
const REMEMBERED = 31;

/** Seconds that are no gap, however impatient the tracker is: a machine that is busy for a moment. */
const LEAST = 1;

/** What a gap did to the identities. */
export interface GapOutcome {
  /** Seconds since the frame before. */
  readonly elapsed: number;
  /** Seconds over which identities are kept: `maxAge + 1` usual intervals between frames, at least 1. */
  readonly limit: number;
  readonly kept: boolean;
}

/**
 * A tracker that begins anew where the input was away for longer than the tracker would wait for anybody: `maxAge + 1`
 * usual intervals (the median of the last 31), and at least a second. What comes after is numbered on from the highest id before.
 *
 * @example
 * const tracker = new GapTracker(() => new Sort({ maxAge: 30 }));
 * const tracks = tracker.update(detections, { elapsed });
 */
export class GapTracker implements Tracker {
  readonly #create: () => Tracker & { readonly limits: Limits };
  readonly #intervals: number[] = [];
  #tracker: Tracker & { readonly limits: Limits };
  #offset = 0;
  #highest = 0;
  #restarts = 0;
  #last: GapOutcome | undefined;

  constructor(create: () => Tracker & { readonly limits: Limits }) {
    this.#create = create;
    this.#tracker = create();
  }

  /** How often identities began anew. */
  get restarts(): number {
    return this.#restarts;
  }

  /** What the latest update found before it: undefined for the first frame of all. */
  get last(): GapOutcome | undefined {
    return this.#last;
  }

  update(detections: Detections, { embeddings, elapsed, camera }: Cues = {}): Track[] {
    let cues: Cues = { embeddings, elapsed, camera };
    if (elapsed !== undefined) {
      const limit = this.#limit(elapsed);
      const kept = elapsed <= limit;
      this.#last = { elapsed, limit, kept };
      if (!kept) {
        this.#tracker = this.#create();
        this.#offset = this.#highest;
        this.#restarts++;
        cues = { embeddings };
      } else {
        if (this.#intervals.length >= REMEMBERED) this.#intervals.shift();
        this.#intervals.push(elapsed);
      }
    }
    const tracks = this.#tracker.update(detections, cues).map((track) => {
      const id = track.id + this.#offset;
      if (id > this.#highest) this.#highest = id;
      return this.#offset === 0 ? track : { ...track, id };
    });
    return tracks;
  }

  /** Where no interval is known yet, anything goes. */
  #limit(elapsed: number): number {
    if (this.#intervals.length === 0) return elapsed;
    const sorted = this.#intervals.toSorted((a, b) => a - b);
    return Math.max(LEAST, (this.#tracker.limits.maxAge + 1) * sorted[sorted.length >> 1]);
  }
}
