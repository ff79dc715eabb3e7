/**
 * What every tracker must do. A new tracker passes by one call: `trackerContract(name, (options) => new X(options))`.
 */
import { describe, expect, it } from "vitest";
import type {
  Column,
  Detections,
  Embeddings,
  ResumableTracker,
  Track,
  Tracker,
  TrackerState,
} from "../../src/types.js";
import { random } from "../_random.js";

/** Options that every tracker has. */
export interface CommonOptions {
  readonly classGroups?: readonly (readonly number[])[];
}

/** x1, y1, x2, y2, score, class */
type Row = readonly [number, number, number, number, number?, number?];

function found(rows: readonly Row[]): Detections {
  return {
    count: rows.length,
    boxes: Float64Array.from(rows.flatMap((r) => r.slice(0, 4) as number[])),
    scores: Float64Array.from(rows, (r) => r[4] ?? 0.9),
    classes: Int32Array.from(rows, (r) => r[5] ?? 0),
  };
}

const nothing = found([]);

/** A crowd that walks, disappears, comes back, with false detections; and a look for each. */
function crowd(
  seed: number,
  frames: number,
  people = 12,
): { detections: Detections; embeddings: Embeddings }[] {
  const next = random(seed);
  const dim = 6;
  const walkers = Array.from({ length: people }, () => ({
    x: 1000 * next(),
    y: 600 * next(),
    vx: 8 * next() - 4,
    vy: 4 * next() - 2,
    w: 30 + 30 * next(),
    look: Array.from({ length: dim }, () => next() - 0.5),
  }));
  return Array.from({ length: frames }, (_, t) => {
    const rows: Row[] = [];
    const looks: number[] = [];
    const add = (x: number, y: number, w: number, h: number, look: readonly number[]) => {
      rows.push([x, y, x + w, y + h, 0.3 + 0.7 * next(), Math.floor(3 * next())]);
      const noisy = look.map((v) => v + 0.05 * (next() - 0.5));
      const norm = Math.hypot(...noisy);
      looks.push(...noisy.map((v) => v / norm));
    };
    // Some frames are empty.
    if (t % 17 !== 5) {
      for (const p of walkers) {
        p.x += p.vx + next();
        p.y += p.vy + next();
        if (next() > 0.15) add(p.x, p.y, p.w, 2.4 * p.w, p.look);
      }
      if (next() < 0.5) add(1000 * next(), 600 * next(), 40, 100, walkers[0].look);
    }
    const embeddings = { count: rows.length, dim, data: Float32Array.from(looks) };
    return { detections: found(rows), embeddings };
  });
}

/** As it comes back from a file: other memory, every number to the last bit. */
const copyOf = ({ layout, options, columns }: TrackerState): TrackerState => ({
  ...{ layout, options },
  columns: Object.fromEntries(Object.entries(columns).map(([key, column]) => [key, column.slice()])),
});

export function trackerContract(name: string, make: (options?: CommonOptions) => ResumableTracker): void {
  describe(`${name} as a tracker`, () => {
    const run = (frames: ReturnType<typeof crowd>, tracker = make()) =>
      frames.map(({ detections, embeddings }) => tracker.update(detections, { embeddings }));

    it("gives the same tracks for the same input", () => {
      const frames = crowd(1, 120);
      expect(run(frames)).toEqual(run(frames));
    });

    it("is not disturbed by another tracker at work", () => {
      const a = crowd(2, 60);
      const b = crowd(3, 60);
      const one = make();
      const two = make();
      const together = a.map((frame, t) => {
        two.update(b[t].detections, { embeddings: b[t].embeddings });
        return one.update(frame.detections, { embeddings: frame.embeddings });
      });
      expect(together).toEqual(run(a));
    });

    it("reports whole tracks: finite boxes with an area, ids from 1, rows of the frame's detections", () => {
      const frames = crowd(4, 100);
      let reported = 0;
      run(frames).forEach((tracks, t) => {
        const { count, scores } = frames[t].detections;
        const rows = new Set<number>();
        for (const { id, box, score, class: c, detection } of tracks) {
          reported++;
          expect({
            id: Number.isSafeInteger(id) && id >= 1,
            box: box.length === 4 && box.every(Number.isFinite) && box[2] > box[0] && box[3] > box[1],
            class: c >= 0 && c <= 2,
            detection: Number.isInteger(detection) && detection >= -1 && detection < count,
          }).toEqual({ id: true, box: true, class: true, detection: true });
          if (detection < 0) continue;
          expect([rows.has(detection), score]).toEqual([false, scores[detection]]);
          rows.add(detection);
        }
      });
      expect(reported).toBeGreaterThan(300);
    });

    it("orders the tracks of a frame by id", () => {
      for (const tracks of run(crowd(5, 100))) {
        const ids = tracks.map((t) => t.id);
        expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
      }
    });

    it("never gives an id to a second object", () => {
      // One object at a time, far apart, with pauses in which every track ends.
      const tracker = make();
      const seen = new Map<number, number>();
      for (let object = 0; object < 20; object++) {
        const x = 1e5 * (object + 1);
        for (let t = 0; t < 8; t++) {
          for (const { id } of tracker.update(found([[x + t, 0, x + t + 40, 100]]))) {
            expect(seen.get(id) ?? object).toBe(object);
            seen.set(id, object);
          }
        }
        for (let t = 0; t < 80; t++) tracker.update(nothing);
      }
      expect(new Set(seen.values()).size).toBeGreaterThan(17);
    });

    it("follows one steady object under one id", () => {
      const tracker = make();
      const ids = new Set<number>();
      let last: readonly Track[] = [];
      for (let t = 0; t < 50; t++) {
        last = tracker.update(found([[100 + 3 * t, 50, 140 + 3 * t, 150]]));
        for (const { id } of last) ids.add(id);
      }
      expect(ids.size).toBe(1);
      expect(last).toHaveLength(1);
      expect(last[0].box[0]).toBeCloseTo(247, 0);
      expect(last[0].detection).toBe(0);
    });

    it("never changes a snapshot that it has given out", () => {
      const frames = crowd(6, 80);
      const tracker = make();
      const given = frames.map((f) => tracker.update(f.detections, { embeddings: f.embeddings }));
      const copies = JSON.stringify(run(frames));
      for (const f of crowd(7, 40)) tracker.update(f.detections, { embeddings: f.embeddings });
      expect(JSON.stringify(given)).toBe(copies);
    });

    it("does not change its input, and does not look at it again", () => {
      const frames = crowd(8, 60);
      const expected = run(frames);
      const tracker = make();
      frames.forEach(({ detections, embeddings }, t) => {
        const copy: Detections = {
          count: detections.count,
          boxes: detections.boxes.slice(),
          scores: detections.scores.slice(),
          classes: detections.classes.slice(),
        };
        const look = { ...embeddings, data: embeddings.data.slice() };
        expect(tracker.update(copy, { embeddings: look })).toEqual(expected[t]);
        expect(copy).toEqual(detections);
        expect(look).toEqual(embeddings);
        // A caller may use its arrays again.
        copy.boxes.fill(7);
        copy.scores.fill(0);
        look.data.fill(0);
      });
    });

    it("reads only `count` rows of longer arrays", () => {
      const frames = crowd(9, 40);
      const expected = run(frames);
      const tracker = make();
      frames.forEach(({ detections: d, embeddings }, t) => {
        const longer: Detections = {
          count: d.count,
          boxes: Float64Array.of(...d.boxes, Number.NaN, 0, 0, 0),
          scores: Float64Array.of(...d.scores, Number.NaN),
          classes: Int32Array.of(...d.classes, 99),
        };
        expect(tracker.update(longer, { embeddings })).toEqual(expected[t]);
      });
    });

    it("bears frames without detections: first, in between, for ever", () => {
      const tracker = make();
      for (let t = 0; t < 10; t++) expect(tracker.update(nothing)).toEqual([]);
      for (let t = 0; t < 10; t++) tracker.update(found([[10, 10, 50, 110]]));
      for (let t = 0; t < 200; t++) tracker.update(nothing);
      expect(tracker.update(nothing)).toEqual([]);
    });

    it("bears the same detection many times over", () => {
      const tracker = make();
      const many = found(Array.from({ length: 30 }, () => [10, 10, 50, 110, 0.9] as const));
      for (let t = 0; t < 20; t++) {
        const tracks = tracker.update(many);
        expect(new Set(tracks.map((x) => x.id)).size).toBe(tracks.length);
        expect(tracks.flatMap((x) => x.box).every(Number.isFinite)).toBe(true);
      }
    });

    it("bears huge, tiny and far-off boxes, and ignores those without an area", () => {
      const tracker = make();
      for (let t = 0; t < 30; t++) {
        const tracks = tracker.update(
          found([
            [-1e9, -1e9, 1e9, 1e9],
            [1e9 - 1, 1e9 - 1, 1e9, 1e9],
            [5, 5, 5 + 1e-5, 6],
            [0, 0, 1e9, 1e-5],
            [20, 20, 20, 40],
            [40, 20, 30, 40],
            [1e-300, 0, 2e-300, 1],
          ]),
        );
        for (const { box, detection } of tracks) {
          expect(box.every(Number.isFinite)).toBe(true);
          expect(detection < 4).toBe(true);
        }
      }
    });

    it("refuses numbers that are not finite, and goes on as if the frame had not been", () => {
      const frames = crowd(10, 40);
      const expected = run(frames);
      const tracker = make();
      frames.forEach(({ detections, embeddings }, t) => {
        for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300]) {
          expect(() =>
            tracker.update(
              found([
                [0, 0, 9, 9],
                [0, 0, bad, 9],
              ]),
            ),
          ).toThrow(/^Cannot track detection 1: its box is \[0, 0, .*, 9\], expected finite numbers/);
        }
        expect(() => tracker.update(found([[0, 0, 9, 9, Number.NaN]]))).toThrow(
          "Cannot track detection 0: its score is NaN, expected a finite number",
        );
        expect(tracker.update(detections, { embeddings })).toEqual(expected[t]);
      });
    });

    it("refuses columns shorter than the count", () => {
      const d = found([[0, 0, 9, 9]]);
      expect(() => make().update({ ...d, count: 2 })).toThrow(/^Cannot track 2 detections: /);
      expect(() => make().update({ ...d, count: -1 })).toThrow(RangeError);
      expect(() => make().update({ ...d, count: 0.5 })).toThrow(RangeError);
    });

    it("keeps one class for an object that is now and then taken for another", () => {
      const tracker = make({ classGroups: [[2, 5, 7]] });
      const ids = new Set<number>();
      for (let t = 0; t < 40; t++) {
        const c = t > 2 && t % 3 === 0 ? 7 : 2;
        for (const track of tracker.update(found([[10 + t, 10, 70 + t, 50, 0.8, c]]))) {
          ids.add(track.id);
          expect(track.class).toBe(2);
        }
      }
      expect(ids.size).toBe(1);
    });

    it("never joins classes of different groups, and joins any where no groups are given", () => {
      const flicker = (tracker: Tracker) => {
        const classOf = new Map<number, Set<number>>();
        for (let t = 0; t < 60; t++) {
          const c = t % 20 < 10 ? 0 : 2;
          for (const { id, detection } of tracker.update(found([[10, 10, 50, 110, 0.9, c]]))) {
            if (detection >= 0) classOf.set(id, (classOf.get(id) ?? new Set()).add(c));
          }
        }
        return [...classOf.values()].map((classes) => classes.size);
      };
      expect(flicker(make())).toEqual([2]);
      const separate = flicker(make({ classGroups: [[2, 5, 7]] }));
      expect(separate.length).toBeGreaterThanOrEqual(2);
      expect(separate.every((classes) => classes === 1)).toBe(true);
    });

    it("goes on from a saved state as if it had never been left, whenever that was", () => {
      const frames = crowd(12, 90);
      const expected = run(frames);
      let tracker = make();
      frames.forEach(({ detections, embeddings }, t) => {
        if (t % 4 === 1 || t < 6) {
          const saved = copyOf(tracker.save());
          tracker = make();
          tracker.restore(saved);
          // Nothing is lost or added by the way.
          expect(tracker.save()).toEqual(saved);
        }
        expect(tracker.update(detections, { embeddings })).toEqual(expected[t]);
      });
    });

    it("saves a copy, which neither tracker changes later", () => {
      const frames = crowd(13, 40);
      const tracker = make();
      run(frames.slice(0, 20), tracker);
      const saved = tracker.save();
      const copy = copyOf(saved);
      const other = make();
      other.restore(saved);
      const rest = frames.slice(20);
      expect(run(rest, tracker)).toEqual(run(rest, other));
      expect(saved).toEqual(copy);
    });

    it("refuses a state that is not its own", () => {
      const tracker = make();
      run(crowd(14, 20), tracker);
      const saved = tracker.save();
      expect(() => make().restore({ ...saved, layout: "magic 1" })).toThrow(
        /^Cannot restore the state "magic 1": expected "/,
      );
      expect(() => make({ classGroups: [[1, 2]] }).restore(saved)).toThrow(
        /^Cannot restore the state of a tracker with the options /,
      );
      for (const key of Object.keys(saved.columns)) {
        const { [key]: column, ...columns } = saved.columns;
        expect(() => make().restore({ ...saved, columns }), key).toThrow(/^Cannot restore /);
        const longer = new (column.constructor as new (n: number) => Column)(column.length + 1);
        longer.set(column);
        expect(() => make().restore({ ...saved, columns: { ...columns, [key]: longer } }), key).toThrow(
          /^Cannot restore /,
        );
      }
    });

    it("refuses options that do not exist or make no sense, by name", () => {
      expect(() => make({ maxAgee: 3 } as CommonOptions)).toThrow(
        /has no option "maxAgee": expected one of /,
      );
      expect(() => make({ maxAge: Number.NaN } as CommonOptions)).toThrow(
        /"maxAge".*a whole number, at least 0/,
      );
      expect(() => make({ solver: "fast" } as CommonOptions)).toThrow(/"solver".*one of sap, munkres/);
      expect(() => make({ classGroups: [[1, 2], [2]] })).toThrow(/"classGroups".*no class twice/);
      expect(() => make({ maxAge: undefined } as CommonOptions)).not.toThrow();
    });

    it("finds the same tracks with munkres-js as the solver, ties aside", () => {
      const frames = crowd(11, 60);
      const tracker = make({ solver: "munkres" } as CommonOptions);
      expect(run(frames, tracker)).toEqual(run(frames));
    });
  });
}
