import { describe, expect, it } from "vitest";
import { refine } from "../../src/refine/index.js";
import type { FrameTracks, Look, Track } from "../../src/types.js";
import { random } from "../_random.js";

const length = 300;
const dim = 24;

/** Where somebody is, and which of all looks he has. */
interface Person {
  readonly id: number;
  readonly from: number;
  readonly to: number;
  readonly x: (t: number) => number;
  readonly y?: number;
  readonly look: number | ((t: number) => number);
}

/** Twelve who stay to be learnt from, in rows of their own, and those in question. `telling` 0: everybody looks alike. */
function recording(people: readonly Person[], telling = 1): FrameTracks[] {
  const next = random(4);
  const crowd = Array.from(
    { length: 12 },
    (_, i): Person => ({
      id: 100 + i,
      from: 0,
      to: 299,
      x: (t) => 20 * i + 2 * t,
      y: 200 * (i + 1),
      look: i,
    }),
  );
  const all = [...crowd, ...people];
  const meanOf = (look: number): Float32Array =>
    Float32Array.from({ length: dim }, (_, k) => 1 + (k === look ? 2 * telling : 0) + 0.3 * next());
  return Array.from({ length }, (_, index) => {
    const seen = all.filter(({ from, to }) => index >= from && index <= to);
    const looks = seen
      .filter(({ from, to }) => index > from && ((index - from) % 8 === 0 || index === to))
      .map(({ id, look }): Look => {
        const mean = meanOf(typeof look === "number" ? look : look(index));
        return { id, count: 8, mean };
      });
    const tracks = seen.map(
      ({ id, x, y = 0 }): Track => ({
        ...{ id, class: 0, score: 0.9, detection: 0 },
        box: [x(index), y, x(index) + 40, y + 100],
      }),
    );
    return { index, time: index / 25, tracks, looks };
  });
}

async function refined(frames: readonly FrameTracks[]): Promise<FrameTracks[]> {
  const out: FrameTracks[] = [];
  for await (const frame of refine(() => frames, { window: 0 })) out.push(frame);
  return out;
}

const idsOf = (frames: readonly FrameTracks[]): number[] =>
  [...new Set(frames.flatMap(({ tracks }) => tracks.map(({ id }) => id)))]
    .filter((id) => id < 100 || id >= 112)
    .sort((a, b) => a - b);

const x = (t: number) => 200 + t;
const early = { id: 1, from: 0, to: 100, x, look: 15 };
const late = { id: 2, from: 190, to: 299, x, look: 15 };

describe("Looks, after the last frame,", () => {
  it("join what is too far apart for ways alone", async () => {
    const frames = recording([early, late]);
    expect(idsOf(await refined(frames))).toEqual([1]);
    expect(idsOf(await refined(frames.map(({ looks: _, ...frame }) => frame)))).toEqual([1, 2]);
  });

  it("do not join two who look different", async () => {
    expect(idsOf(await refined(recording([early, { ...late, look: 16 }])))).toEqual([1, 2]);
    // Not even where the way says so.
    const soon = { ...late, from: 115, look: 16 };
    expect(idsOf(await refined(recording([early, soon])))).toEqual([1, 2]);
    expect(idsOf(await refined(recording([early, { ...soon, look: 15 }])))).toEqual([1]);
  });

  it("choose between two who could go on", async () => {
    const both = [
      { ...late, id: 2, from: 120, y: 4, look: 16 },
      { ...late, id: 3, from: 121, y: -4, look: 15 },
    ];
    const out = await refined(recording([early, ...both]));
    expect(idsOf(out)).toEqual([1, 2]);
    expect(out[250].tracks.find(({ id }) => id === 1)).toMatchObject({ joined: 3 });
  });

  it("say nothing where everybody looks alike", async () => {
    const people = [early, { ...late, look: 16 }, { ...early, id: 5, y: 3000, to: 60 }];
    const frames = recording(people, 0);
    expect(await refined(frames)).toEqual(await refined(frames.map(({ looks: _, ...frame }) => frame)));
  });

  it("do not join somebody who left at a side with one who comes in there", async () => {
    const out = (t: number) => 640 + Math.min(t, 100) * 1.8;
    const left = { ...early, x: out };
    const back = { ...late, x: (t: number) => out(100) - (t - 190) };
    expect(idsOf(await refined(recording([left, back])))).toEqual([1, 2]);
  });

  it("take a track apart that goes on as somebody else, and hold one together that made a turn", async () => {
    const gap = (frames: readonly FrameTracks[]) =>
      frames.map((frame) =>
        frame.index > 100 && frame.index < 125
          ? { ...frame, ...{ tracks: frame.tracks.filter(({ id }) => id !== 1), looks: [] } }
          : frame,
      );
    const whole = { ...early, to: 299 };
    expect(idsOf(await refined(gap(recording([whole]))))).toEqual([1]);
    const other = { ...whole, look: (t: number) => (t < 110 ? 15 : 16) };
    expect(idsOf(await refined(gap(recording([other]))))).toEqual([1, 112]);
    const turned = { ...whole, x: (t: number) => (t < 110 ? 200 + 2 * t : 460 - 2 * t) };
    expect(idsOf(await refined(gap(recording([turned]))))).toEqual([1]);
    const blind = gap(recording([turned])).map(({ looks: _, ...frame }) => frame);
    expect(idsOf(await refined(blind))).toEqual([1, 112]);
  });

  it("say whether a track that leapt went over to somebody else", async () => {
    const on = (t: number) => 200 + 2 * t;
    const leapt = { ...early, to: 299, x: (t: number) => (t < 100 ? on(t) : 540 - t) };
    const goesOn = { ...late, from: 112, x: on, look: 15 };
    const over = { ...leapt, look: (t: number) => (t <= 100 ? 15 : 16) };
    const whoGoesOn = async (people: readonly Person[]) => {
      const [last] = (await refined(recording(people))).filter(({ index }) => index === 200);
      return last!.tracks.find(({ box }) => box[0] === on(200) && box[1] === 0)!.id;
    };
    expect(await whoGoesOn([over, goesOn])).toBe(1);
    expect(await whoGoesOn([leapt, { ...goesOn, look: 16 }])).toBe(2);
    expect(await whoGoesOn([over, { ...goesOn, look: 17 }])).toBe(2);
  });

  it("come out the same from the same, and are in no frame that comes out", async () => {
    const frames = recording([early, late]);
    const out = await refined(frames);
    expect(await refined(frames)).toEqual(out);
    expect(out.some((frame) => "looks" in frame)).toBe(false);
  });

  it("are refused where they are no numbers, or not as many as before", async () => {
    const frames = recording([early]);
    const with_ = (mean: Float32Array) =>
      frames.map((frame) => (frame.index === 90 ? { ...frame, looks: [{ id: 1, count: 8, mean }] } : frame));
    const message = "Cannot use a look of track 1: expected 24 finite numbers";
    await expect(refined(with_(new Float32Array(dim).fill(Number.NaN)))).rejects.toThrow(message);
    await expect(refined(with_(new Float32Array(3)))).rejects.toThrow(message);
  });
});
