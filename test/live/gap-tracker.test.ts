import { describe, expect, test } from "vitest";
import { GapTracker } from "../../src/live/gap-tracker.js";
import { Sort } from "../../src/track/sort.js";
import type { Detections } from "../../src/types.js";

const one: Detections = {
  count: 1,
  boxes: Float64Array.of(10, 10, 30, 50),
  scores: Float64Array.of(0.9),
  classes: Int32Array.of(0),
};
const nothing: Detections = {
  count: 0,
  boxes: new Float64Array(0),
  scores: new Float64Array(0),
  classes: new Int32Array(0),
};

describe("identities over gaps", () => {
  const tracker = () => new GapTracker(() => new Sort({ minHits: 1, maxAge: 10 }));
  const idsOf = (tracks: readonly { id: number }[]) => tracks.map(({ id }) => id);
  const begun = () => {
    const gaps = tracker();
    gaps.update(one);
    for (let i = 0; i < 20; i++) gaps.update(one, { elapsed: 0.1 });
    return gaps;
  };

  test("are kept where the tracker would have waited as long", () => {
    const gaps = begun();
    expect(idsOf(gaps.update(one, { elapsed: 1.05 }))).toEqual([1]);
    expect(gaps.last).toMatchObject({ elapsed: 1.05, kept: true });
    expect(gaps.restarts).toBe(0);
  });

  test("begin anew after a longer one, and no id is given twice", () => {
    const gaps = begun();
    expect(idsOf(gaps.update(one, { elapsed: 1.2 }))).toEqual([2]);
    expect(gaps.last).toMatchObject({ kept: false });
    expect(gaps.last!.limit).toBeCloseTo(1.1);
    expect(idsOf(gaps.update(one, { elapsed: 0.1 }))).toEqual([2]);
    expect(idsOf(gaps.update(one, { elapsed: 100 }))).toEqual([3]);
    // Nobody came after this gap: the next one still numbers on.
    gaps.update(nothing, { elapsed: 100 });
    expect(idsOf(gaps.update(one, { elapsed: 100 }))).toEqual([4]);
    expect(gaps.restarts).toBe(4);
  });

  test("are kept over a second, however impatient the tracker is", () => {
    const gaps = new GapTracker(() => new Sort({ minHits: 1, maxAge: 1 }));
    gaps.update(one);
    for (let i = 0; i < 5; i++) gaps.update(one, { elapsed: 0.04 });
    expect(idsOf(gaps.update(one, { elapsed: 0.9 }))).toEqual([1]);
    expect(idsOf(gaps.update(one, { elapsed: 1.1 }))).toEqual([2]);
  });

  test("are as the tracker itself has them where there is no gap", () => {
    const plain = new Sort({ minHits: 1, maxAge: 10 });
    const gaps = tracker();
    for (let i = 0; i < 30; i++) {
      const detections = i % 7 === 0 ? nothing : one;
      const cues = i === 0 ? {} : { elapsed: 0.04 };
      expect(gaps.update(detections, cues)).toEqual(plain.update(detections, cues));
    }
  });
});
