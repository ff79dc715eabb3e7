import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { cornerPool } from "../../src/nn/detectors/_corners.js";
import { type CornerMaps, pairCorners, peaks } from "../../src/nn/detectors/_keypoints.js";
import { type Grid, reorganise, yoloDetections } from "../../src/nn/detectors/_yolo.js";
import { scoreTriplets } from "../../src/nn/detectors/centernet.js";
import { buildDetector } from "../../src/nn/detectors/index.js";
import { decodeCells } from "../../src/nn/detectors/yolov1.js";
import { Network, type Tensor, type WeightSource } from "../../src/nn/index.js";
import { random } from "../_random.js";
import { boxSetOf, compareSets, floatsOf, rowsOf, runModel } from "./_detection.js";
import { difference, numbers, sizeOf } from "./_golden.js";

/** The whole networks run only with NETWORKS=all or NETWORKS=name,name: weights of up to 1 GB are made for each. */
const wanted = process.env.NETWORKS;

type Box = readonly [x1: number, y1: number, x2: number, y2: number];

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

function uniform(seed: number, length: number, scale: number): Float32Array {
  const next = random(seed);
  return Float32Array.from({ length }, () => scale * (2 * next() - 1));
}

const seeded: WeightSource = (name, shape, role) => {
  const next = random([...name].reduce((a, c) => a * 31 + c.charCodeAt(0), 7) >>> 0);
  const wide = Math.sqrt(3 / shape.slice(1).reduce((a, b) => a * b, 1));
  const scale = { weight: wide, variance: 0.5 }[role as string] ?? 0.1;
  const offset = role === "variance" ? 1.5 : role === "scale" ? 1 : 0;
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let k = 0; k < data.length; k++) data[k] = offset + scale * (2 * next() - 1);
  return data;
};

function iou(a: Box, b: Box): number {
  const side = (k: 0 | 1) => Math.max(0, Math.min(a[k + 2]!, b[k + 2]!) - Math.max(a[k]!, b[k]!));
  const area = (x: Box) => (x[2] - x[0]) * (x[3] - x[1]);
  const both = side(0) * side(1);
  return both / (area(a) + area(b) - both);
}

/** The detections among boxes with scores for every class, by the definition. */
function choose(
  boxes: readonly Box[],
  scores: readonly (readonly number[])[],
  { minScore, nms, most }: { minScore: number; nms: number; most: number },
  [height, width]: readonly [number, number],
) {
  const clip = (b: Box): Box => [
    Math.min(Math.max(b[0], 0), width),
    Math.min(Math.max(b[1], 0), height),
    Math.min(Math.max(b[2], 0), width),
    Math.min(Math.max(b[3], 0), height),
  ];
  const kept: { box: Box; label: number; score: number }[] = [];
  for (let label = 0; label < scores[0]!.length; label++) {
    const own: Box[] = [];
    const order = boxes
      .map((box, k) => ({ box, score: scores[k]![label]! }))
      .filter(({ box, score }) => {
        const [x1, y1, x2, y2] = clip(box);
        return score > minScore && Math.min(x2 - x1, y2 - y1) >= 0.01;
      })
      .sort((a, b) => b.score - a.score);
    for (const { box, score } of order)
      if (own.every((other) => iou(box, other) <= nms)) {
        own.push(box);
        kept.push({ box, label, score });
      }
  }
  const best = kept.sort((a, b) => b.score - a.score).slice(0, most);
  return {
    boxes: best.map((d) => clip(d.box)),
    labels: best.map((d) => d.label),
    scores: best.map((d) => d.score),
  };
}

function expectSame(
  outputs: Awaited<ReturnType<typeof runModel>>,
  wantedSet: ReturnType<typeof choose>,
): void {
  const { alone, box, score } = compareSets(wantedSet, boxSetOf(outputs));
  expect(wantedSet.boxes.length).toBeGreaterThan(3);
  expect(alone).toBe(0);
  expect(box).toBeLessThan(1e-3);
  expect(score).toBeLessThan(1e-5);
}

function outputDetections(
  g: Network,
  { boxes, labels, scores }: Record<"boxes" | "labels" | "scores", Tensor>,
) {
  g.output("boxes", boxes);
  g.output("labels", labels, "int64");
  g.output("scores", scores);
}

const none: WeightSource = () => new Float32Array();

describe("detectors in one stage", () => {
  it.each<[name: string, options: object, parameters: number, macs?: number]>([
    ["yolo_v1", {}, 271_703_550, 20_285_153_280],
    ["yolo_v2", { size: [416, 416] }, 50_962_889, 14_732_084_224],
    ["yolo_v2", { size: [608, 608] }, 50_962_889, 31_469_126_656],
    ["yolo_v2", { size: [416, 416], classes: 20 }, 50_655_389, 14_680_167_424],
    ["yolo_v3", { size: [416, 416] }, 61_949_149, 32_932_037_632],
    ["yolo_v3_tiny", { size: [416, 416] }, 8_852_366, 2_782_480_896],
    ["yolo_v4", { size: [416, 416] }, 64_363_101, 30_052_385_792],
    ["cornernet_hourglass104", {}, 201_035_212],
    ["centernet_hourglass52", {}, 104_844_152],
    ["centernet_hourglass104", {}, 210_062_960],
    ["fairmot_dla34", {}, 19_836_711],
    ["ssd300_vgg16", { classes: 21 }, 26_285_486],
    ["ssd300_vgg16", {}, 35_641_826],
    ["ssdlite320_mobilenet_v3_large", {}, 3_440_060],
    ["retinanet_resnet50_fpn", {}, 34_014_999],
    ["fcos_resnet50_fpn", {}, 32_269_600],
  ])("%s %o has the published number of parameters and operations", (name, options, parameters, macs) => {
    const net = buildDetector(name, options);
    expect(net.parameterCount).toBe(parameters);
    if (macs !== undefined) expect(net.macs).toBe(macs);
  });

  it.each<[name: string, layer: string, shape: readonly number[], options?: object]>([
    ["yolt", "21.conv", [1, 425, 26, 26], { size: [416, 416] }],
    ["yolo_v2", "30.conv", [1, 425, 13, 13], { size: [416, 416] }],
    ["yolo_v3", "105.conv", [1, 255, 52, 52], { size: [416, 416] }],
    ["yolo_v4", "160.conv", [1, 255, 13, 13], { size: [416, 416] }],
    ["cornernet_hourglass104", "tl_heats.1.1", [1, 80, 128, 128]],
    ["centernet_hourglass104", "ct_regrs.1.1", [1, 2, 128, 128]],
    ["fairmot_dla34", "hm.2", [1, 1, 152, 272]],
    ["fairmot_dla34", "wh.2", [1, 4, 152, 272]],
    ["fairmot_dla34", "reg.2", [1, 2, 152, 272]],
    ["fairmot_dla34", "id.2", [1, 128, 152, 272]],
    ["ssd300_vgg16", "cls_logits", [8732, 91]],
  ])("%s: %s has the shape %o", (name, layer, shape, options) => {
    const net = buildDetector(name, options);
    expect(net.layers.find((l) => l.name === layer)!.shape).toEqual(shape);
  });
});

describe("sizes that a detector cannot take", () => {
  it.each<[name: string, size: readonly [number | string, number | string], message: string]>([
    ["yolo_v1", [416, 416], "its input is 448 x 448"],
    ["yolo_v3", [100, 100], 'Cannot build "86.concat"'],
    ["ssd300_vgg16", ["height", "width"], "its size must be known"],
    ["ssd300_vgg16", [64, 64], "use a larger input"],
    ["cornernet_hourglass104", ["height", "width"], "its size must be known"],
    ["fairmot_dla34", ["height", "width"], "its size must be known"],
  ])("%s refuses %o in one clear line", (name, size, message) => {
    expect(() => buildDetector(name, { size })).toThrow(RangeError);
    expect(() => buildDetector(name, { size })).toThrow(message);
  });
});

describe("YOLO", () => {
  const anchors = [
    [10, 14],
    [37, 20],
  ] as const;
  const classes = 3;

  /** What the papers say about each number of a map, with one score per class. */
  function decode(
    map: Float32Array,
    { anchors: sizes, stride, reach = 1 }: Omit<Grid, "map">,
    rows: number,
    kind: string,
  ) {
    const area = map.length / (sizes.length * (5 + classes));
    const columns = area / rows;
    const boxes: Box[] = [];
    const scores: number[][] = [];
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        for (const [a, [w, h]] of sizes.entries()) {
          const at = (k: number) => map[(a * (5 + classes) + k) * area + row * columns + column]!;
          const centre = (k: number, cell: number) => (cell + 0.5 + reach * (sigmoid(at(k)) - 0.5)) * stride;
          const [x, y] = [centre(0, column), centre(1, row)];
          const [bw, bh] = [w * Math.exp(at(2)), h * Math.exp(at(3))];
          boxes.push([x - bw / 2, y - bh / 2, x + bw / 2, y + bh / 2]);
          const said = Array.from({ length: classes }, (_, k) => at(5 + k));
          const sum = said.reduce((s, v) => s + Math.exp(v), 0);
          scores.push(
            said.map((v) => sigmoid(at(4)) * (kind === "softmax" ? Math.exp(v) / sum : sigmoid(v))),
          );
        }
    return { boxes, scores };
  }

  it.each(["softmax", "sigmoid"] as const)(
    "reads boxes and classes (%s) from maps of several sizes",
    async (kind) => {
      const choice = { minScore: 0.3, nms: 0.45, most: 40 };
      const grids = [
        { stride: 16, anchors, reach: 1.1, rows: 4, columns: 6 },
        { stride: 32, anchors: anchors.map(([w, h]) => [2 * w, 2 * h] as const), rows: 2, columns: 3 },
      ];
      const g = new Network("maps");
      const image = g.input("image", [1, 3, "height", "width"]);
      const maps = grids.map((grid, k) => ({
        ...grid,
        map: g.input(`map${k}`, [1, 2 * (5 + classes), `h${k}`, `w${k}`]),
      }));
      outputDetections(g, yoloDetections(g, image, maps, { ...choice, classes, kind }));
      const data = grids.map(({ rows, columns }, k) => uniform(5 + k, 2 * (5 + classes) * rows * columns, 2));
      const outputs = await runModel(g.encode(none), {
        image: [new Float32Array(3 * 64 * 96), [1, 3, 64, 96]],
        map0: [data[0]!, [1, 16, 4, 6]],
        map1: [data[1]!, [1, 16, 2, 3]],
      });
      const parts = grids.map((grid, k) => decode(data[k]!, grid, grid.rows, kind));
      expectSame(
        outputs,
        choose(
          parts.flatMap((p) => p.boxes),
          parts.flatMap((p) => p.scores),
          choice,
          [64, 96],
        ),
      );
    },
  );

  it("reads version 1's row: classes, confidences, boxes with roots of their sides", async () => {
    const g = new Network("row");
    const { boxes, scores } = decodeCells(g, g.input("row", [1, 49 * (10 + classes)]), classes);
    g.output("boxes", boxes);
    g.output("scores", scores);
    const row = uniform(9, 49 * (10 + classes), 1);
    const outputs = await runModel(g.encode(none), { row: [row, [1, row.length]] });
    const [gotBoxes, gotScores] = [
      rowsOf(floatsOf(outputs.boxes), 4),
      rowsOf(floatsOf(outputs.scores), classes),
    ];
    for (let cell = 0; cell < 49; cell++)
      for (let k = 0; k < 2; k++) {
        const box = 2 * cell + k;
        const confidence = row[49 * classes + box]!;
        const [x, y, w, h] = row.subarray(49 * (classes + 2) + 4 * box) as unknown as [
          number,
          number,
          number,
          number,
        ];
        const [cx, cy] = [64 * ((cell % 7) + x), 64 * (Math.floor(cell / 7) + y)];
        const corners = [cx - 224 * w * w, cy - 224 * h * h, cx + 224 * w * w, cy + 224 * h * h];
        for (const [c, v] of corners.entries()) expect(gotBoxes[box]![c]).toBeCloseTo(v, 3);
        for (let c = 0; c < classes; c++)
          expect(gotScores[box]![c]).toBeCloseTo(confidence * row[cell * classes + c]!, 5);
      }
  });

  it("folds a map as Darknet does, element by element", async () => {
    const g = new Network("reorg");
    g.output("y", reorganise(g, g.input("x", [1, 8, "h", "w"])));
    const [c, h, w] = [8, 4, 6];
    const x = uniform(3, c * h * w, 1);
    const { y } = await runModel(g.encode(none), { x: [x, [1, c, h, w]] });
    expect(y!.dims).toEqual([1, 32, 2, 3]);
    // The input is read as c / 4 maps of 2 h x 2 w; channel k takes every second element from (k / c4 / 2, k / c4 % 2) on.
    const c4 = c / 4;
    for (let k = 0; k < c; k++)
      for (let row = 0; row < h; row++)
        for (let column = 0; column < w; column++) {
          const [part, from] = [k % c4, Math.floor(k / c4)];
          const [row2, column2] = [2 * row + Math.floor(from / 2), 2 * column + (from % 2)];
          const value = x[column2 + 2 * w * (row2 + 2 * h * part)];
          expect(floatsOf(y)[column + w * (row + h * k)]).toBe(value);
        }
  });

  it("runs on sizes that are known only then", async () => {
    const model = buildDetector("yolo_v3_tiny", { minScore: 0.01 }).encode(seeded);
    for (const [height, width] of [
      [64, 96],
      [96, 64],
    ] as const) {
      const input = uniform(4, 3 * height * width, 1);
      const found = boxSetOf(await runModel(model, { input: [input, [1, 3, height, width]] }));
      expect(found.boxes.length).toBeGreaterThan(0);
      for (const [x1, y1, x2, y2] of found.boxes as Box[])
        expect(0 <= x1 && x1 < x2 && x2 <= width && 0 <= y1 && y1 < y2 && y2 <= height).toBe(true);
    }
  });
});

describe("corners", () => {
  it.each(["down", "right", "up", "left"] as const)("are pooled %s from each place on", async (direction) => {
    const [h, w] = [7, 5];
    const g = new Network("pool");
    g.output("y", cornerPool(g, g.input("x", [1, 2, h, w]), direction));
    const x = uniform(1, 2 * h * w, 1);
    const { y } = await runModel(g.encode(none), { x: [x, [1, 2, h, w]] });
    for (let c = 0; c < 2; c++)
      for (let row = 0; row < h; row++)
        for (let column = 0; column < w; column++) {
          const seen: number[] = [];
          let [r, k] = [row, column];
          while (r >= 0 && r < h && k >= 0 && k < w) {
            seen.push(x[(c * h + r) * w + k]!);
            if (direction === "down") r++;
            else if (direction === "up") r--;
            else if (direction === "right") k++;
            else k--;
          }
          expect(floatsOf(y)[(c * h + row) * w + column]).toBe(Math.max(...seen));
        }
  });

  const SIDE = 16;
  const CLASSES = 2;

  /** Maps that are cold but for some points: class, x, y, logit, tag. */
  function planted(
    points: readonly (readonly [label: number, x: number, y: number, logit: number, tag: number])[],
  ) {
    const heat = uniform(2, CLASSES * SIDE * SIDE, 0.5).map((v) => v - 8);
    const tags = new Float32Array(SIDE * SIDE);
    const offsets = new Float32Array(2 * SIDE * SIDE);
    for (const [label, x, y, logit, tag] of points) {
      const place = y * SIDE + x;
      heat[label * SIDE * SIDE + place] = logit;
      tags[place] = tag;
      offsets[place] = 0.25;
      offsets[SIDE * SIDE + place] = 0.75;
    }
    return { heat, tags, offsets };
  }

  const mapsOf = (g: Network, name: string): CornerMaps => ({
    heat: g.input(`${name}.heat`, [1, CLASSES, SIDE, SIDE]),
    tags: g.input(`${name}.tags`, [1, 1, SIDE, SIDE]),
    offsets: g.input(`${name}.offsets`, [1, 2, SIDE, SIDE]),
  });

  const feed = (name: string, { heat, tags, offsets }: ReturnType<typeof planted>) =>
    ({
      [`${name}.heat`]: [heat, [1, CLASSES, SIDE, SIDE]],
      [`${name}.tags`]: [tags, [1, 1, SIDE, SIDE]],
      [`${name}.offsets`]: [offsets, [1, 2, SIDE, SIDE]],
    }) as const;

  const topLeft = planted([
    [0, 1, 2, 3, 1],
    [1, 6, 3, 2, 4],
    [0, 12, 12, 1, 1],
  ]);
  const bottomRight = planted([
    [0, 5, 9, 2, 1.2],
    [1, 11, 8, 1, 4.3],
    [1, 14, 14, 1, 9],
  ]);
  const pairs = [
    { label: 0, score: (sigmoid(3) + sigmoid(2)) / 2, box: [1.25, 2.75, 5.25, 9.75] },
    { label: 1, score: (sigmoid(2) + sigmoid(1)) / 2, box: [6.25, 3.75, 11.25, 8.75] },
  ];

  it("make a box where class and tag agree and the order is right", async () => {
    const g = new Network("pairs");
    const found = pairCorners(g, mapsOf(g, "tl"), mapsOf(g, "br"), { count: 20, most: 30 });
    outputDetections(g, found);
    const outputs = await runModel(g.encode(none), { ...feed("tl", topLeft), ...feed("br", bottomRight) });
    const { boxes, labels, scores } = boxSetOf(outputs);
    // What pairs up beyond the planted corners has a cold one.
    expect(scores.filter((s) => s > 0.6)).toHaveLength(2);
    for (const [k, { label, score, box }] of pairs.entries()) {
      expect(labels[k]).toBe(label);
      expect(scores[k]).toBeCloseTo(score, 5);
      expect(boxes[k]).toEqual(box);
    }
  });

  it("count only around a middle of the same class", async () => {
    const g = new Network("triplets");
    // In pixels of the image, four to a place of the map.
    const image = g.input("image", [1, 3, 4 * SIDE, 4 * SIDE]);
    const found = pairCorners(g, mapsOf(g, "tl"), mapsOf(g, "br"), { count: 20, most: 30 });
    const boxes = g.op("Mul", [found.boxes, g.floats(4)], found.boxes.shape);
    const ct = {
      heat: g.input("ct.heat", [1, CLASSES, SIDE, SIDE]),
      offsets: g.input("ct.offsets", [1, 2, SIDE, SIDE]),
    };
    g.output("scores", scoreTriplets(g, image, { ...found, boxes }, ct));
    // The first box has two middles of its class inside; the second one of another class, and one of its own outside.
    const middles = planted([
      [0, 3, 6, 1, 0],
      [0, 3, 5, 0.5, 0],
      [0, 8, 6, 2, 0],
      [1, 7, 4, 2, 0],
    ]);
    const { "ct.tags": _, ...centres } = feed("ct", middles);
    const { scores } = await runModel(g.encode(none), {
      image: [new Float32Array(3 * 16 * SIDE * SIDE), [1, 3, 4 * SIDE, 4 * SIDE]],
      ...feed("tl", topLeft),
      ...feed("br", bottomRight),
      ...centres,
    });
    expect(floatsOf(scores)[0]).toBeCloseTo((2 * pairs[0]!.score + sigmoid(1)) / 3, 5);
    // Among the points that take part are cold ones, for want of others.
    expect(floatsOf(scores)[1]).toBeLessThan((2 * pairs[1]!.score + 0.001) / 3);
  });

  it("are peaks: the largest of nine, the best first, never more than there are places", async () => {
    const g = new Network("peaks");
    const { scores, labels, places } = peaks(g, g.input("heat", [1, 2, 3, 4]), 100);
    g.output("scores", scores);
    g.output("labels", labels, "int64");
    g.output("places", places, "int64");
    const heat = new Float32Array(24).fill(-9);
    [heat[5], heat[6], heat[12 + 11]] = [2, 1, 3];
    const outputs = await runModel(g.encode(none), { heat: [heat, [1, 2, 3, 4]] });
    const numbers = (name: string) => Array.from(outputs[name]!.data as BigInt64Array, Number);
    expect(outputs.scores!.dims).toEqual([24]);
    expect([numbers("labels").slice(0, 2), numbers("places").slice(0, 2)]).toEqual([
      [1, 0],
      [11, 5],
    ]);
    expect(floatsOf(outputs.scores)[2]).toBeLessThan(0.01);
  });
});

describe("FairMOT", () => {
  it("gives each peak its box and what describes it, of length 1", { timeout: 120_000 }, async () => {
    const [height, width] = [64, 96];
    const net = buildDetector("fairmot_dla34", { size: [height, width], minScore: 0.45, most: 50 });
    const maps = ["hm.2", "wh.2", "reg.2", "id.2"];
    // Sides are positive, as training makes them.
    const source: WeightSource = (name, shape, role) =>
      name === "wh.2.bias" ? Float32Array.of(2, 3, 2.5, 3.5) : seeded(name, shape, role);
    const outputs = await runModel(net.encode(source, { expose: maps }), {
      input: [uniform(6, 3 * height * width, 1), [1, 3, height, width]],
    });
    const [heat, sides, offsets, described] = maps.map((name) => floatsOf(outputs[name])) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const [h, w] = [height / 4, width / 4];
    const expected: { box: number[]; score: number; embedding: number[] }[] = [];
    for (let y = 0; y < h; y++)
      for (let x = 0; x < w; x++) {
        const own = heat[y * w + x]!;
        const around = [-1, 0, 1].flatMap((dy) =>
          [-1, 0, 1].map((dx) =>
            y + dy >= 0 && y + dy < h && x + dx >= 0 && x + dx < w ? heat[(y + dy) * w + x + dx]! : -99,
          ),
        );
        const at = (map: Float32Array, k: number) => map[(k * h + y) * w + x]!;
        const [cx, cy] = [x + at(offsets, 0), y + at(offsets, 1)];
        const raw = [cx - at(sides, 0), cy - at(sides, 1), cx + at(sides, 2), cy + at(sides, 3)];
        const box = raw.map((v, k) => Math.min(Math.max(4 * v, 0), k % 2 === 0 ? width : height));
        const vector = Array.from({ length: 128 }, (_, k) => at(described, k));
        const length = Math.hypot(...vector);
        if (own >= Math.max(...around) && sigmoid(own) > 0.45 && box[2]! > box[0]! && box[3]! > box[1]!)
          expected.push({ box, score: sigmoid(own), embedding: vector.map((v) => v / length) });
      }
    expected.sort((a, b) => b.score - a.score);
    const got = boxSetOf(outputs);
    const wantedSet = expected.slice(0, 50);
    expect(wantedSet.length).toBeGreaterThan(3);
    expect(got.boxes).toHaveLength(wantedSet.length);
    const embeddings = rowsOf(floatsOf(outputs.embeddings), 128);
    for (const [k, { box, score, embedding }] of wantedSet.entries()) {
      expect(got.scores[k]).toBeCloseTo(score, 5);
      for (const [c, v] of box.entries()) expect(got.boxes[k]![c]).toBeCloseTo(v, 3);
      for (const [c, v] of embedding.entries()) expect(embeddings[k]![c]).toBeCloseTo(v, 5);
    }
  });
});

/** Predictions of whole networks, see test/golden/darknet/README.md. */
const recorded: {
  side: number;
  gain: number;
  maps: Record<string, { name: string; shape: number[]; maxAbs: number; samples: number[] }[]>;
} = JSON.parse(readFileSync(resolve(import.meta.dirname, "../golden/darknet/yolo.json"), "utf8"));
const compared = Object.keys(recorded.maps).filter((name) =>
  wanted ? wanted === "all" || wanted.split(",").includes(name) : name === "yolo_v3_tiny",
);

describe.skipIf(compared.length === 0)("YOLO's trunks and necks", () => {
  it.each(compared)("%s predicts what OpenCV predicts", { timeout: 300_000 }, async (name) => {
    const { side, gain, maps } = recorded;
    const source: WeightSource = (path, shape, role) => {
      const n = sizeOf(shape);
      if (role === "weight") return numbers(path, n, Math.sqrt(gain / sizeOf(shape.slice(1))), 0);
      if (role === "variance") return numbers(path, n, 0.5, 1, true);
      return numbers(path, n, 0.1, role === "scale" ? 1 : 0);
    };
    const net = buildDetector(name, { size: [side, side] });
    const names = maps[name]!.map((map) => map.name);
    const outputs = await runModel(net.encode(source, { expose: names }), {
      input: [numbers("input", 3 * side * side, 1, 0), [1, 3, side, side]],
    });
    const differences = maps[name]!.map((map) => {
      expect(outputs[map.name]!.dims).toEqual(map.shape);
      return difference(map, floatsOf(outputs[map.name]));
    });
    if (wanted) console.log(name, "differs from OpenCV by", Math.max(...differences));
    expect(Math.max(...differences)).toBeLessThan(2e-4);
  });
});

const whole: readonly (readonly [name: string, size: number | undefined])[] = [
  ["yolo_v1", undefined],
  ["yolo_v2", 96],
  ["yolo_v3", 96],
  ["yolo_v4", 96],
  ["yolt", 96],
  ["cornernet_hourglass104", 127],
  ["centernet_hourglass52", 127],
  ["centernet_hourglass104", 127],
];
const chosen = whole.filter(([name]) => wanted === "all" || wanted?.split(",").includes(name));

describe.skipIf(chosen.length === 0)("whole detectors", () => {
  it.each(chosen)("%s runs", { timeout: 300_000 }, async (name, side) => {
    const net = buildDetector(name, { minScore: 0, ...(side && { size: [side, side] }) });
    const size = side ?? 448;
    const outputs = await runModel(net.encode(seeded), {
      input: [uniform(8, 3 * size * size, 1), [1, 3, size, size]],
    });
    const { boxes, labels, scores } = boxSetOf(outputs);
    expect(labels).toHaveLength(boxes.length);
    for (const [x1, y1, x2, y2] of boxes as Box[])
      expect(0 <= x1 && x1 < x2 && x2 <= size && 0 <= y1 && y1 < y2 && y2 <= size).toBe(true);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    console.log(name, boxes.length, "detections");
  });
});
