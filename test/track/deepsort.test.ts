import { describe, expect, it } from "vitest";
import { DeepSort, defaults, recommended } from "../../src/track/deepsort.js";
import type { Embeddings } from "../../src/types.js";
import { trackerContract } from "../contract/tracker.js";
import { detections } from "./_reference.js";

trackerContract("DeepSort", (options) => new DeepSort(options));
trackerContract(
  "DeepSort as recommended",
  (options) => new DeepSort({ ...recommended, minConfidence: 0.3, newConfidence: 0.3, ...options }),
);

const person = (x: number) => [x, 100, x + 50, 220];

/** One vector of 4 numbers per look: looks are as different as can be. */
function looks(...which: number[]): Embeddings {
  const data = new Float32Array(4 * which.length);
  which.forEach((look, row) => {
    data[4 * row + look] = 1;
  });
  return { count: which.length, dim: 4, data };
}

describe("DeepSort", () => {
  it("has the published defaults", () => {
    expect(defaults).toMatchObject({
      minConfidence: 0.3,
      maxCosineDistance: 0.2,
      maxIouDistance: 0.7,
      maxAge: 30,
      nInit: 3,
      budget: 100,
    });
  });

  it("reports a track from its nInit-th match on", () => {
    for (const nInit of [1, 2, 3, 5]) {
      const tracker = new DeepSort({ nInit });
      const reported = [];
      for (let t = 0; t < 6; t++) reported.push(tracker.update(detections([person(0)])).length);
      expect(reported).toEqual([1, 2, 3, 4, 5, 6].map((match) => (match >= nInit ? 1 : 0)));
    }
  });

  it("drops a new track at its first miss", () => {
    const tracker = new DeepSort();
    tracker.update(detections([person(0)]));
    tracker.update(detections([person(0)]));
    tracker.update(detections([]));
    const ids = [];
    for (let t = 0; t < 3; t++) ids.push(...tracker.update(detections([person(0)])).map((x) => x.id));
    expect(ids).toEqual([2]);
  });

  it("keeps identities through an occlusion, by appearance", () => {
    // Two people walk into each other, vanish behind a pillar, and come out having changed sides.
    const run = (leftAfter: number, rightAfter: number) => {
      const tracker = new DeepSort();
      for (let t = 0; t < 10; t++)
        tracker.update(detections([person(100), person(160)]), { embeddings: looks(0, 1) });
      for (let t = 0; t < 6; t++) tracker.update(detections([]));
      return tracker
        .update(detections([person(100), person(160)]), { embeddings: looks(leftAfter, rightAfter) })
        .map((t) => [t.id, t.detection]);
    };
    expect(run(0, 1)).toEqual([
      [1, 0],
      [2, 1],
    ]);
    expect(run(1, 0)).toEqual([
      [1, 1],
      [2, 0],
    ]);
  });

  it("does not follow an appearance out of the motion's reach", () => {
    const tracker = new DeepSort();
    for (let t = 0; t < 10; t++) tracker.update(detections([person(100)]), { embeddings: looks(0) });
    const tracks = tracker.update(detections([person(700)]), { embeddings: looks(0) });
    expect(tracks.map((t) => t.detection)).toEqual([-1]);
  });

  it("prefers the track that was seen last where two claim a detection", () => {
    const tracker = new DeepSort();
    const both = detections([person(100), person(130)]);
    for (let t = 0; t < 10; t++) tracker.update(both, { embeddings: looks(0, 1) });
    // Track 1 has been missing longer; now both look like what is found.
    for (let t = 0; t < 5; t++) tracker.update(detections([person(130)]), { embeddings: looks(1) });
    tracker.update(detections([]));
    const blend = { count: 1, dim: 4, data: Float32Array.of(Math.SQRT1_2, Math.SQRT1_2, 0, 0) };
    const loose = tracker.update(detections([person(115)]), { embeddings: blend });
    expect(loose).toEqual([]); // too far from either look at the default limit
    const tolerant = new DeepSort({ maxCosineDistance: 0.5 });
    for (let t = 0; t < 10; t++) tolerant.update(both, { embeddings: looks(0, 1) });
    for (let t = 0; t < 5; t++) tolerant.update(detections([person(130)]), { embeddings: looks(1) });
    tolerant.update(detections([]));
    expect(tolerant.update(detections([person(115)]), { embeddings: blend }).map((t) => t.id)).toEqual([2]);
  });

  it("reports the prediction for one frame after a miss, marked as such", () => {
    const tracker = new DeepSort();
    for (let t = 0; t < 5; t++) tracker.update(detections([person(100 + 5 * t)]));
    expect(tracker.update(detections([])).map((t) => t.detection)).toEqual([-1]);
    expect(tracker.update(detections([]))).toEqual([]);
  });

  it("ends a track that is missing for more than maxAge frames", () => {
    for (const gap of [4, 5, 6]) {
      const tracker = new DeepSort({ maxAge: 5 });
      for (let t = 0; t < 5; t++) tracker.update(detections([person(100)]), { embeddings: looks(0) });
      for (let t = 0; t < gap; t++) tracker.update(detections([]));
      const ids = new Set<number>();
      for (let t = 0; t < 3; t++)
        for (const { id } of tracker.update(detections([person(100)]), { embeddings: looks(0) })) ids.add(id);
      expect([...ids]).toEqual(gap < 5 ? [1] : [2]);
    }
  });

  it("works without embeddings: motion alone, also across a gap", () => {
    const tracker = new DeepSort();
    for (let t = 0; t < 10; t++) tracker.update(detections([person(100 + 4 * t)]));
    for (let t = 0; t < 5; t++) tracker.update(detections([]));
    expect(tracker.update(detections([person(160)])).map((t) => t.id)).toEqual([1]);
  });

  it("refuses embeddings that do not fit", () => {
    const tracker = new DeepSort();
    const one = detections([person(0)]);
    expect(() => tracker.update(one, { embeddings: looks(0, 1) })).toThrow(
      "Cannot track 1 detections with 2 embeddings: expected one each",
    );
    expect(() =>
      tracker.update(one, { embeddings: { count: 1, dim: 4, data: new Float32Array(3) } }),
    ).toThrow(RangeError);
    const bad = { count: 1, dim: 2, data: Float32Array.of(Number.NaN, 0) };
    expect(() => tracker.update(one, { embeddings: bad })).toThrow(
      "Cannot use embedding 0: expected finite numbers",
    );
    tracker.update(one, { embeddings: looks(0) });
    expect(() =>
      tracker.update(one, { embeddings: { count: 1, dim: 2, data: Float32Array.of(1, 0) } }),
    ).toThrow("Cannot compare embeddings of 2 numbers with earlier ones of 4");
  });

  it("starts no track from a score below newConfidence, but goes on with it", () => {
    const tracker = new DeepSort({ minConfidence: 0.3, newConfidence: 0.6, nInit: 1 });
    expect(tracker.update(detections([[...person(0), 0.5]]))).toEqual([]);
    expect(tracker.update(detections([[...person(0), 0.7]])).map((t) => t.id)).toEqual([1]);
    expect(tracker.update(detections([[...person(0), 0.4]])).map((t) => t.id)).toEqual([1]);
    expect(tracker.update(detections([[...person(0), 0.2]])).map((t) => t.detection)).toEqual([-1]);
  });

  it("with a frame interval, one long step reaches as far as many short ones", () => {
    // 30 frames a second, of which a stretch of 8 is missing from the file.
    const run = (frameInterval: number | undefined) => {
      const tracker = new DeepSort({ frameInterval });
      for (let t = 0; t < 30; t++) tracker.update(detections([person(100 + 6 * t)]), { elapsed: 1 / 30 });
      return tracker.update(detections([person(100 + 6 * 37)]), { elapsed: 8 / 30 }).map((t) => t.detection);
    };
    expect(run(1 / 30)).toEqual([0]);
    expect(run(undefined)).toEqual([-1]);
  });

  it("stands still where time runs backwards, and refuses time that is no number", () => {
    const tracker = new DeepSort({ frameInterval: 1 / 30 });
    for (let t = 0; t < 5; t++) tracker.update(detections([person(0)]), { elapsed: 1 / 30 });
    for (const elapsed of [-5, 0, 1e9]) {
      const [track] = tracker.update(detections([person(0)]), { elapsed });
      expect(track.box.every(Number.isFinite)).toBe(true);
    }
    expect(() => tracker.update(detections([]), { elapsed: Number.NaN })).toThrow(
      'Cannot use NaN as "elapsed"',
    );
  });

  it("with smoothing, remembers the usual look and not a single odd one", () => {
    // A person who once looked like somebody else, and then that somebody at their place.
    const run = (smoothing: number | undefined) => {
      const tracker = new DeepSort({ smoothing });
      for (let t = 0; t < 20; t++)
        tracker.update(detections([person(0)]), { embeddings: looks(t === 10 ? 1 : 0) });
      for (let t = 0; t < 3; t++) tracker.update(detections([]));
      return tracker.update(detections([person(0)]), { embeddings: looks(1) }).map((t) => t.id);
    };
    expect(run(undefined)).toEqual([1]);
    expect(run(0.9)).toEqual([]);
  });
});
