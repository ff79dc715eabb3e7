/**
 * Our trackers against the reference implementations: on a made-up sequence that lies in the repository, and on
 * real detections where the reference material is at hand.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DeepSort } from "../../src/track/deepsort.js";
import { Sort, type SortOptions } from "../../src/track/sort.js";
import type { Detections, Embeddings, Track } from "../../src/types.js";
import { readNpy } from "./_npy.js";
import {
  detections,
  differences,
  expectedOutput,
  hasReference,
  motFrames,
  numbers,
  reference,
  run,
  sequenceLength,
} from "./_reference.js";

type Rows = readonly (readonly number[])[];

const sequence: Record<"detections" | "sort" | "deepsort" | "deepsort-age5", readonly Rows[]> = JSON.parse(
  readFileSync(new URL("../golden/tracking/sequence.json", import.meta.url), "utf8"),
);

function frames(): Detections[] {
  return sequence.detections.map((rows) =>
    detections(rows.map(([, x, y, w, h, score]) => [x, y, x + w, y + h, score])),
  );
}

function embeddings(rows: Rows): Embeddings {
  return { count: rows.length, dim: 8, data: Float32Array.from(rows.flatMap((r) => unit(r.slice(6)))) };
}

function unit(v: readonly number[]): number[] {
  const norm = Math.hypot(...v);
  return v.map((x) => x / norm);
}

/** Ids exact, boxes to the four decimals written. */
function expectRows(tracks: readonly Track[], rows: Rows, asSize: boolean): void {
  expect(tracks.map((t) => t.id)).toEqual(rows.map((r) => r[0]));
  tracks.forEach(({ box: [x1, y1, x2, y2] }, k) => {
    const numbers = asSize ? [x1, y1, x2 - x1, y2 - y1] : [x1, y1, x2, y2];
    numbers.forEach((v, n) => {
      expect(v).toBeCloseTo(rows[k][n + 1], 3);
    });
  });
}

describe("the golden sequence", () => {
  it("has the ids and boxes of the reference SORT", () => {
    const tracker = new Sort();
    frames().forEach((d, t) => {
      expectRows(tracker.update(d), sequence.sort[t], false);
    });
  });

  it.each([
    ["deepsort", 30],
    ["deepsort-age5", 5],
  ] as const)("has the ids and boxes of the reference DeepSORT (%s)", (key, maxAge) => {
    const tracker = new DeepSort({ maxAge });
    frames().forEach((d, t) => {
      expectRows(
        tracker.update(d, { embeddings: embeddings(sequence.detections[t]) }),
        sequence[key][t],
        true,
      );
    });
  });
});

/** Reference output, detections, options. Every sequence is equal; no tie had to be excepted. */
const sets: readonly (readonly [golden: string, truth: string, options: SortOptions])[] = [
  ["MOT15/sort", "MOT15/train", {}],
  ["MOT15/sort-age30", "MOT15/train", { maxAge: 30 }],
  ["MOT17-FRCNN/sort", "MOT17/train", {}],
  ["MOT17-val-half/sort-c06", "MOT17-val-half", { minScore: 0.6 }],
];

describe.skipIf(!hasReference("data/golden-tracks"))("on real detections", () => {
  for (const [golden, truth, options] of sets) {
    it(`Sort equals the reference on ${golden}`, () => {
      const files = readdirSync(reference(`data/golden-tracks/${golden}`)).filter((f) => f.endsWith(".txt"));
      expect(files.length).toBeGreaterThan(0);
      for (const file of files) {
        const folder = `data/${truth}/${file.slice(0, -4)}`;
        const length = sequenceLength(`${folder}/seqinfo.ini`);
        const output = run(new Sort(options), motFrames(numbers(`${folder}/det/det.txt`), length));
        const expected = expectedOutput(numbers(`data/golden-tracks/${golden}/${file}`), length);
        expect(differences(expected, output), file).toEqual([]);
      }
    });
  }

  // The reference was run here with max_age 2 on PointRCNN's boxes: cars from score 3, pedestrians from 1.
  it.each([
    ["Car", 3],
    ["Pedestrian", 1],
  ] as const)("Sort equals the reference on KITTI, %s", (name, minScore) => {
    const files = readdirSync(reference("data/golden-tracks/KITTI/sort")).filter((f) => /^\d+\.txt$/.test(f));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const found = numbers(`data/KITTI/det/${name}-${file}`);
      const rows = readFileSync(reference(`data/golden-tracks/KITTI/sort/${file}`), "utf8")
        .split("\n")
        .map((line) => line.split(" "))
        .filter((fields) => fields[2] === name)
        .map((f) => [Number(f[0]) + 1, Number(f[1]), ...f.slice(6, 10).map(Number)]);
      const length = Math.max(...found.map((r) => r[0] + 1), ...rows.map((r) => r[0]));
      const lists: number[][][] = Array.from({ length }, () => []);
      for (const r of found) lists[r[0]].push(r.slice(2, 7));
      const tracker = new Sort({ minScore, maxAge: 2 });
      const output = lists.map((list) =>
        tracker.update(detections(list)).map((t) => [t.id, ...t.box.map((v) => v.toFixed(2))] as const),
      );
      expect(differences(expectedOutput(rows, length), output), file).toEqual([]);
    }
  });

  it.each(["MOT17-09-FRCNN", "MOT17-09-SDP"])(
    "DeepSort equals the reference on %s, given its features",
    (name) => {
      const length = 525;
      const { rows, cols, data } = readNpy(reference(`data/features-mars128/${name}.npy`));
      const found: number[][][] = Array.from({ length }, () => []);
      const vectors: number[][] = Array.from({ length }, () => []);
      for (let row = 0; row < rows; row++) {
        const [frame, , x, y, w, h, score, ...vector] = data.subarray(row * cols, (row + 1) * cols);
        found[frame - 1].push([x, y, x + w, y + h, score]);
        vectors[frame - 1].push(...unit(vector.map(Math.fround)));
      }
      const tracker = new DeepSort();
      const output = run(
        tracker,
        found.map((list) => detections(list)),
        vectors.map((v) => ({ count: v.length / 128, dim: 128, data: Float32Array.from(v) })),
      );
      const expected = expectedOutput(numbers(`data/golden-tracks/MOT17-FRCNN/deepsort/${name}.txt`), length);
      expect(differences(expected, output)).toEqual([]);
    },
  );
});
