import { describe, expect, it } from "vitest";
import { defaults, OcSort, type OcSortOptions } from "../../src/track/ocsort.js";
import { trackerContract } from "../contract/tracker.js";
import { detections } from "./_reference.js";

trackerContract("OcSort", (options) => new OcSort({ minScore: 0.3, ...options }));

const person = (x: number, y = 100) => [x, y, x + 50, y + 120, 0.9];
const follow = (frames: readonly (readonly number[])[][], options: OcSortOptions = {}) => {
  const tracker = new OcSort({ minHits: 1, ...options });
  return frames.map((rows) => tracker.update(detections(rows)));
};
const times = <T>(count: number, value: (t: number) => T): T[] =>
  Array.from({ length: count }, (_, t) => value(t));

describe("OcSort", () => {
  it("has the published defaults", () => {
    expect(defaults).toEqual({
      ...{ minScore: 0.6, minIou: 0.3, maxAge: 30, minHits: 3, deltaT: 3, inertia: 0.2 },
      solver: "sap",
    });
  });

  it("reports the detection's own box", () => {
    for (const tracks of follow(times(9, (t) => [person(9 * t + (t % 2))])).slice(1))
      expect(tracks[0]!.box).toEqual(person(Math.round(tracks[0]!.box[0])).slice(0, 4));
  });

  it("finds one who stopped while hidden where he was last seen", () => {
    // He walks fast, is hidden for ten frames and has not moved on: the prediction is 200 pixels further.
    const walk = times(10, (t) => [person(20 * t)]);
    const frames = [...walk, ...times(10, () => []), ...times(3, () => [person(185)])];
    expect(new Set(follow(frames).flatMap((tracks) => tracks.map(({ id }) => id)))).toEqual(new Set([1]));
  });

  it("goes on at the speed of the straight way between, once it is found again", () => {
    // Fast at first, hidden for ten frames and slow meanwhile.
    const frames = [...times(10, (t) => [person(8 * t)]), ...times(10, () => []), [person(94)]];
    const tracker = new OcSort();
    for (const rows of frames) tracker.update(detections(rows));
    const { mean } = tracker.save().columns;
    expect(mean!.length).toBe(7);
    // A filter that learns of the whole way at once would jump ahead by it, at more than 8 pixels a frame.
    expect(Math.abs(mean![0]! - (94 + 25))).toBeLessThan(2);
    expect(mean![4]).toBeGreaterThan(2);
    expect(mean![4]).toBeLessThan(4);
  });

  it("tells two apart by where they come from", () => {
    // They pass each other side by side, close enough for their boxes to overlap like one another's.
    const pass = times(30, (t) => [person(10 * t, 100), person(290 - 10 * t, 112)]);
    const tracks = follow(pass);
    const idAt = (t: number) =>
      [0, 1].map((row) => tracks[t]!.find(({ detection }) => detection === row)?.id);
    expect(idAt(29)).toEqual(idAt(5));
  });
});
