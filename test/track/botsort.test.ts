import { describe, expect, it } from "vitest";
import { BotSort, defaults } from "../../src/track/botsort.js";
import type { Affine } from "../../src/types.js";
import { trackerContract } from "../contract/tracker.js";
import { detections } from "./_reference.js";

trackerContract("BotSort", (options) => new BotSort(options));

const person = (x: number, score = 0.9) => [x, 100, x + 50, 220, score];
const times = <T>(count: number, value: (t: number) => T): T[] =>
  Array.from({ length: count }, (_, t) => value(t));
const looks = (...vectors: readonly (readonly number[])[]) => ({
  count: vectors.length,
  dim: 2,
  data: Float32Array.from(vectors.flat()),
});

describe("BotSort", () => {
  it("has the published defaults", () => {
    expect(defaults).toEqual({
      ...{ highScore: 0.6, lowScore: 0.1, newScore: 0.7, minIou: 0.2, minLowIou: 0.5 },
      ...{ maxCosineDistance: 0.25, minLooksIou: 0.5, maxAge: 30, solver: "sap" },
    });
  });

  it("moves its tracks with the camera", () => {
    const follow = (told: boolean) => {
      const tracker = new BotSort();
      const seen = new Set<number>();
      for (let t = 0; t < 30; t++) {
        const x = t >= 10 && t < 20 ? 300 : 0;
        const shift = t === 10 ? 300 : t === 20 ? -300 : 0;
        const camera: Affine | undefined = told ? [1, 0, shift, 0, 1, 0] : undefined;
        for (const { id } of tracker.update(detections([person(x)]), { camera })) seen.add(id);
      }
      return seen.size;
    };
    expect(follow(true)).toBe(1);
    expect(follow(false)).toBeGreaterThan(1);
  });

  it("follows a picture that grows and turns", () => {
    // Twice as large within 30 frames, and turned by a third of a right angle, about a corner.
    const tracker = new BotSort();
    const scale = 2 ** (1 / 30);
    const [c, s] = [scale * Math.cos(Math.PI / 180), scale * Math.sin(Math.PI / 180)];
    let [x, y, size] = [900, 300, 1];
    for (let t = 0; t < 30; t++) {
      const rows = [[x - 25 * size, y - 60 * size, x + 25 * size, y + 60 * size, 0.9]];
      const tracks = tracker.update(detections(rows), { camera: t === 0 ? undefined : [c, -s, 0, s, c, 0] });
      expect(tracks.map(({ id }) => id)).toEqual([1]);
      const far = tracks[0]!.box.map((v, n) => Math.abs(v - rows[0]![n]!));
      expect(Math.max(...far)).toBeLessThan(12);
      [x, y, size] = [c * x - s * y, s * x + c * y, scale * size];
    }
  });

  it("refuses a motion that no camera makes, and goes on as if it had not been told", () => {
    const tracker = new BotSort();
    const bad: Affine[] = [
      [Number.NaN, 0, 0, 0, 1, 0],
      [1, 0, Number.POSITIVE_INFINITY, 0, 1, 0],
      [0, 0, 0, 0, 0, 0],
      [1e6, 0, 0, 0, 1e6, 0],
    ];
    for (let t = 0; t < 5; t++) {
      for (const camera of bad)
        expect(() => tracker.update(detections([person(0)]), { camera })).toThrow(
          /^Cannot move with the camera by \[.*\]: expected two rows of finite numbers/,
        );
      expect(tracker.update(detections([person(t)])).map(({ id }) => id)).toEqual([1]);
    }
  });

  it("tells two who overlap apart by their looks", () => {
    const [red, blue] = [
      [1, 0],
      [0, 1],
    ];
    const ids = (swapped: boolean) => {
      const tracker = new BotSort();
      const rows = [person(0), person(14)];
      for (let t = 0; t < 6; t++) tracker.update(detections(rows), { embeddings: looks(red, blue) });
      // Both jump to where the other one was a little more: only looks can tell.
      const moved = [person(8), person(6)];
      const embeddings = swapped ? looks(blue, red) : looks(red, blue);
      return tracker.update(detections(moved), { embeddings }).map(({ detection }) => detection);
    };
    expect(ids(false)).toEqual([0, 1]);
    expect(ids(true)).toEqual([1, 0]);
  });

  it("does not look at detections of low score", () => {
    const tracker = new BotSort();
    const red = looks([1, 0]);
    for (let t = 0; t < 5; t++) tracker.update(detections([person(0)]), { embeddings: red });
    const before = tracker.save().columns.averages;
    tracker.update(detections([person(0, 0.3)]), { embeddings: looks([0, 1]) });
    expect(tracker.save().columns.averages).toEqual(before);
    expect(tracker.looksFrom).toBe(0.6);
  });

  it("keeps a track through detections of low score, which start none", () => {
    const tracker = new BotSort();
    const frames = times(20, (t) => [person(2 * t, t > 5 && t < 15 ? 0.2 : 0.9), person(500, 0.3)]);
    expect(frames.map((rows) => tracker.update(detections(rows)).map(({ id }) => id))).toEqual(
      times(20, () => [1]),
    );
  });
});
