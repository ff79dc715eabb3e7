import { describe, expect, it } from "vitest";
import { Throughline } from "../../src/track/throughline.js";
import type { Detections, Embeddings, Track } from "../../src/types.js";
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

/** Looks of so many people: those of one are alike, those of two are not. */
function looks(people: readonly number[], next: () => number, alike = 0.05): Embeddings {
  const dim = 16;
  const data = people.flatMap((person) => {
    const v = Array.from({ length: dim }, (_, k) => (k === person ? 1 : 0) + alike * (next() - 0.5));
    const norm = Math.hypot(...v);
    return v.map((x) => x / norm);
  });
  return { count: people.length, dim, data: Float32Array.from(data) };
}

const ids = (tracks: readonly Track[]): number[] => tracks.map(({ id }) => id);

describe("Throughline", () => {
  it("tells a track from its first frame on once it is confirmed", () => {
    const told = follow(Array.from({ length: 8 }, (_, t) => [[100 + 3 * t, 50, 40, 100, 0.9]]));
    expect(told.map(ids)).toEqual(Array.from({ length: 8 }, () => [1]));
    expect(told[0][0]).toEqual({ id: 1, box: [100, 50, 140, 150], score: 0.9, class: 0, detection: -1 });
  });

  it("reaches back no further than its delay says", () => {
    const frames = Array.from({ length: 12 }, (_, t): Row[] => [
      [500, 50, 40, 100, 0.95],
      [100, 50, 40, 100, t < 6 ? 0.65 : 0.95],
    ]);
    const told = follow(frames);
    const first = told.findIndex((tracks) => tracks.some(({ box }) => box[0] < 400));
    expect(first).toBeGreaterThan(0);
    const tracker = new Throughline();
    const agos: number[] = [];
    for (const rows of frames) tracker.update(found(rows), { onLate: (_, ago) => agos.push(ago) });
    expect(agos).toEqual([3, 2, 1, 3, 2, 1]);
    expect(tracker.delay).toBe(3);
  });

  it("does not believe in a row of doubtful detections", () => {
    const sure: Row = [500, 50, 40, 100, 0.95];
    const told = follow(Array.from({ length: 40 }, () => [sure, [100, 50, 40, 100, 0.65]]));
    expect(told.flat().every(({ box }) => box[0] > 400)).toBe(true);
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

  /** Four who stand about; one of them is gone for a while and comes back `by` pixels further on. */
  function comesBack(by: number, lookOf: (person: number) => number): number {
    const next = random(7);
    const tracker = new Throughline();
    const told: number[] = [];
    for (let t = 0; t < 90; t++) {
      const people = [0, 1, 2, 3].filter((person) => person !== 2 || t < 40 || t >= 60);
      const rows = people.map((person): Row => {
        const x = 200 * person + (person === 2 && t >= 60 ? by : 0);
        return [x + next(), 100 + next(), 40, 100, 0.9];
      });
      const embeddings = looks(people.map(lookOf), next);
      for (const { id, box } of tracker.update(found(rows), { embeddings }))
        if (Math.abs(box[0] - 400 - (t >= 60 ? by : 0)) < 10) told.push(id);
    }
    return new Set(told).size;
  }

  it("finds a lost track again by its looks, where no box overlaps", () => {
    expect(comesBack(90, (person) => person)).toBe(1);
  });

  it("does not believe looks that are the same for everybody", () => {
    expect(comesBack(90, () => 0)).toBe(2);
  });

  it("does not take one for another who looks different, however well the boxes fit", () => {
    const next = random(8);
    const tracker = new Throughline();
    const told: number[][] = [];
    for (let t = 0; t < 120; t++) {
      // Person 3 stands where person 2 stood; they were never seen together.
      const people = [0, 1, t < 60 ? 2 : 3];
      const rows = people.map(
        (_, i): Row => [300 * i + next() - (i === 2 && t >= 60 ? 22 : 0), 100, 40, 100, 0.9],
      );
      told.push(ids(tracker.update(found(rows), { embeddings: looks(people, next) })));
    }
    expect(new Set(told.flat()).size).toBe(4);
  });

  it("serves detectors that give other scores", () => {
    const run = (scale: number) => {
      const next = random(9);
      const frames = Array.from({ length: 60 }, (_, t): Row[] =>
        Array.from({ length: 6 }, (_, i) => [100 * i + t, 100, 40, 100, scale * (0.7 + 0.3 * next())]),
      );
      return follow(frames).map((tracks) =>
        tracks.map(({ box }) => box.map(Math.round)).sort((a, b) => a[0] - b[0]),
      );
    };
    expect(run(0.6).slice(40)).toEqual(run(1).slice(40));
    expect(run(20).slice(40)).toEqual(run(1).slice(40));
  });

  it("takes scores of which some are below 0 for margins", () => {
    const margin = (p: number) => Math.log(p / (1 - p));
    const run = (of: (p: number) => number) => {
      const next = random(10);
      const frames = Array.from({ length: 60 }, (_, t): Row[] =>
        Array.from({ length: 6 }, (_, i) => [100 * i + t, 100, 40, 100, of(0.1 + 0.85 * next())]),
      );
      return follow(frames).map((tracks) => tracks.map(({ box }) => box.map(Math.round)));
    };
    expect(run(margin)).toEqual(run((p) => p));
  });

  /** A car from the first frame on, and something else 8 frames later. */
  const besides = (car: Row, other: Row): number[][] =>
    follow(Array.from({ length: 30 }, (_, t) => (t < 8 ? [car] : [car, other]))).map(ids);

  it("takes the front of a car for no other car, until the car has left without it", () => {
    const front: Row = [150, 55, 48, 47, 0.9];
    expect(besides([100, 50, 100, 50, 0.9], front).slice(8).flat()).not.toContain(2);
    const frames = Array.from({ length: 40 }, (_, t): Row[] => [
      ...(t < 8 ? [] : [front]),
      [t < 20 ? 100 : 100 - 5 * (t - 20), 50, 100, 50, 0.9],
    ]);
    expect(follow(frames).at(-1)).toHaveLength(2);
  });

  it("sees a car behind another, which stands higher in the picture, and one that is only half behind it", () => {
    const car: Row = [100, 50, 100, 50, 0.9];
    expect(besides(car, [150, 52, 40, 40, 0.9]).at(-1)).toHaveLength(2);
    expect(besides(car, [170, 55, 60, 45, 0.9]).at(-1)).toHaveLength(2);
  });

  it("sees a person before another, and a person before a car where classes are told apart", () => {
    expect(besides([100, 50, 60, 150, 0.9], [110, 110, 30, 90, 0.9]).at(-1)).toHaveLength(2);
    const tracker = new Throughline({ classGroups: [[0], [2]] });
    const both = {
      ...found([
        [100, 50, 100, 50, 0.9],
        [140, 55, 18, 46, 0.9],
      ]),
      classes: Int32Array.of(2, 0),
    };
    const car = { ...found([[100, 50, 100, 50, 0.9]]), classes: Int32Array.of(2) };
    let last: readonly Track[] = [];
    for (let t = 0; t < 20; t++) last = tracker.update(t < 8 ? car : both);
    expect(last).toHaveLength(2);
  });

  it("stays with a car that comes near, ever faster", () => {
    // Ten metres a second towards the camera, ten frames a second.
    const frames = Array.from({ length: 40 }, (_, t): Row[] => {
      const metres = 50 - t;
      const [x, w, h] = [2000 / metres, 1600 / metres, 1200 / metres];
      return [[600 + x, 300, w, h, 0.9]];
    });
    const tracker = new Throughline();
    const told = frames.map((rows) => tracker.update(found(rows), { elapsed: 0.1 }));
    expect(new Set(told.flat().map(({ id }) => id)).size).toBe(1);
    for (const t of [20, 30, 39]) {
      const [x, y, w, h] = frames[t][0];
      const [x1, y1, x2, y2] = told[t][0].box;
      const inside =
        Math.max(0, Math.min(x2, x + w) - Math.max(x1, x)) * (Math.min(y2, y + h) - Math.max(y1, y));
      expect(inside / ((x2 - x1) * (y2 - y1) + w * h - inside)).toBeGreaterThan(0.8);
    }
  });
});
