import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { solveLikeOfficial } from "../../src/eval/_ties.js";
import * as clear from "../../src/eval/clear.js";
import * as hota from "../../src/eval/hota.js";
import * as identity from "../../src/eval/identity.js";
import { parseMot } from "../../src/eval/mot.js";
import { custom } from "../../src/eval/rules/custom.js";

interface Golden {
  readonly seed: number;
  readonly truth: string;
  readonly results: string;
  readonly expected: {
    readonly tp: number[];
    readonly assA: number[];
    readonly locA: number[];
    readonly clear: Record<string, number>;
    readonly similarity: number;
    readonly idtp: number;
  };
}

const cases: Golden[] = JSON.parse(readFileSync(join(import.meta.dirname, "golden/ties.json"), "utf8"));

describe("equally good matchings", () => {
  it.each(cases)("take the choice of the official evaluator (seed $seed)", ({ truth, results, expected }) => {
    const sequence = custom.prepare(
      "ties",
      parseMot(truth, "gt.txt", { kind: "truth", length: 12 }),
      parseMot(results, "results.txt", { length: 12 }),
      "object",
    );
    expect(clear.count(sequence)).toMatchObject(expected.clear);
    expect(clear.count(sequence).similarity).toBeCloseTo(expected.similarity, 9);
    expect(identity.count(sequence).idtp).toBe(expected.idtp);
    const counts = hota.count(sequence);
    expect([...counts.tp]).toEqual(expected.tp);
    const { assA, locA } = hota.score(counts).perAlpha;
    expected.assA.forEach((x, a) => {
      expect(assA[a]).toBeCloseTo(x, 11);
    });
    expected.locA.forEach((x, a) => {
      expect(locA[a]).toBeCloseTo(x, 11);
    });
  });

  it("are the diagonal when all costs are equal, whatever the shape", () => {
    expect([...solveLikeOfficial(new Float64Array(6), 2, 3)]).toEqual([0, 1]);
    expect([...solveLikeOfficial(new Float64Array(6), 3, 2)]).toEqual([0, 1, -1]);
    expect([...solveLikeOfficial(new Float64Array(0), 0, 3)]).toEqual([]);
  });
});
