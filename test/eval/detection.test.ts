import { describe, expect, it } from "vitest";
import * as detection from "../../src/eval/detection.js";
import { parseMot } from "../../src/eval/mot.js";
import { custom } from "../../src/eval/rules/custom.js";
import { type Row, truthOf } from "./_make.js";

const count = (truth: readonly Row[], detections: readonly Row[], length = 1) =>
  detection.count(
    custom.prepare(
      "s",
      truthOf(truth, length),
      parseMot(detections.map((r) => r.join(",")).join("\n"), "det.txt", { kind: "detections", length }),
      "object",
    ),
  );
const truth = (frame: number, id: number, x: number): Row => [frame, id, x, 0, 10, 10, 1];
const found = (frame: number, x: number, score: number, width = 10): Row => [
  frame,
  -1,
  x,
  0,
  width,
  10,
  score,
];

describe("average precision", () => {
  it("is 1 when every object is found and nothing else", () => {
    const s = detection.score(
      count([truth(1, 1, 0), truth(1, 2, 50)], [found(1, 0, 0.4), found(1, 50, 0.9)]),
    );
    expect(s).toMatchObject({ ap50: 1, ap75: 1, ap: 1, recall: 1, precision: 1 });
    expect(s.bestF1).toEqual({ score: 0.4, precision: 1, recall: 1, f1: 1 });
    expect(s.curve).toEqual([
      { score: 0.9, precision: 1, recall: 0.5 },
      { score: 0.4, precision: 1, recall: 1 },
    ]);
  });

  it("interpolates at 101 recall points", () => {
    // Right, wrong, right: recall 0.5 at precision 1, recall 1 at precision 2/3.
    const detections = [found(1, 0, 0.9), found(1, 200, 0.8), found(1, 50, 0.7)];
    const { ap50 } = detection.score(count([truth(1, 1, 0), truth(1, 2, 50)], detections));
    expect(ap50).toBeCloseTo((51 * 1 + 50 * (2 / 3)) / 101, 12);
  });

  it("takes a second box on the same object as false", () => {
    const s = detection.score(count([truth(1, 1, 0)], [found(1, 0, 0.9), found(1, 0, 0.8)]));
    expect(s).toMatchObject({ ap50: 1, recall: 1, precision: 0.5 });
  });

  it("falls with the overlap", () => {
    // IoU 0.7: right at 0.50, 0.55, 0.60, 0.65 and, as COCO has it, at 0.70 only if it reaches that threshold.
    const s = detection.score(count([truth(1, 1, 0)], [found(1, 0, 0.9, 7.2)]));
    expect(s.perThreshold).toEqual([1, 1, 1, 1, 1, 0, 0, 0, 0, 0]);
    expect(s.ap).toBeCloseTo(0.5, 12);
  });

  it("orders detections by score over all sequences together", () => {
    const a = count([truth(1, 1, 0)], [found(1, 0, 0.5)]);
    const b = count([truth(1, 1, 0)], [found(1, 90, 0.9)]);
    const { ap50 } = detection.score(detection.add(a, b));
    expect(ap50).toBeCloseTo((51 * 0.5) / 101, 12);
  });

  it("is 0 without truth or without detections", () => {
    expect(detection.score(count([], [found(1, 0, 1)]))).toMatchObject({ ap: 0, recall: 0, precision: 0 });
    expect(detection.score(count([truth(1, 1, 0)], []))).toMatchObject({ ap: 0, recall: 0, curve: [] });
  });

  it("thins a long curve to 101 points and keeps its ends", () => {
    const many = Array.from({ length: 500 }, (_, i) => found(i + 1, 0, i / 500));
    const rows = Array.from({ length: 500 }, (_, i) => truth(i + 1, 1, 0));
    const { curve } = detection.score(count(rows, many, 500));
    expect(curve.length).toBe(101);
    expect([curve[0].score, curve[100].score]).toEqual([0.998, 0]);
  });
});
