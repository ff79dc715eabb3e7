import { describe, expect, it } from "vitest";
import { LookMeans } from "../src/looks.js";
import { track } from "../src/pipeline.js";
import type { Detections, Detector, Embedder, Frame, Tracker } from "../src/types.js";

const none: Detections = {
  count: 0,
  boxes: new Float64Array(),
  scores: new Float64Array(),
  classes: new Int32Array(),
};
const one: Detections = {
  count: 1,
  boxes: Float64Array.of(0, 0, 10, 20),
  scores: Float64Array.of(0.9),
  classes: Int32Array.of(0),
};

/** Frames of one pixel that write down what happens to them. */
function source(count: number, log: string[]): AsyncIterable<Frame> & { closed: boolean } {
  let index = 0;
  return {
    closed: false,
    [Symbol.asyncIterator]() {
      return {
        next: async () => {
          if (index >= count) return { done: true as const, value: undefined };
          const i = index++;
          log.push(`read ${i}`);
          const frame: Frame = {
            index: i,
            time: i / 10,
            width: 1,
            height: 1,
            data: new Uint8Array(3),
            release: () => log.push(`release ${i}`),
          };
          return { done: false as const, value: frame };
        },
        return: async () => {
          this.closed = true;
          return { done: true as const, value: undefined };
        },
      };
    },
  };
}

const detector = (found: (frame: Frame) => Detections, log: string[] = []): Detector => ({
  labels: ["person"],
  detect: async (frame) => {
    log.push(`detect ${frame.index}`);
    return found(frame);
  },
});

const tracker = (seen: unknown[] = []): Tracker => ({
  update: (detections, cues) => {
    seen.push({ count: detections.count, ...cues });
    return [];
  },
});

describe("track", () => {
  it("gives one result per frame, in order, with the stream's own times", async () => {
    const results = [];
    for await (const r of track(source(4, []), { detector: detector(() => one), tracker: tracker() }))
      results.push(r);
    expect(results.map((r) => r.index)).toEqual([0, 1, 2, 3]);
    expect(results.map((r) => r.time)).toEqual([0, 0.1, 0.2, 0.3]);
  });

  it("ticks the tracker on frames without detections and tells it the time that passed", async () => {
    const seen: { count: number; elapsed?: number }[] = [];
    const stages = { detector: detector((f) => (f.index === 1 ? one : none)), tracker: tracker(seen) };
    for await (const _ of track(source(3, []), stages));
    expect(seen.map((s) => s.count)).toEqual([0, 1, 0]);
    expect(seen[0]!.elapsed).toBeUndefined();
    expect(seen[1]!.elapsed).toBeCloseTo(0.1);
  });

  it("detects one frame ahead of the caller and never two", async () => {
    const log: string[] = [];
    const run = track(source(5, log), { detector: detector(() => one, log), tracker: tracker() });
    await run.next();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(log.filter((l) => !l.startsWith("release"))).toEqual(["read 0", "detect 0", "read 1", "detect 1"]);
    await run.return(undefined);
  });

  it("asks the embedder only where something was found, and before the next detection", async () => {
    const log: string[] = [];
    const embedder: Embedder = {
      dim: 1,
      embed: async (frame) => {
        log.push(`embed ${frame.index}`);
        return { count: 1, dim: 1, data: Float32Array.of(1) };
      },
    };
    const stages = {
      detector: detector((f) => (f.index === 0 ? one : none), log),
      embedder,
      tracker: tracker(),
    };
    for await (const _ of track(source(2, []), stages));
    expect(log).toEqual(["detect 0", "embed 0", "detect 1"]);
  });

  it("puts looks beside the tracks of the frame in which they end, also where frames wait", async () => {
    const telling: Tracker = {
      delay: 2,
      update: (_, cues) => {
        cues?.onLook?.(7, Float32Array.of(1, 0));
        return [];
      },
    };
    const stages = { detector: detector(() => one), tracker: telling };
    const counts: number[][] = [];
    for await (const { looks = [] } of track(source(6, []), { ...stages, looks: new LookMeans() }))
      counts.push(looks.map(({ count }) => count));
    expect(counts).toEqual([[], [], [], [4], [], []]);
    for await (const frame of track(source(6, []), stages)) expect(frame).not.toHaveProperty("looks");
  });

  it("releases every frame once", async () => {
    const log: string[] = [];
    for await (const _ of track(source(3, log), { detector: detector(() => one), tracker: tracker() }));
    expect(log.filter((l) => l.startsWith("release"))).toEqual(["release 0", "release 1", "release 2"]);
  });

  it("closes the frames when the caller leaves early", async () => {
    const frames = source(10, []);
    for await (const { index } of track(frames, { detector: detector(() => none), tracker: tracker() }))
      if (index === 2) break;
    expect(frames.closed).toBe(true);
  });

  it("hands on what a stage throws, after the frames before it, and closes the frames", async () => {
    const frames = source(10, []);
    const failing = detector((f) => {
      if (f.index === 2) throw new Error("out of memory");
      return none;
    });
    const seen: number[] = [];
    await expect(async () => {
      for await (const { index } of track(frames, { detector: failing, tracker: tracker() }))
        seen.push(index);
    }).rejects.toThrow("out of memory");
    expect(seen).toEqual([0, 1]);
    expect(frames.closed).toBe(true);
  });

  it("lets select narrow what every later stage sees", async () => {
    const seen: { count: number }[] = [];
    const stages = { detector: detector(() => one), select: () => none, tracker: tracker(seen) };
    for await (const _ of track(source(1, []), stages));
    expect(seen[0]!.count).toBe(0);
  });
});
