import { describe, expect, it } from "vitest";
import { FILLED, livesOf, SEEN } from "../../src/report/lives.js";
import { framesOfRows, identitiesOf, type Run, toRun } from "../../src/report/run.js";
import { random } from "../_random.js";
import { scene, walk } from "./_scene.js";

const lives = (run: Run) => livesOf(run, identitiesOf(run), framesOfRows(run));

describe("lives", () => {
  it("have stretches that are seen or filled in, and gaps between them", () => {
    const at = walk([100, 300], [900, 300], 10, 60);
    const found = lives(
      scene(
        [
          {
            id: 7,
            at: (frame) => (frame >= 30 && frame < 40 ? undefined : at(frame)),
            isFilled: (frame) => frame >= 50 && frame < 55,
          },
        ],
        100,
      ),
    );
    expect([...found.id]).toEqual([7]);
    expect([found.first[0], found.last[0], found.gaps[0]]).toEqual([10, 60, 1]);
    expect([found.seen[0], found.filled[0]]).toEqual([36, 5]);
    expect([...found.from]).toEqual([10, 40, 50, 55]);
    expect([...found.to]).toEqual([29, 49, 54, 60]);
    expect([...found.kind]).toEqual([SEEN, SEEN, FILLED, SEEN]);
  });

  it("go as far as their feet, whatever the jitter of the boxes", () => {
    const next = random(4);
    const jitter = () => (next() - 0.5) * 4;
    const walks = walk([100, 300], [900, 300], 0, 499);
    const found = lives(
      scene(
        [
          { id: 1, at: () => [300 + jitter(), 200 + jitter()] },
          { id: 2, at: (frame) => walks(frame)!.map((value) => value + jitter()) as [number, number] },
        ],
        500,
      ),
    );
    expect(found.path[0]).toBeLessThan(20);
    expect(found.path[1]).toBeGreaterThan(780);
    expect(found.path[1]).toBeLessThan(850);
  });

  it("are of the class of most of their boxes", () => {
    const still = () => [500, 300] as const;
    const found = lives(
      scene(
        [
          { id: 1, at: still, class: (frame) => (frame < 10 ? 1 : 0) },
          { id: 2, at: still, class: (frame) => (frame % 2 === 0 ? 1 : 0) },
        ],
        40,
      ),
    );
    expect([...found.class]).toEqual([0, 1]);
  });

  it("say where a part was joined, once for each part", () => {
    const found = lives(
      scene(
        [
          {
            id: 1,
            at: walk([100, 300], [900, 300], 0, 99),
            isFilled: (frame) => frame >= 60 && frame < 65,
            joined: (frame) =>
              frame >= 30 && !(frame >= 60 && frame < 65) ? (frame < 70 ? 4 : 9) : undefined,
          },
        ],
        100,
      ),
    );
    expect(found.joins).toEqual([
      { id: 1, frame: 30, before: 4 },
      { id: 1, frame: 70, before: 9 },
    ]);
  });

  it("are none in a run without tracks", () => {
    const found = lives(scene([], 10));
    expect([found.id.length, found.from.length, found.joins.length]).toEqual([0, 0, 0]);
  });
});

describe("tracks of a file that knows of no detections", () => {
  it("are all seen", () => {
    const tracks = [{ id: 1, box: [0, 0, 10, 10], score: 1, class: 0, detection: -1 }] as const;
    const run = toRun({ input: "", width: 0, height: 0, labels: [], isTimed: false }, [
      { index: 0, time: 0, tracks },
    ]);
    expect([...run.flags]).toEqual([0]);
  });
});
