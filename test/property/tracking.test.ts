/** What must hold for any input: properties of trackers that no example shows. */
import { describe, expect, it } from "vitest";
import { DeepSort, recommended } from "../../src/track/deepsort.js";
import { Sort } from "../../src/track/sort.js";
import type { Detections, Track, Tracker } from "../../src/types.js";
import { random } from "../_random.js";

type Rows = readonly (readonly number[])[];

/** Rows `[x1, y1, x2, y2, score, class]`, no two alike. */
function scene(seed: number, frames: number): Rows[] {
  const next = random(seed);
  const walkers = Array.from({ length: 15 }, () => [
    600 * next(),
    400 * next(),
    6 * next() - 3,
    4 * next() - 2,
    20 + 20 * next(),
  ]);
  return Array.from({ length: frames }, () => {
    const rows: number[][] = [];
    for (const w of walkers) {
      w[0] += w[2];
      w[1] += w[3];
      if (next() < 0.15) continue;
      const x = w[0] + 3 * next();
      const y = w[1] + 3 * next();
      rows.push([
        x,
        y,
        x + w[4],
        y + 2.5 * w[4] * (1 + 0.05 * next()),
        0.5 + 0.5 * next(),
        Math.floor(3 * next()),
      ]);
    }
    return rows;
  });
}

function detections(rows: Rows): Detections {
  return {
    count: rows.length,
    boxes: Float64Array.from(rows.flatMap((r) => r.slice(0, 4))),
    scores: Float64Array.from(rows, (r) => r[4]),
    classes: Int32Array.from(rows, (r) => r[5]),
  };
}

const makers: readonly (readonly [string, () => Tracker])[] = [
  ["Sort", () => new Sort({ maxAge: 10 })],
  ["DeepSort", () => new DeepSort()],
  ["DeepSort as recommended", () => new DeepSort(recommended)],
];

describe.each(makers)("%s", (_, make) => {
  const run = (frames: readonly Rows[]) => {
    const tracker = make();
    return frames.map((rows) => tracker.update(detections(rows), { elapsed: 0.1 }));
  };
  /** Tracks by the detection behind them, ids numbered in the order of their first appearance there. */
  const identities = (frames: readonly Rows[], tracks: readonly (readonly Track[])[]) => {
    const ids = new Map<number, number>();
    return tracks.map((list, t) =>
      list
        .filter((x) => x.detection >= 0)
        .map((x) => ({ score: frames[t][x.detection][4], box: x.box, id: x.id }))
        .sort((a, b) => a.score - b.score)
        .map(({ score, box, id }) => {
          if (!ids.has(id)) ids.set(id, ids.size);
          return [score, ids.get(id), ...box.map((v) => Math.round(1e6 * v) / 1e6)];
        }),
    );
  };

  it("finds the same identities whatever the order of the detections", () => {
    const next = random(51);
    for (const seed of [1, 2, 3]) {
      const frames = scene(seed, 80);
      const shuffled = frames.map((rows) =>
        rows
          .map((row) => ({ row, key: next() }))
          .sort((a, b) => a.key - b.key)
          .map(({ row }) => row),
      );
      const expected = identities(frames, run(frames));
      expect(expected.flat().length).toBeGreaterThan(300);
      expect(identities(shuffled, run(shuffled))).toEqual(expected);
    }
  });

  it("moves with the picture: shifted detections give shifted tracks", () => {
    for (const seed of [4, 5]) {
      const frames = scene(seed, 80);
      const shifted = frames.map((rows) =>
        rows.map(([x1, y1, x2, y2, ...rest]) => [x1 + 512, y1 - 256, x2 + 512, y2 - 256, ...rest]),
      );
      const moved = run(shifted).map((list) =>
        list.map((t) => ({ ...t, box: [t.box[0] - 512, t.box[1] + 256, t.box[2] - 512, t.box[3] + 256] })),
      );
      run(frames).forEach((list, t) => {
        expect(moved[t].map(({ id, detection, class: c }) => [id, detection, c])).toEqual(
          list.map(({ id, detection, class: c }) => [id, detection, c]),
        );
        const far = list.flatMap((track, k) => track.box.map((v, n) => Math.abs(v - moved[t][k].box[n])));
        expect(Math.max(0, ...far)).toBeLessThan(1e-6);
      });
    }
  });

  it("reports what a tracker does that has seen only the past", () => {
    const frames = scene(6, 60);
    const whole = run(frames);
    for (const length of [1, 20, 59]) expect(run(frames.slice(0, length))).toEqual(whole.slice(0, length));
  });
});

describe("DeepSort", () => {
  it("does not depend on the unit of length", () => {
    const frames = scene(7, 80);
    const tracker = new DeepSort();
    const large = new DeepSort();
    for (const rows of frames) {
      const tracks = tracker.update(detections(rows));
      const scaled = large.update(
        detections(rows.map((r) => [...r.slice(0, 4).map((v) => 4 * v), ...r.slice(4)])),
      );
      expect(scaled.map((t) => [t.id, t.detection])).toEqual(tracks.map((t) => [t.id, t.detection]));
      const far = tracks.flatMap((t, k) => t.box.map((v, n) => Math.abs(4 * v - scaled[k].box[n])));
      expect(Math.max(0, ...far)).toBeLessThan(1e-6);
    }
  });
});
