import { describe, expect, it } from "vitest";
import { Throughline } from "../../src/track/throughline.js";
import type { Detections, Track } from "../../src/types.js";
import { random } from "../_random.js";
import { trackerContract } from "../contract/tracker.js";

trackerContract("Throughline", (options) => new Throughline(options));

type Row = readonly [x: number, y: number, w: number, h: number, score: number];

const found = (rows: readonly Row[]): Detections => ({
  count: rows.length,
  boxes: Float64Array.from(rows.flatMap(([x, y, w, h]) => [x, y, x + w, y + h])),
  scores: Float64Array.from(rows, (r) => r[4]),
  classes: new Int32Array(rows.length),
});

/** Everything that was told about each frame, the late tracks where they belong. */
function follow(frames: readonly (readonly Row[])[], options = {}, elapsed?: readonly number[]): Track[][] {
  const tracker = new Throughline(options);
  const told: Track[][] = [];
  frames.forEach((rows, t) => {
    told[t] = [];
    const onLate = (track: Track, ago: number) => told[t - ago].push(track);
    told[t].push(...tracker.update(found(rows), { onLate, elapsed: elapsed?.[t] }));
  });
  return told;
}

const ids = (tracks: readonly Track[]): number[] => tracks.map(({ id }) => id);

describe("Throughline", () => {
  it("tells a track from its first frame on once it is confirmed", () => {
    const told = follow(Array.from({ length: 8 }, (_, t) => [[100 + 3 * t, 50, 40, 100, 0.9]]));
    expect(told.map(ids)).toEqual(Array.from({ length: 8 }, () => [1]));
    expect(told[0][0]).toEqual({ id: 1, box: [100, 50, 140, 150], score: 0.9, class: 0, detection: -1 });
  });

  it("reaches back no further than its delay says", () => {
    const frames = Array.from({ length: 12 }, (_, t): Row[] => [[100, 50, 40, 100, t < 6 ? 0.65 : 0.95]]);
    const told = follow(frames);
    const first = told.findIndex((tracks) => tracks.length > 0);
    expect(first).toBeGreaterThan(0);
    const tracker = new Throughline();
    const agos: number[] = [];
    for (const rows of frames) tracker.update(found(rows), { onLate: (_, ago) => agos.push(ago) });
    expect(agos).toEqual([3, 2, 1]);
    expect(tracker.delay).toBe(3);
  });

  it("does not believe in a row of doubtful detections", () => {
    const told = follow(Array.from({ length: 40 }, () => [[100, 50, 40, 100, 0.65]]));
    expect(told.flat()).toEqual([]);
  });

  it("keeps the identity through weak detections, which start none", () => {
    const frames = Array.from({ length: 30 }, (_, t): Row[] => [
      [100 + 2 * t, 50, 40, 100, t > 9 && t < 20 ? 0.2 : 0.9],
      [500, 50, 40, 100, 0.3],
    ]);
    expect(follow(frames).map(ids)).toEqual(Array.from({ length: 30 }, () => [1]));
  });

  it("reports a track that goes behind another where it is expected, for a moment", () => {
    // One stands in front; the other walks by behind and is not seen on the way.
    const frames = Array.from({ length: 40 }, (_, t): Row[] => {
      const x = 100 + 5 * t;
      const hidden = x > 185 && x < 230;
      return [[200, 60, 50, 110, 0.9], ...(hidden ? [] : [[x, 50, 40, 100, 0.9] as const])];
    });
    const told = follow(frames);
    const walker = told[0].find(({ box }) => box[0] === 100)!.id;
    const unseen = told.flatMap((tracks, t) =>
      tracks.filter(({ id, detection }) => id === walker && detection === -1 && t > 3),
    );
    expect(unseen).toHaveLength(4);
    expect(told.at(-1)!.map(({ id }) => id)).toContain(walker);
  });

  it("follows through a gap in time as if the frames between had been seen", () => {
    // A step of 25 pixels a frame: after a gap of ten frames the box is where only the time tells.
    const row = (t: number): Row[] => [[25 * t, 50, 60, 120, 0.9]];
    const times = [...Array(15).keys(), ...Array.from({ length: 10 }, (_, i) => 25 + i)];
    const elapsed = times.map((t, i) => (i === 0 ? 0.04 : 0.04 * (t - times[i - 1])));
    expect(new Set(follow(times.map(row), {}, elapsed).flatMap(ids)).size).toBe(1);
    expect(new Set(follow(times.map(row)).flatMap(ids)).size).toBe(2);
  });

  it("holds on to everyone while the camera swings, without being told so", () => {
    const next = random(5);
    const people = Array.from({ length: 12 }, (_, i) => ({ x: 90 * i, v: 4 * next() - 2 }));
    const swing = (t: number): number => (t < 5 ? 0 : 70 * Math.sin(t / 2.2));
    const frames = Array.from({ length: 120 }, (_, t): Row[] =>
      people.map(({ x, v }) => [x + v * t + swing(t) + next(), 200 + next(), 36, 90, 0.9]),
    );
    expect(new Set(follow(frames).flatMap(ids)).size).toBe(12);
  });

  it("moves with the camera as it is told", () => {
    // The picture jumps by 300 pixels at once, and back.
    const tracker = new Throughline();
    const seen = new Set<number>();
    for (let t = 0; t < 30; t++) {
      const x = t >= 10 && t < 20 ? 300 : 0;
      const camera = [1, 0, t === 10 ? 300 : t === 20 ? -300 : 0, 0, 1, 0] as const;
      for (const { id } of tracker.update(found([[x, 50, 40, 100, 0.9]]), { camera })) seen.add(id);
    }
    expect([...seen]).toEqual([1]);
  });

  it("does not see a moving camera where people walk the same way", () => {
    const next = random(6);
    const frames = Array.from({ length: 60 }, (_, t): Row[] =>
      Array.from({ length: 8 }, (_, i) => [70 * i + 3 * t + next(), 200 + next(), 36, 90, 0.9]),
    );
    const told = follow(frames);
    expect(new Set(told.flatMap(ids)).size).toBe(8);
    for (const { box } of told[50]) expect(box[1]).toBeGreaterThan(198);
  });
});
