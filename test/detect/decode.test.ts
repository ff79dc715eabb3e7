import { describe, expect, it } from "vitest";
import { decode as decodeDetr } from "../../src/detect/detr.js";
import { decode as decodeRcnn } from "../../src/detect/faster-rcnn.js";
import { decode as decodeNanodet } from "../../src/detect/nanodet.js";
import { anchorsFor, decode as decodeSsd } from "../../src/detect/ssd.js";
import { decode as decodeYolox } from "../../src/detect/yolox.js";
import type { Fit } from "../../src/image/index.js";
import type { Detections } from "../../src/types.js";

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
  it("takes the expected distance of each side from the cell's middle", () => {
    // One level of 2 x 2 cells of 8 pixels, 2 classes, distances of 0 or 1 cell; cell (1, 0) speaks.
    const scores = Float32Array.from([0, 0, 0.2, 0.9, 0, 0, 0, 0]);
    const distances = new Float32Array(4 * 4 * 2);
    const sure = 50;
    // Left: 1 cell for sure; top: half a cell; right: none; bottom: 1 cell.
    distances.set([0, sure, 0, 0, sure, 0, 0, sure], 8);
    const found = decodeNanodet([{ stride: 8, scores, distances }], 2, 2, inputOf(16, 16, 3), {
      minScore: 0.5,
    });
    expectRows(found, [[4 * 3, 0, 12 * 3, 12 * 3, 0.9, 1]]);
  });

  it("is not troubled by large logits", () => {
    const distances = Float32Array.from({ length: 8 }, (_, i) => (i % 2 ? 1000 : -1000));
    const level = { stride: 8, scores: Float32Array.of(0.9), distances };
    const found = decodeNanodet([level], 1, 2, inputOf(8, 8), { minScore: 0.5 });
    expectRows(found, [[0, 0, 8, 8, 0.9, 0]]);
  });
});

describe("yolox", () => {
  it("reads centre and size in cells, and multiplies objectness and class", () => {
    const rows = new Float32Array(5 * 7);
    // The second cell of the first level (2 x 2 of 8 pixels), then the one cell of the second.
    rows.set([0.5, 0.25, Math.log(0.5), 0, 0.8, 0.1, 0.5], 7);
    rows.set([0.5, 0.5, 0, 0, 0.9, 1, 0], 4 * 7);
    const found = decodeYolox(rows, 2, [8, 16], inputOf(16, 16), { minScore: 0.3 });
    expectRows(found, [
      [0, 0, 16, 16, 0.9, 0],
      [10, 0, 14, 6, 0.4, 1],
    ]);
  });
});

describe("ssd", () => {
  const anchors = {
    size: 300,
    layers: 6,
    minScale: 0.2,
    maxScale: 0.95,
    aspectRatios: [1, 2, 0.5, 3, 0.3333],
  };

  it("has the anchors of the TensorFlow models", () => {
    const all = anchorsFor(300, 300, anchors);
    expect(all.length / 4).toBe(1917);
    // As y1, x1, y2, x2 in parts of the input: read off the model's own table.
    const row = (i: number) => {
      const [x, y, w, h] = all.subarray(4 * i, 4 * i + 4) as unknown as [number, number, number, number];
      return [y - h / 2, x - w / 2, y + h / 2, x + w / 2].map((v) => v / 300);
    };
    const expected: readonly (readonly [number, readonly number[]])[] = [
      [0, [-0.02368421, -0.02368421, 0.07631579, 0.07631579]],
      [1, [-0.04439469, -0.11510557, 0.09702647, 0.16773716]],
      [2, [-0.11510557, -0.04439469, 0.16773716, 0.09702647]],
      [3, [-0.02368421, 0.02894737, 0.07631579, 0.12894736]],
      [1911, [0.025, 0.025, 0.975, 0.975]],
      [1915, [-0.32276523, 0.22577232, 1.32276523, 0.77422768]],
      [1916, [0.01266029, 0.01266029, 0.98733971, 0.98733971]],
    ];
    for (const [i, box] of expected)
      row(i).forEach((v, k) => {
        expect(v).toBeCloseTo(box[k]!, 5);
      });
  });

  it("keeps their size in pixels when the input grows", () => {
    const large = anchorsFor(640, 480, anchors);
    expect(large.length / 4).toBe(3 * 40 * 30 + 6 * (20 * 15 + 10 * 8 + 5 * 4 + 3 * 2 + 2));
    expect([...large.subarray(0, 4)]).toEqual([8, 8, 30, 30]);
  });

  const one = Float64Array.of(50, 40, 20, 10);
  const coder = [10, 10, 5, 5] as [number, number, number, number];

  it("moves and scales the anchor", () => {
    const boxes = Float32Array.of(10, -5, 5 * Math.log(2), 0);
    const found = decodeSsd(
      Float32Array.of(0.99, 0.1, 0.7),
      boxes,
      one,
      { scores: "probabilities", background: 0, boxCoder: coder },
      inputOf(100, 100, 2),
      { minScore: 0.5 },
    );
    // Centre (50 - 10, 40 + 10), 20 x 20.
    expectRows(found, [[60, 80, 100, 120, 0.7, 2]]);
  });

  it("puts logits through the sigmoid", () => {
    const settings = { scores: "logits", background: undefined, boxCoder: coder } as const;
    const found = decodeSsd(Float32Array.of(0, -1), new Float32Array(4), one, settings, inputOf(100, 100), {
      minScore: 0.5,
    });
    expectRows(found, [[40, 35, 60, 45, 0.5, 0]]);
  });
});

describe("faster-rcnn", () => {
  it("takes the rows as they are, scaled back to the picture", () => {
    const found = decodeRcnn(
      Float32Array.of(10, 10, 50, 90, 0, 0, 9, 9, 20, 20, 70, 70),
      BigInt64Array.of(1n, 1n, 0n),
      Float32Array.of(0.6, 0.2, 0.9),
      0,
      { ...inputOf(128, 128), sourceWidth: 200, sourceHeight: 200, innerWidth: 100, innerHeight: 100 },
      { minScore: 0.3 },
    );
    expectRows(found, [[20, 20, 100, 180, 0.6, 1]]);
  });

  it("takes none", () => {
    const none = decodeRcnn(
      new Float32Array(0),
      new BigInt64Array(0),
      new Float32Array(0),
      0,
      inputOf(64, 64),
      {
        minScore: 0,
      },
    );
    expect(none.count).toBe(0);
  });
});

describe("detr", () => {
  it("reads centre and size as parts of the input, one object per query, nothing suppressed", () => {
    const logits = Float32Array.of(0, 2, 1, 5, -9, -9, -9, -9, -9, -9, 3, -9);
    const box = [0.5, 0.5, 0.5, 0.25];
    const found = decodeDetr(
      logits,
      Float32Array.from([...box, ...box, ...box, ...box]),
      undefined,
      inputOf(100, 200, 2),
      { minScore: 0.5 },
    );
    const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
    expectRows(found, [
      [50, 150, 150, 250, sigmoid(5), 0],
      [50, 150, 150, 250, sigmoid(3), 1],
      [50, 150, 150, 250, sigmoid(2), 1],
    ]);
  });

  it("passes the background over", () => {
    const found = decodeDetr(Float32Array.of(5, 1), Float32Array.of(0.5, 0.5, 1, 1), 0, inputOf(10, 10), {
      minScore: 0.5,
    });
    expect([...found.classes]).toEqual([1]);
  });
});

describe("every box", () => {
  const at = (...box: number[]) =>
    decodeRcnn(
      Float32Array.from(box),
      BigInt64Array.of(0n),
      Float32Array.of(1),
      undefined,
      inputOf(100, 100),
      {
        minScore: 0,
      },
    );

  it("is clipped to the picture", () => {
    expectRows(at(-20, 30, 250, 130), [[0, 30, 100, 100, 1, 0]]);
  });

  it("is dropped where nothing of it is left, or less than a pixel", () => {
    for (const box of [
      [-20, -20, -5, -5],
      [120, 0, 140, 50],
      [50, 50, 40, 60],
      [50, 50, 50.5, 60],
      [Number.NaN, 0, 10, 10],
    ])
      expect(at(...box).count).toBe(0);
  });
});
