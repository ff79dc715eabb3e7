import { describe, expect, it } from "vitest";
import * as clear from "../../src/eval/clear.js";
import { events } from "../../src/eval/events.js";
import { type Row, random, sequenceOf, square } from "./_make.js";

describe("events", () => {
  it("lists misses, false positives and switches with frame, identities and boxes", () => {
    const truth = [square(1, 4, 0), square(2, 4, 0), square(3, 4, 0)];
    const results = [square(1, 7, 0), square(2, 7, 6), square(3, 8, 0)];
    expect([...events(sequenceOf(truth, results, 3))]).toEqual([
      { kind: "miss", frame: 1, truth: 4, truthBox: [0, 0, 10, 10], similarity: 0.25 },
      { kind: "false-positive", frame: 1, result: 7, resultBox: [6, 0, 16, 10], similarity: 0.25 },
      {
        kind: "switch",
        frame: 2,
        truth: 4,
        result: 8,
        previous: 7,
        truthBox: [0, 0, 10, 10],
        resultBox: [0, 0, 10, 10],
        similarity: 1,
      },
    ]);
  });

  it("are as many as the scores say", () => {
    const next = random(8);
    const rows = (): Row[] =>
      Array.from({ length: 40 }, (_, f) => f + 1).flatMap((f) =>
        [1, 2, 3, 4, 5]
          .filter(() => next() < 0.8)
          .map((id) => square(f, next() < 0.95 ? id : id + 10, id * 7 + next() * 5)),
      );
    const sequence = sequenceOf(rows(), rows(), 40);
    const list = [...events(sequence)];
    const of = (kind: string): number => list.filter((e) => e.kind === kind).length;
    const counts = clear.count(sequence);
    expect([of("miss"), of("false-positive"), of("switch")]).toEqual([counts.fn, counts.fp, counts.idsw]);
    expect(counts.idsw).toBeGreaterThan(0);
    expect(list.map((e) => e.frame)).toEqual(list.map((e) => e.frame).sort((a, b) => a - b));
  });
});
