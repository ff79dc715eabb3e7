import { describe, expect, it } from "vitest";
import { refine } from "../../src/refine/index.js";
import type { FrameTracks, Track } from "../../src/types.js";
import { random } from "../_random.js";

/** One identity of the tracker: where its box stands in every frame, and how tall it is. */
interface Way {
  readonly id: number;
  readonly from: number;
  readonly to: number;
  readonly x: (t: number) => number;
  readonly h?: (t: number) => number;
}

function recording(length: number, ways: readonly Way[]): FrameTracks[] {
  return Array.from({ length }, (_, index) => ({
    index,
    time: index / 25,
    tracks: ways
      .filter(({ from, to }) => index >= from && index <= to)
      .map(({ id, x, h = () => 100 }): Track => {
        const box = [x(index), 300 - h(index), x(index) + 0.4 * h(index), 300] as const;
        return { id, class: 0, score: 0.9, detection: 0, box };
      }),
  }));
}

async function refined(frames: readonly FrameTracks[]): Promise<FrameTracks[]> {
  const out: FrameTracks[] = [];
  for await (const frame of refine(() => frames, { window: 0 })) out.push(frame);
  return out;
}

/** What the box is called that stands nearest. */
const idAt = (frames: readonly FrameTracks[], t: number, x: number): number =>
  frames[t].tracks.toSorted((a, b) => Math.abs(a.box[0] - x) - Math.abs(b.box[0] - x))[0].id;

const own = (t: number): number => 100 + 3 * t;
/** Somebody smaller, whom the track takes for its own from frame 60 on. */
const others = (t: number): number => 330 - t;
const taken: Way = {
  ...{ id: 1, from: 0, to: 150 },
  x: (t) => (t < 60 ? own(t) : others(t)),
  h: (t) => (t < 60 ? 100 : 60),
};
const left: Way = { id: 2, from: 70, to: 150, x: own };
/** At the sides, so that nothing else is near them. */
const sides: Way[] = [
  { id: 8, from: 0, to: 150, x: () => 0 },
  { id: 9, from: 0, to: 150, x: () => 900 },
];

describe("A track that goes over to somebody else", () => {
  it("is taken apart where the one whom it left goes on under a new id", async () => {
    const out = await refined(recording(151, [taken, left, ...sides]));
    expect(idAt(out, 30, own(30))).toBe(1);
    expect(idAt(out, 120, own(120))).toBe(1);
    expect(idAt(out, 120, others(120))).not.toBe(1);
    expect(out[120].tracks.find(({ id }) => id === 1)).toMatchObject({ joined: 2 });
    // What lies between is filled.
    expect(idAt(out, 65, own(65))).toBe(1);
  });

  it("is taken apart where it did so while it was not seen, and came back near and hardly smaller", async () => {
    const near = (t: number): number => own(68) + 10 - (t - 68);
    const back: Way = { ...taken, x: (t) => (t < 60 ? own(t) : near(t)), h: (t) => (t < 60 ? 100 : 80) };
    const frames = recording(151, [back, left, ...sides]).map(({ tracks, ...rest }, t) => ({
      ...rest,
      tracks: t >= 55 && t < 68 ? tracks.filter(({ id }) => id !== 1) : tracks,
    }));
    const out = await refined(frames);
    expect(idAt(out, 120, own(120))).toBe(1);
    expect(idAt(out, 120, near(120))).not.toBe(1);
  });

  it("stays one where nobody goes on as it did before: somebody may have bowed", async () => {
    const out = await refined(recording(151, [taken, ...sides]));
    expect(idAt(out, 30, own(30))).toBe(1);
    expect(idAt(out, 120, others(120))).toBe(1);
  });

  it("stays one where who comes may as well be another who was lost", async () => {
    const lost: Way = { id: 3, from: 0, to: 62, x: (t) => own(t) + 8 };
    const out = await refined(recording(151, [taken, lost, left, ...sides]));
    expect(idAt(out, 120, others(120))).toBe(1);
  });

  it("stays one where all leap so, as before a camera that is shaken", async () => {
    const shaken = Array.from({ length: 4 }, (_, k): Way => {
      const x = (t: number): number => 450 + 90 * k + (Math.floor(t / 14) % 2) * 60;
      return { id: 4 + k, from: 0, to: 150, x };
    });
    const out = await refined(recording(151, [taken, left, ...shaken, ...sides]));
    expect(idAt(out, 120, others(120))).toBe(1);
  });

  it("is one of many, and no two are called the same in a frame, however often all of them leap", async () => {
    const next = random(7);
    for (let round = 0; round < 8; round++) {
      const ways = Array.from({ length: 12 }, (_, id): Way => {
        const from = Math.floor(120 * next());
        const places = Array.from({ length: 20 }, () => 700 * next());
        const heights = Array.from({ length: 20 }, () => 60 + 80 * next());
        const long = 10 + Math.floor(40 * next());
        return {
          ...{ id, from, to: Math.min(199, from + 20 + Math.floor(180 * next())) },
          x: (t) => places[Math.floor(t / long)] + t,
          h: (t) => heights[Math.floor(t / long)],
        };
      });
      const frames = recording(200, ways).map((frame) => ({
        ...frame,
        tracks: frame.tracks.filter(() => next() > 0.1),
      }));
      const out = await refined(frames);
      expect(out).toHaveLength(200);
      for (const { tracks } of out) {
        const ids = tracks.map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        expect(tracks.every(({ box }) => box.every(Number.isFinite))).toBe(true);
      }
    }
  });
});
