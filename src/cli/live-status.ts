/**
 * How a live run does, now and in all: what the status line, the metrics and the health check tell.
 */
import { Histogram } from "../live/metrics.js";
import type { LiveSource, StreamStats } from "../video/stream.js";

/** Seconds over which frames per second are counted. */
const WINDOW = 5;
/** Seconds of the histogram of latencies. */
const LATENCIES = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

/** Everything that is counted in a live run. */
export class LiveStatus {
  /** Without anything secret. */
  readonly input: string;
  readonly startedAt = Date.now();
  readonly latencies = new Histogram(LATENCIES);
  /** Events by their type. */
  readonly events = new Map<string, number>();
  source: LiveSource | undefined;
  /** Why there is no picture, and when the next try is due, by `Date.now()`. */
  waiting: { readonly reason: string; readonly until: number } | undefined;
  frames = 0;
  live = 0;
  identities = 0;
  restarts = 0;
  /** Seconds from the arrival of the latest frame to its tracks, and what it was late by itself. */
  latency = 0;
  lastFrameAt: number | undefined;
  readonly #recent: number[] = [];

  constructor(input: string) {
    this.input = input;
  }

  get stats(): StreamStats {
    return (
      this.source?.stats() ?? {
        state: this.waiting ? "waiting" : "connecting",
        ...{ received: 0, dropped: 0, reconnects: 0, reason: this.waiting?.reason },
      }
    );
  }

  /** Frames per second of late. */
  get fps(): number {
    const now = Date.now();
    while (this.#recent.length > 0 && now - this.#recent[0]! > WINDOW * 1e3) this.#recent.shift();
    const since = Math.min(WINDOW, (now - this.#recent[0]!) / 1e3);
    return this.#recent.length < 2 ? 0 : (this.#recent.length - 1) / Math.max(since, 1e-3);
  }

  /** Seconds since the latest frame, or since the beginning. */
  get silence(): number {
    return (Date.now() - (this.lastFrameAt ?? this.startedAt)) / 1e3;
  }

  frame(live: number, identities: number, latency: number): void {
    this.frames++;
    this.live = live;
    this.identities = identities;
    this.latency = latency;
    this.latencies.add(latency);
    this.lastFrameAt = Date.now();
    this.#recent.push(this.lastFrameAt);
  }

  event(type: string): void {
    this.events.set(type, (this.events.get(type) ?? 0) + 1);
  }
}
