/**
 * Boxes with NaN, Infinity, zero or negative size, among others, in thousands of random sequences: what is not finite
 * is refused and leaves no trace, what has no area is ignored, and nothing that a tracker knows is ever spoilt.
 *
 * SEQUENCES=n tries n sequences for each tracker (300).
 */
import { describe, expect, it } from "vitest";
import { BotSort } from "../../src/track/botsort.js";
import { ByteTrack } from "../../src/track/bytetrack.js";
import { DeepSort, recommended } from "../../src/track/deepsort.js";
import { OcSort } from "../../src/track/ocsort.js";
import { Sort } from "../../src/track/sort.js";
import { Throughline } from "../../src/track/throughline.js";
import type { Affine, Detections, ResumableTracker, Track } from "../../src/types.js";
import { random } from "../_random.js";

const SEQUENCES = Number(process.env.SEQUENCES ?? 300);

/** Where the covariances of one slot hold variance, covariance, variance of the velocity; and lone variances. */
interface Layout {
  readonly width: number;
  readonly pairs: readonly number[];
  readonly lone?: readonly number[];
}

const makers: readonly (readonly [string, () => ResumableTracker, Layout])[] = [
  ["Throughline", () => new Throughline(), { width: 3, pairs: [0] }],
  ["ByteTrack", () => new ByteTrack(), { width: 6, pairs: [0, 3] }],
  ["OcSort", () => new OcSort({ minScore: 0.3 }), { width: 7, pairs: [0, 3], lone: [6] }],
  ["BotSort", () => new BotSort(), { width: 6, pairs: [0, 3] }],
  ["Sort", () => new Sort({ maxAge: 10 }), { width: 7, pairs: [0, 3], lone: [6] }],
  ["DeepSort", () => new DeepSort(), { width: 6, pairs: [0, 3] }],
  ["DeepSort as recommended", () => new DeepSort(recommended), { width: 6, pairs: [0, 3] }],
];

const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1e-300, 1e9, -1e9, 5];

interface Scene {
  readonly frames: readonly (readonly number[])[][];
  readonly cameras: readonly (Affine | undefined)[];
}

/** A few walkers, and boxes that nobody would expect. */
function scene(seed: number): Scene {
  const next = random(seed);
  const walkers = Array.from({ length: 1 + Math.floor(4 * next()) }, () => [300 * next(), 200 * next()]);
  const length = 5 + Math.floor(20 * next());
  const size = next() < 0.1 ? 10 ** (12 * next() - 6) : 30;
  const frames = Array.from({ length }, () => {
    const rows = walkers.flatMap((at) => {
      at[0]! += 8 * next() - 4;
      at[1]! += 4 * next() - 2;
      const [x, y] = at as [number, number];
      return next() < 0.8 ? [[x, y, x + size, y + 2 * size * (0.8 + 0.4 * next()), 0.2 + 0.8 * next()]] : [];
    });
    while (next() < 0.4)
      rows.push(Array.from({ length: 4 }, () => odd[Math.floor(odd.length * next())]!).concat(next()));
    return rows;
  });
  const cameras = frames.map((): Affine | undefined => {
    if (next() < 0.7) return undefined;
    const off = (v: number) => v + 0.4 * next() - 0.2;
    return [off(1), off(0), 90 * next() - 45, off(0), off(1), 90 * next() - 45];
  });
  return { frames, cameras };
}

const detections = (rows: readonly (readonly number[])[]): Detections => ({
  count: rows.length,
  boxes: Float64Array.from(rows.flatMap((r) => r.slice(0, 4))),
  scores: Float64Array.from(rows, (r) => r[4]!),
  classes: new Int32Array(rows.length),
});

/** Everything is as it should be after every frame; the tracks of all frames. */
function follow(tracker: ResumableTracker, { frames, cameras }: Scene, layout: Layout): Track[][] {
  return frames.map((rows, t) => {
    const whole = rows.filter((row) => row.every(Number.isFinite));
    const camera = cameras[t];
    if (whole.length < rows.length) {
      const before = JSON.stringify(tracker.save());
      expect(() => tracker.update(detections(rows), { camera })).toThrow(RangeError);
      expect(JSON.stringify(tracker.save())).toBe(before);
    }
    const tracks = tracker.update(detections(whole), { camera, elapsed: 0.04 });
    const { columns } = tracker.save();
    const spoilt = Object.entries(columns).filter(([, column]) => !column.every(Number.isFinite));
    if (spoilt.length > 0) throw new Error(`not finite in frame ${t}: ${spoilt.map(([name]) => name)}`);
    const cov = columns.cov as Float64Array;
    for (const slot of columns.active as Int32Array) {
      const at = layout.width * slot;
      for (const pair of layout.pairs) {
        const [position, both, velocity] = cov.subarray(at + pair, at + pair + 3) as unknown as number[];
        if (!(position! > 0 && velocity! > 0 && position! * velocity! >= both! * both! * (1 - 1e-9)))
          throw new Error(`covariance in frame ${t}: ${position} ${both} ${velocity}`);
      }
      for (const lone of layout.lone ?? [])
        if (!(cov[at + lone]! > 0)) throw new Error(`variance in frame ${t}`);
    }
    const ids = tracks.map(({ id }) => id);
    if (new Set(ids).size < ids.length) throw new Error(`an id twice in frame ${t}: ${ids}`);
    for (const { box } of tracks)
      if (!(box.every(Number.isFinite) && box[2] > box[0] && box[3] > box[1])) throw new Error(`box ${box}`);
    return [...tracks];
  });
}

describe.each(makers)("%s", (_, make, layout) => {
  it("stays whole whatever boxes come", { timeout: 60_000 }, () => {
    for (let seed = 1; seed <= SEQUENCES; seed++) {
      const given = scene(seed);
      const check = (): Track[][] => {
        try {
          return follow(make(), given, layout);
        } catch (cause) {
          throw new Error(`sequence ${seed}: ${(cause as Error).message}`, { cause });
        }
      };
      const tracks = JSON.stringify(check());
      if (seed % 5 === 0) expect(JSON.stringify(check())).toBe(tracks);
    }
  });
});
