import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nms, usualNms } from "../../src/detect/_nms.js";
import { detr } from "../../src/detect/detr.js";
import { fasterRcnn } from "../../src/detect/faster-rcnn.js";
import { nanodet } from "../../src/detect/nanodet.js";
import { ssd } from "../../src/detect/ssd.js";
import { yolox } from "../../src/detect/yolox.js";
import type { Fit } from "../../src/image/index.js";
import { createRuntime, type Runtime, type Tensor } from "../../src/onnx/index.js";
import type { Detections } from "../../src/types.js";
import { random } from "../_random.js";
import { detrRows, nanodetRows, type Row, rcnnRows, ssdAnchors, ssdRows, yoloxRows } from "./_oracle.js";
import { floats, read, type Scene } from "./_read.js";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createRuntime({ threads: 1 });
});
afterAll(() => runtime.close());

const labelsOf = (...values: number[]): Tensor<"int64"> => ({
  type: "int64",
  dims: [values.length],
  data: BigInt64Array.from(values, BigInt),
});

const inputOf = (width: number, height: number, scale = 1): Fit => ({
  sourceWidth: width * scale,
  sourceHeight: height * scale,
  width,
  height,
  innerWidth: width,
  innerHeight: height,
});

function expectRows(found: Detections, rows: readonly (readonly [...box: number[]])[], digits = 4): void {
  expect(found.count).toBe(rows.length);
  rows.forEach((row, i) => {
    const got = [...found.boxes.subarray(4 * i, 4 * i + 4), found.scores[i]!, found.classes[i]!];
    row.forEach((value, k) => {
      expect(got[k]).toBeCloseTo(value, digits);
    });
  });
}

describe("nanodet", () => {
  it("takes the expected distance of each side from the cell's middle", async () => {
    // One level of 2 x 2 cells of 8 pixels, 2 classes, distances of 0 or 1 cell; cell (1, 0) speaks.
    const distances = new Float32Array(4 * 4 * 2);
    const sure = 50;
    // Left: 1 cell for sure; top: half a cell; right: none; bottom: 1 cell.
    distances.set([0, sure, 0, 0, sure, 0, 0, sure], 8);
    const found = await read(runtime, {
      contract: nanodet,
      outputs: { s: floats([0, 0, 0.2, 0.9, 0, 0, 0, 0], 1, 4, 2), d: floats(distances, 1, 4, 8) },
      classes: 2,
      options: { strides: [8], regMax: 1 },
      fit: inputOf(16, 16, 3),
      minScore: 0.5,
    });
    expectRows(found, [[4 * 3, 0, 12 * 3, 12 * 3, 0.9, 1]]);
  });

  it("is not troubled by large logits", async () => {
    const distances = Array.from({ length: 8 }, (_, i) => (i % 2 ? 1000 : -1000));
    const found = await read(runtime, {
      contract: nanodet,
      outputs: { s: floats([0.9], 1, 1, 1), d: floats(distances, 1, 1, 8) },
      classes: 1,
      options: { strides: [8], regMax: 1 },
      fit: inputOf(8, 8),
      minScore: 0.5,
    });
    expectRows(found, [[0, 0, 8, 8, 0.9, 0]]);
  });
});

describe("yolox", () => {
  it("reads centre and size in cells, and multiplies objectness and class", async () => {
    const rows = new Float32Array(5 * 7);
    // The second cell of the first level (2 x 2 of 8 pixels), then the one cell of the second.
    rows.set([0.5, 0.25, Math.log(0.5), 0, 0.8, 0.1, 0.5], 7);
    rows.set([0.5, 0.5, 0, 0, 0.9, 1, 0], 4 * 7);
    const found = await read(runtime, {
      contract: yolox,
      outputs: { rows: floats(rows, 1, 5, 7) },
      classes: 2,
      options: { strides: [8, 16] },
      fit: inputOf(16, 16),
      minScore: 0.3,
    });
    expectRows(found, [
      [0, 0, 16, 16, 0.9, 0],
      [10, 0, 14, 6, 0.4, 1],
    ]);
  });
});

describe("ssd", () => {
  /** One anchor speaks, all others are silent. */
  const one = (
    anchor: number,
    size: number,
    deltas: readonly number[],
    scores: readonly number[],
    options: object,
  ) => {
    const count = ssdAnchors(size, size).length / 4;
    const boxes = new Float32Array(4 * count);
    const all = new Float32Array(count * scores.length).fill(-9);
    boxes.set(deltas, 4 * anchor);
    all.set(scores, anchor * scores.length);
    return read(runtime, {
      contract: ssd,
      outputs: { boxes: floats(boxes, 1, count, 4), scores: floats(all, 1, count, scores.length) },
      classes: scores.length,
      options: { scores: "probabilities", ...options },
      fit: inputOf(size, size),
      minScore: 0.5,
    });
  };

  it("has the anchors of the TensorFlow models", async () => {
    expect(ssdAnchors(300, 300).length / 4).toBe(1917);
    // As y1, x1, y2, x2 in parts of the input: read off the model's own table.
    const expected: readonly (readonly [number, readonly number[]])[] = [
      [0, [-0.02368421, -0.02368421, 0.07631579, 0.07631579]],
      [1, [-0.04439469, -0.11510557, 0.09702647, 0.16773716]],
      [2, [-0.11510557, -0.04439469, 0.16773716, 0.09702647]],
      [3, [-0.02368421, 0.02894737, 0.07631579, 0.12894736]],
      [1911, [0.025, 0.025, 0.975, 0.975]],
      [1915, [-0.32276523, 0.22577232, 1.32276523, 0.77422768]],
      [1916, [0.01266029, 0.01266029, 0.98733971, 0.98733971]],
    ];
    for (const [i, box] of expected) {
      const [y1, x1, y2, x2] = box.map((v) => 300 * Math.min(1, Math.max(0, v)));
      expectRows(await one(i, 300, [0, 0, 0, 0], [0.9], {}), [[x1!, y1!, x2!, y2!, 0.9, 0]], 3);
    }
  });

  it("keeps their size in pixels when the input grows", async () => {
    expectRows(
      await one(41, 640, [0, 0, 0, 0], [0.9], {}),
      [[16 * 13 + 8 - 21.2132, 0, 16 * 13 + 8 + 21.2132, 8 + 42.4264, 0.9, 0]],
      3,
    );
  });

  it("moves and scales the anchor", async () => {
    // The first anchor of the second cell: 30 x 30 around (24 * 300 / 304, 8 * 300 / 304).
    const [x, y] = [(1.5 * 300) / 19, (0.5 * 300) / 19];
    const found = await one(3, 300, [10, 5, 0, 5 * Math.log(2)], [0.99, 0.1, 0.7], { background: 0 });
    expectRows(found, [[x + 15 - 30, y + 30 - 15, x + 15 + 30, y + 30 + 15, 0.7, 2]], 3);
  });

  it("puts logits through the sigmoid", async () => {
    const found = await one(3, 300, [0, 0, 0, 0], [0, -1], { scores: "logits" });
    expect([...found.scores]).toEqual([0.5]);
    expect([...found.classes]).toEqual([0]);
  });
});

describe("faster-rcnn", () => {
  it("takes the rows as they are, scaled back to the picture", async () => {
    const found = await read(runtime, {
      contract: fasterRcnn,
      outputs: {
        boxes: floats([10, 10, 50, 90, 0, 0, 9, 9, 20, 20, 70, 70], 3, 4),
        labels: labelsOf(1, 1, 0),
        scores: floats([0.6, 0.2, 0.9], 3),
      },
      classes: 2,
      options: { background: 0 },
      fit: { ...inputOf(128, 128), sourceWidth: 200, sourceHeight: 200, innerWidth: 100, innerHeight: 100 },
      minScore: 0.3,
    });
    expectRows(found, [[20, 20, 100, 180, 0.6, 1]]);
  });

  it("takes none", async () => {
    const none = await read(runtime, {
      contract: fasterRcnn,
      outputs: { boxes: floats([], 0, 4), labels: labelsOf(), scores: floats([], 0) },
      classes: 1,
      fit: inputOf(64, 64),
      minScore: 0,
    });
    expect(none.count).toBe(0);
  });
});

describe("detr", () => {
  const detrOf = (
    logits: readonly number[],
    boxes: readonly number[],
    classes: number,
    rest: Pick<Scene, "fit" | "options">,
  ) =>
    read(runtime, {
      contract: detr,
      outputs: {
        logits: floats(logits, 1, logits.length / classes, classes),
        pred_boxes: floats(boxes, 1, boxes.length / 4, 4),
      },
      classes,
      minScore: 0.5,
      ...rest,
    });

  it("reads centre and size as parts of the input, one object per query, nothing suppressed", async () => {
    const box = [0.5, 0.5, 0.5, 0.25];
    const logits = [0, 2, 1, 5, -9, -9, -9, -9, -9, -9, 3, -9];
    const found = await detrOf(logits, [...box, ...box, ...box, ...box], 3, { fit: inputOf(100, 200, 2) });
    const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
    expectRows(found, [
      [50, 150, 150, 250, sigmoid(5), 0],
      [50, 150, 150, 250, sigmoid(3), 1],
      [50, 150, 150, 250, sigmoid(2), 1],
    ]);
  });

  it("passes the background over", async () => {
    const found = await detrOf([5, 1], [0.5, 0.5, 1, 1], 2, {
      fit: inputOf(10, 10),
      options: { background: 0 },
    });
    expect([...found.classes]).toEqual([1]);
  });
});

describe("every box", () => {
  const at = (...box: number[]) =>
    read(runtime, {
      contract: fasterRcnn,
      outputs: { boxes: floats(box, 1, 4), labels: labelsOf(0), scores: floats([1], 1) },
      classes: 1,
      fit: inputOf(100, 100),
      minScore: 0,
    });

  it("is clipped to the picture", async () => {
    expectRows(await at(-20, 30, 250, 130), [[0, 30, 100, 100, 1, 0]]);
  });

  it("is dropped where nothing of it is left, or less than a pixel", async () => {
    for (const box of [
      [-20, -20, -5, -5],
      [120, 0, 140, 50],
      [50, 50, 40, 60],
      [50, 50, 50.5, 60],
    ])
      expect((await at(...box)).count).toBe(0);
  });

  it("is refused where the model puts out no number", async () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY])
      await expect(at(value, 0, 10, 10)).rejects.toThrow(
        'Cannot use model "some.onnx": its output "boxes" is not finite (NaN or infinity)',
      );
  });
});

describe("all contracts", () => {
  const next = random(11);
  const numbers = (count: number, low: number, high: number): Float32Array =>
    Float32Array.from({ length: count }, () => low + (high - low) * next());
  /** A picture of 150 x 100 in a tensor of 96 x 64. */
  const fit: Fit = { ...inputOf(96, 64), sourceWidth: 150, sourceHeight: 100 };
  const letterbox: Fit = {
    ...inputOf(96, 96),
    sourceWidth: 150,
    sourceHeight: 100,
    innerWidth: 96,
    innerHeight: 64,
  };

  interface Case {
    readonly scene: Omit<Scene, "minScore">;
    readonly rows: (minScore: number) => Row[];
  }
  const cases: Readonly<Record<string, () => Case>> = {
    nanodet() {
      const levels = [8, 16, 32].map((stride) => {
        const cells = Math.ceil(96 / stride) * Math.ceil(64 / stride);
        return { stride, scores: numbers(cells * 5, 0, 1), distances: numbers(cells * 44, -4, 4) };
      });
      const outputs = Object.fromEntries([
        ...levels.map((l) => [`s${l.stride}`, floats(l.scores, 1, l.scores.length / 5, 5)]),
        ...levels.map((l) => [`d${l.stride}`, floats(l.distances, 1, l.scores.length / 5, 44)]),
      ]);
      return {
        scene: { contract: nanodet, outputs, classes: 5, fit },
        rows: (min) => nanodetRows(levels, 5, 11, fit, min),
      };
    },
    yolox() {
      const cells = 144 + 36 + 9;
      const data = numbers(cells * 12, 0, 1);
      return {
        scene: { contract: yolox, outputs: { rows: floats(data, 1, cells, 12) }, classes: 7, fit: letterbox },
        rows: (min) => yoloxRows(data, 7, [8, 16, 32], letterbox, min),
      };
    },
    ...Object.fromEntries(
      (
        [
          ["ssd", "probabilities", undefined],
          ["ssd with logits and background", "logits", 2],
        ] as const
      ).map(([name, scores, background]) => [
        name,
        (): Case => {
          const count = ssdAnchors(96, 64).length / 4;
          const low = scores === "logits" ? -4 : 0;
          const [s, b] = [numbers(count * 6, low, 1), numbers(count * 4, -3, 3)];
          return {
            scene: {
              contract: ssd,
              outputs: { boxes: floats(b, 1, count, 4), scores: floats(s, 1, count, 6) },
              classes: 6,
              options: { scores, background },
              fit,
            },
            rows: (min) => ssdRows(s, b, 6, scores === "logits", background, fit, min),
          };
        },
      ]),
    ),
    detr() {
      const [l, b] = [numbers(100 * 3, -4, 2), numbers(400, 0, 1)];
      return {
        scene: {
          contract: detr,
          outputs: { logits: floats(l, 1, 100, 3), boxes: floats(b, 1, 100, 4) },
          classes: 3,
          options: { background: 1 },
          fit,
        },
        rows: (min) => detrRows(l, b, 3, 1, fit, min),
      };
    },
    "faster-rcnn"() {
      const [b, s] = [numbers(400, -10, 110), numbers(100, 0, 1)];
      const labels = Array.from({ length: 100 }, () => Math.floor(4 * next()));
      return {
        scene: {
          contract: fasterRcnn,
          outputs: { boxes: floats(b, 100, 4), labels: labelsOf(...labels), scores: floats(s, 100) },
          classes: 4,
          options: { background: 0 },
          fit: letterbox,
        },
        rows: (min) => rcnnRows(b, BigInt64Array.from(labels, BigInt), s, 0, letterbox, min),
      };
    },
  };

  it.each(Object.keys(cases))(
    "%s says what a loop over its rows says, in every version of ONNX",
    async (name) => {
      const { scene, rows } = cases[name]!();
      for (const [opset, minScore] of [
        [11, 0.3],
        [13, 0.6],
        [18, 0],
        [18, 0.9],
        [21, 0.3],
        [18, 1],
      ] as const) {
        const all = rows(minScore);
        const kept = nms(
          Float64Array.from(all.flatMap((row) => row.slice(0, 4))),
          Float64Array.from(all, (row) => row[4]),
          Int32Array.from(all, (row) => row[5]),
          all.length,
          scene.contract === detr ? undefined : usualNms,
        );
        const found = await read(runtime, { ...scene, minScore, opset });
        expectRows(
          found,
          kept.map((i) => all[i]!),
          9,
        );
        if (minScore < 0.5) expect(found.count).toBeGreaterThan(5);
      }
    },
  );
});
