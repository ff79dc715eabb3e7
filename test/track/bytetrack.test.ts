import { describe, expect, it } from "vitest";
import { ByteTrack, defaults } from "../../src/track/bytetrack.js";
import { trackerContract } from "../contract/tracker.js";
import { detections } from "./_reference.js";

trackerContract("ByteTrack", (options) => new ByteTrack(options));

const person = (x: number, score = 0.9) => [x, 100, x + 50, 220, score];
const ids = (tracker: ByteTrack, frames: readonly (readonly number[])[][]) =>
  frames.map((rows) => tracker.update(detections(rows)).map(({ id }) => id));
const times = <T>(count: number, value: (t: number) => T): T[] =>
  Array.from({ length: count }, (_, t) => value(t));

describe("ByteTrack", () => {
  it("has the published defaults", () => {
    expect(defaults).toEqual({
      ...{ highScore: 0.6, lowScore: 0.1, newScore: 0.7, minIou: 0.1, minLowIou: 0.5, maxAge: 30 },
      solver: "sap",
    });
  });

  it("keeps a track through detections of low score, which start none", () => {
    const frames = times(20, (t) => [person(2 * t, t > 5 && t < 15 ? 0.2 : 0.9), person(500, 0.3)]);
    expect(ids(new ByteTrack(), frames)).toEqual(times(20, () => [1]));
    // As a tracker without the second round: the same detections thrown away.
    const without = ids(new ByteTrack({ lowScore: 0.6 }), frames);
    expect(without.slice(6, 15)).toEqual(times(9, () => []));
  });

  it("does not believe in what is seen once, but for the first frame", () => {
    const frames = times(6, (t) => [person(0), ...(t === 3 || t >= 5 ? [person(400)] : [])]);
    const tracker = new ByteTrack();
    expect(ids(tracker, frames)).toEqual(times(6, () => [1]));
    expect(tracker.update(detections([person(0), person(400)])).map(({ id }) => id)).toEqual([1, 3]);
  });

  it("finds a lost track again within maxAge, and not with a detection of low score", () => {
    const gap = (length: number, score: number) => {
      const tracker = new ByteTrack({ maxAge: 10 });
      ids(
        tracker,
        times(5, () => [person(0)]),
      );
      ids(
        tracker,
        times(length, () => []),
      );
      return ids(
        tracker,
        times(2, () => [person(0, score)]),
      ).flat();
    };
    expect(gap(10, 0.9)).toEqual([1, 1]);
    expect(gap(11, 0.9)).toEqual([2]);
    expect(gap(5, 0.5)).toEqual([]);
  });

  it("ends the younger one of a lost track and one that is seen in its place", () => {
    const tracker = new ByteTrack({ minIou: 0.5 });
    // The old one is lost to the left; a new one comes up there and walks into where the old one is expected.
    const old = times(8, () => [person(0)]);
    const young = times(8, (t) => [person(49 - 7 * t)]);
    const seen = ids(tracker, [...old, ...young]).flat();
    expect(seen.slice(0, 8)).toEqual(times(8, () => 1));
    expect(new Set(seen).size).toBe(2);
    // From where they are the same, the old one is found again.
    expect(seen.at(-1)).toBe(1);
  });
});
