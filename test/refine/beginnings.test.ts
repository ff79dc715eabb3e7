import { describe, expect, it } from "vitest";
import { refine } from "../../src/refine/index.js";
import type { FrameTracks, Track } from "../../src/types.js";

/** Somebody who walks to the right, seen from frame 0 on. */
const boxAt = (frame: number): Track["box"] => [100 + 2 * frame, 100, 140 + 2 * frame, 220];
const shownAt = (frame: number, dx = 0, row = 0): number[] => {
  const [x1, y1, x2, y2] = boxAt(frame);
  return [row, x1 + dx, y1, x2 + dx, y2, 0.7, 0];
};

/** A track that begins in frame 20, and what nobody took before. */
function recording(unused: (frame: number) => readonly number[]): FrameTracks[] {
  return Array.from({ length: 60 }, (_, index) => ({
    ...{ index, time: index / 30 },
    tracks: index < 20 ? [] : [{ id: 1, box: boxAt(index), score: 0.9, class: 0, detection: 0 }],
    unused: Float64Array.from(index < 20 ? unused(index) : []),
  }));
}

async function framesOf(frames: readonly FrameTracks[]): Promise<number[]> {
  const seen: number[] = [];
  for await (const { index, tracks } of refine(() => frames)) if (tracks.length > 0) seen.push(index);
  return seen;
}

const from = (first: number): number[] => Array.from({ length: 60 - first }, (_, i) => first + i);

describe("The beginning of a track", () => {
  it("is where detections that nobody took lie on its way, a dozen frames back at most", async () => {
    expect(await framesOf(recording((frame) => (frame >= 14 ? shownAt(frame) : [])))).toEqual(from(14));
    expect(await framesOf(recording((frame) => shownAt(frame)))).toEqual(from(8));
  });

  it("goes back over a few frames without any, and not over many", async () => {
    const seldom = (frame: number) => (frame === 16 || frame === 12 ? shownAt(frame) : []);
    expect(await framesOf(recording(seldom))).toEqual(from(12));
    expect(await framesOf(recording((frame) => (frame < 15 ? shownAt(frame) : [])))).toEqual(from(20));
  });

  it("takes the detection that fits best, and none beside its way", async () => {
    const both = (frame: number) => [...shownAt(frame, 15), ...shownAt(frame, 0, 1)];
    for await (const { index, tracks } of refine(() => recording(both), { window: 0 }))
      if (index >= 8) expect(tracks.map(({ box }) => box)).toEqual([boxAt(index)]);
    expect(await framesOf(recording((frame) => shownAt(frame, 25)))).toEqual(from(20));
  });

  it("is as it was where nothing is known of what nobody took", async () => {
    const frames = recording(() => []).map(({ unused: _, ...frame }) => frame);
    expect(await framesOf(frames)).toEqual(from(20));
  });
});
