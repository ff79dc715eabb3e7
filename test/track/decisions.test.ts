import { describe, expect, it } from "vitest";
import { DeepSort, recommended } from "../../src/track/deepsort.js";
import { Sort } from "../../src/track/sort.js";
import type { Decision, Detections, Embeddings, Tracker } from "../../src/types.js";
import { random } from "../_random.js";
import { detections } from "./_reference.js";

/** People who walk, hide and cross; half of the looks are alike. */
function crowd(seed: number, frames: number): { detections: Detections; embeddings: Embeddings }[] {
  const next = random(seed);
  const dim = 4;
  const people = Array.from({ length: 14 }, (_, k) => ({
    x: 700 * next(),
    y: 300 * next(),
    v: 16 * next() - 8,
    look: Array.from({ length: dim }, (_, d) => (d === k % 3 ? 1 : 0.4 * next())),
  }));
  return Array.from({ length: frames }, (_, t) => {
    const rows: number[][] = [];
    const looks: number[] = [];
    for (const [k, p] of people.entries()) {
      p.x += p.v + 3 * next();
      if ((t + 7 * k) % 40 < 4 + k || next() < 0.08) continue;
      rows.push([p.x, p.y, p.x + 50, p.y + 120, 0.4 + 0.6 * next(), k % 2]);
      const look = p.look.map((v) => v + 0.2 * next());
      looks.push(...look.map((v) => v / Math.hypot(...look)));
    }
    return {
      detections: detections(rows),
      embeddings: { count: rows.length, dim, data: Float32Array.from(looks) },
    };
  });
}

const trackers: [name: string, make: () => Tracker][] = [
  ["Sort", () => new Sort()],
  ["Sort that waits", () => new Sort({ maxAge: 10, classGroups: [] })],
  ["DeepSort", () => new DeepSort({ maxAge: 12 })],
  ["DeepSort as recommended", () => new DeepSort({ ...recommended, maxAge: 12, classGroups: [] })],
];

describe.each(trackers)("decisions of %s", (_, make) => {
  const frames = crowd(5, 150);
  const told = (tracker = make()) =>
    frames.map(({ detections: found, embeddings }) => {
      const decisions: Decision[] = [];
      const tracks = tracker.update(found, { embeddings, onDecision: (d) => decisions.push(d) });
      return { found, tracks, decisions };
    });

  it("change nothing of what is tracked, and are the same every time", () => {
    const silent = make();
    const plain = frames.map(({ detections: found, embeddings }) => silent.update(found, { embeddings }));
    const runs = told();
    expect(runs.map(({ tracks }) => tracks)).toEqual(plain);
    expect(told()).toEqual(runs);
  });

  it("are one for every living identity in every frame, from its start to its end", () => {
    const living = new Set<number>();
    const seen = new Set<number>();
    for (const { decisions, tracks } of told()) {
      const ids = decisions.map(({ id }) => id);
      expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
      const started = decisions.filter(({ kind }) => kind === "start").map(({ id }) => id);
      expect(started.filter((id) => seen.has(id))).toEqual([]);
      expect(ids).toEqual([...living, ...started]);
      for (const decision of decisions) {
        seen.add(decision.id);
        living.add(decision.id);
        if (decision.kind === "miss" && decision.ends) living.delete(decision.id);
      }
      for (const { id, detection } of tracks) {
        const decision = decisions.find((d) => d.id === id)!;
        expect("detection" in decision ? decision.detection : -1).toBe(detection);
      }
    }
    expect(seen.size).toBeGreaterThan(14);
  });

  it("name rivals that were really there, with whoever has them", () => {
    for (const { decisions, found } of told()) {
      const owner = new Map(decisions.flatMap((d) => (d.kind === "miss" ? [] : [[d.detection, d.id]])));
      for (const { id, kind, rivals } of decisions) {
        for (const rival of rivals) {
          expect(rival.id).not.toBe(id);
          expect(rival.iou >= 0 && rival.iou <= 1).toBe(true);
          if (rival.id === undefined) {
            expect(rival.detection! < found.count).toBe(true);
            expect(rival.by).toBe(owner.get(rival.detection!));
          } else
            expect(owner.get(rival.detection ?? -1)).toBe(
              rival.detection === undefined ? undefined : rival.id,
            );
          // What fits and is free on both sides would have been joined.
          if (kind === "start" && rival.detection === undefined) expect(rival.refused).not.toEqual([]);
        }
      }
    }
  });
});

/** Decisions of one tracker over frames given as rows, with a look for each row. */
function follow(tracker: Tracker, frames: readonly (readonly (readonly number[])[])[], looks?: number[][][]) {
  return frames.map((rows, t) => {
    const decisions: Decision[] = [];
    const embeddings = looks && { count: rows.length, dim: 2, data: Float32Array.from(looks[t].flat()) };
    tracker.update(detections(rows), { embeddings, onDecision: (d) => decisions.push(d) });
    return decisions;
  });
}

const person = (x: number, c = 0) => [x, 100, x + 50, 220, 0.9, c];

describe("decisions", () => {
  it("of Sort tell the IoU that was too small, and the track that ended for it", () => {
    const frames = follow(new Sort(), [[person(0)], [person(30)], [person(30)]]);
    expect(frames[0]).toEqual([
      { id: 1, kind: "start", detection: 0, score: 0.9, box: [0, 100, 50, 220], rivals: [] },
    ]);
    const [miss, start] = frames[1];
    const fit = { iou: expect.closeTo(0.25, 9), refused: ["iou"] };
    expect(miss).toEqual({ id: 1, kind: "miss", missed: 1, rivals: [{ detection: 0, by: 2, ...fit }] });
    expect(start).toMatchObject({ id: 2, kind: "start", rivals: [{ id: 1, missed: 0, ...fit }] });
    expect(frames[2][0]).toMatchObject({ id: 1, kind: "miss", missed: 2, ends: "age" });
    expect(frames[2][1]).toMatchObject({ id: 2, kind: "match", by: "overlap", missed: 0, iou: 1 });
  });

  it("tell another class", () => {
    const tracker = new Sort({ classGroups: [] });
    const [, [, start]] = follow(tracker, [[person(0)], [person(0, 1)]]);
    expect(start).toMatchObject({ kind: "start", rivals: [{ id: 1, iou: 1, refused: ["class"] }] });
  });

  it("tell which detection a track took instead, and the runner-up", () => {
    const [, [match, start]] = follow(new Sort(), [[person(0)], [person(0), person(10)]]);
    const rival = { iou: expect.closeTo(2 / 3, 9), refused: [] };
    expect(match).toMatchObject({ id: 1, detection: 0, rivals: [{ detection: 1, by: 2, ...rival }] });
    expect(start).toMatchObject({ id: 2, rivals: [{ id: 1, detection: 0, ...rival }] });
  });

  it("of DeepSort tell stage, confirmation, and the end of what was never confirmed", () => {
    const still = [person(0)];
    const frames = follow(new DeepSort(), [still, still, still, still, [], still, [person(500)], []]);
    expect(frames.slice(0, 7).map(([d]) => [d.kind, "by" in d ? d.by : undefined, d.confirms])).toEqual([
      ["start", undefined, undefined],
      ["match", "overlap", undefined],
      ["match", "overlap", true],
      ["match", "motion", undefined],
      ["miss", undefined, undefined],
      ["match", "motion", undefined],
      ["miss", undefined, undefined],
    ]);
    expect(frames[5][0]).toMatchObject({ missed: 1, motion: expect.closeTo(0, 3) });
    expect(frames[6][1]).toMatchObject({ id: 2, kind: "start", rivals: [] });
    expect(frames[7][1]).toMatchObject({ id: 2, kind: "miss", missed: 1, ends: "unconfirmed" });
  });

  it("of DeepSort tell the cosine distance that was too large, and the gate that was too far", () => {
    const a = [1, 0];
    const b = [0.6, 0.8];
    const still = [person(0)];
    const tracker = new DeepSort({ maxAge: 3 });
    const frames = follow(
      tracker,
      [still, still, still, still, [], still, [person(85)], [person(85)]],
      [[a], [a], [a], [a], [], [b], [b], [b]],
    );
    expect(frames[3][0]).toMatchObject({ by: "appearance", cosine: expect.closeTo(0, 6) });
    expect(frames[5][0]).toMatchObject({
      kind: "miss",
      missed: 2,
      rivals: [{ detection: 0, by: 2, cosine: expect.closeTo(0.4, 6), refused: ["cosine"] }],
    });
    expect(frames[5][1]).toMatchObject({
      kind: "start",
      rivals: [{ id: 1, missed: 1, refused: ["cosine"] }],
    });
    const [gone] = frames[6];
    expect(gone.rivals[0]).toMatchObject({ iou: 0, refused: ["gate", "cosine"] });
    expect(gone.rivals[0].motion).toBeGreaterThan(tracker.limits.gate!);
    // In its last frame it is not compared any more.
    expect(frames[7][0]).toMatchObject({ id: 1, ends: "age", missed: 4 });
    expect(frames[7][0].rivals.every(({ refused }) => refused[0] === "age")).toBe(true);
  });

  it("go with limits that say what was too large", () => {
    expect(new Sort().limits).toEqual({ iou: 0.3, maxAge: 1, confirm: 3 });
    expect(new DeepSort({ maxCosineDistance: 0.1 }).limits).toEqual({
      iou: expect.closeTo(0.3, 9),
      gate: 9.4877,
      cosine: 0.1,
      maxAge: 30,
      confirm: 3,
    });
  });
});
