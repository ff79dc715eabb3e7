import { describe, expect, it } from "vitest";
import { HeldFrames } from "../src/late.js";
import { track } from "../src/pipeline.js";
import type { Camera, Frame, FrameTracks, Track, Tracker } from "../src/types.js";

const known = (id: number, detection = 0): Track => ({
  id,
  box: [0, 0, 9, 9],
  score: 0.9,
  class: 0,
  detection,
});
const frame = (index: number, ...tracks: Track[]): FrameTracks => ({ index, time: index / 10, tracks });
const ids = (frames: readonly FrameTracks[]) => frames.map(({ tracks }) => tracks.map(({ id }) => id));

describe("HeldFrames", () => {
  it("gives every frame at once for a tracker that never is late", () => {
    const held = new HeldFrames();
    expect(held.push(frame(0, known(1)))).toEqual([frame(0, known(1))]);
    expect(held.take()).toEqual([]);
  });

  it("keeps the last frames back and puts late tracks where they belong, ordered by id", () => {
    const held = new HeldFrames(2);
    const given = [...held.push(frame(0, known(1), known(5))), ...held.push(frame(1, known(1)))];
    expect(given).toEqual([]);
    held.onLate(known(3, -1), 2);
    held.onLate(known(3, -1), 1);
    given.push(...held.push(frame(2, known(1), known(3))));
    expect(ids(given)).toEqual([[1, 3, 5]]);
    expect(ids(held.frames)).toEqual([
      [1, 3],
      [1, 3],
    ]);
    expect(held.take().map(({ index }) => index)).toEqual([1, 2]);
    expect(held.frames).toEqual([]);
  });

  it("does not change a frame that it was given", () => {
    const held = new HeldFrames(1);
    const first = frame(0, known(1));
    held.push(first);
    held.onLate(known(2), 1);
    expect(first).toEqual(frame(0, known(1)));
  });

  it("goes on with frames that waited before, and leaves alone what is gone", () => {
    const held = new HeldFrames(1, [frame(7)]);
    held.onLate(known(2), 1);
    held.onLate(known(2), 2);
    expect(held.push(frame(8))).toEqual([frame(7, known(2))]);
  });
});

/** Believes in everything two frames late. */
const late = (): Tracker => {
  let t = 0;
  return {
    delay: 2,
    update: (_, cues) => {
      t++;
      if (t < 3) return [];
      if (t === 3) for (const ago of [2, 1]) cues?.onLate?.(known(1, -1), ago);
      return [known(1)];
    },
  };
};

async function* frames(count: number): AsyncGenerator<Frame> {
  for (let index = 0; index < count; index++)
    yield { index, time: index / 10, width: 1, height: 1, data: new Uint8Array(3) };
}

async function all<T>(given: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const one of given) list.push(one);
  return list;
}

const nothing = {
  count: 0,
  boxes: new Float64Array(),
  scores: new Float64Array(),
  classes: new Int32Array(),
};
const detector = { labels: ["person"], detect: async () => nothing };

describe("the flow with a tracker that is late", () => {
  it("gives every frame once, in order, with all that became known of it", async () => {
    for (const count of [0, 1, 2, 3, 6]) {
      const results = await all(track(frames(count), { detector, tracker: late() }));
      expect(results.map(({ index }) => index)).toEqual([...Array(count).keys()]);
      expect(ids(results)).toEqual(results.map(() => (count > 2 ? [1] : [])));
    }
  });

  it("leaves what still waits to a caller who brings the place for it", async () => {
    const tracker = late();
    const held = new HeldFrames(tracker.delay);
    const results = await all(track(frames(5), { detector, tracker, held }));
    expect(results.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(held.frames.map(({ index }) => index)).toEqual([3, 4]);
  });

  it("tells the tracker how the picture moved", async () => {
    const seen: unknown[] = [];
    const tracker: Tracker = {
      update(_, cues) {
        seen.push(cues?.camera);
        return [];
      },
    };
    const camera: Camera = {
      look:
        ({ index }) =>
        () =>
          index === 0 ? undefined : [1, 0, index, 0, 1, 0],
    };
    for await (const _ of track(frames(3), { detector, tracker, camera }));
    expect(seen).toEqual([undefined, [1, 0, 1, 0, 1, 0], [1, 0, 2, 0, 1, 0]]);
  });
});
