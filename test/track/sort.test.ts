import { describe, expect, it } from "vitest";
import { defaults, Sort } from "../../src/track/sort.js";
import { trackerContract } from "../contract/tracker.js";
import { detections } from "./_reference.js";

trackerContract("Sort", (options) => new Sort(options));

const person = (x: number) => [x, 100, x + 50, 220];

describe("Sort", () => {
  it("has the paper's defaults", () => {
    expect(defaults).toEqual({ maxAge: 1, minHits: 3, minIou: 0.3, solver: "sap" });
  });

  it("reports at once in the first frames, later from the third match on", () => {
    const tracker = new Sort();
    const reported = [];
    for (let t = 0; t < 8; t++) {
      const rows = t >= 4 ? [person(0), person(500)] : [person(0)];
      reported.push(tracker.update(detections(rows)).map((track) => track.id));
    }
    expect(reported).toEqual([[1], [1], [1], [1], [1], [1], [1], [1, 2]]);
  });

  it("reports nothing while a track is unmatched, and its id again if it returns within maxAge", () => {
    const ids = (maxAge: number) => {
      const tracker = new Sort({ maxAge, minHits: 1 });
      const seen = [];
      for (let t = 0; t < 9; t++) {
        const rows = t >= 4 && t < 6 ? [] : [person(0)];
        seen.push(tracker.update(detections(rows)).map((track) => track.id));
      }
      return seen;
    };
    expect(ids(2)).toEqual([[1], [1], [1], [1], [], [], [1], [1], [1]]);
    expect(ids(1)).toEqual([[1], [1], [1], [1], [], [], [], [2], [2]]);
  });

  it("takes strong overlaps as they are when none compete, though two weak ones would add up to more", () => {
    const tracker = new Sort({ minHits: 0, maxAge: 5 });
    // One row of squares. Track 1 at 0 and track 2 at 150; then a detection that overlaps track 1 with IoU 0.31
    // and track 2 with 0.29, and another that overlaps only track 1, with 0.29.
    const square = (x: number) => [x, 0, x + 100, 100];
    tracker.update(detections([square(0), square(107.7)]));
    const tracks = tracker.update(detections([square(52.7), square(-55.1)]));
    expect(tracks.map((t) => [t.id, t.detection])).toContainEqual([1, 0]);
  });

  it("ignores detections below minScore", () => {
    const tracker = new Sort({ minScore: 0.5, minHits: 0 });
    const tracks = tracker.update(
      detections([
        [...person(0), 0.49],
        [...person(200), 0.5],
      ]),
    );
    expect(tracks.map((t) => t.detection)).toEqual([1]);
  });
});
