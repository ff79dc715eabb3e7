/**
 * How long each stage of a run took.
 */
import type { Detector, Embedder, Frame, Tracker } from "../types.js";

/** Seconds that were spent in a stage, over so many calls. */
export class Clock {
  seconds = 0;
  calls = 0;

  async measure<T>(run: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await run();
    } finally {
      this.#add(start);
    }
  }

  measureSync<T>(run: () => T): T {
    const start = performance.now();
    try {
      return run();
    } finally {
      this.#add(start);
    }
  }

  #add(start: number): void {
    this.seconds += (performance.now() - start) / 1e3;
    this.calls++;
  }
}

/** The stages, each with a clock around it; `decode` counts only what the run had to wait. */
export class Clocks {
  readonly decode = new Clock();
  readonly detect = new Clock();
  readonly embed = new Clock();
  readonly track = new Clock();

  frames(source: AsyncIterable<Frame>): AsyncIterable<Frame> {
    return {
      [Symbol.asyncIterator]: () => {
        const frames = source[Symbol.asyncIterator]();
        return {
          next: () => this.decode.measure(() => frames.next()),
          return: async () => (await frames.return?.()) ?? { done: true, value: undefined },
        };
      },
    };
  }

  detector(detector: Detector): Detector {
    return { labels: detector.labels, detect: (frame) => this.detect.measure(() => detector.detect(frame)) };
  }

  embedder(embedder: Embedder): Embedder {
    return { dim: embedder.dim, embed: (...args) => this.embed.measure(() => embedder.embed(...args)) };
  }

  tracker(tracker: Tracker): Tracker {
    return {
      delay: tracker.delay,
      get looksFrom() {
        return tracker.looksFrom;
      },
      update: (...args) => this.track.measureSync(() => tracker.update(...args)),
    };
  }
}
