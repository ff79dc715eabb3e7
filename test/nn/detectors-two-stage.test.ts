/**
 * Detectors in two stages against reference results of every stage. The largest take a minute and more:
 * NETWORKS=all runs them too, NETWORKS=fasterrcnn_vgg16 that one alone.
 */
import { describe, expect, it } from "vitest";
import { buildDetector } from "../../src/nn/detectors/index.js";
import { buildBackbone, inspect } from "../../src/nn/index.js";
import {
  boxSetOf,
  compareSets,
  type DetectionGolden,
  detectionWeights,
  floatsOf,
  imageOf,
  loadDetection,
  rowsOf,
  runModel,
  sampledDifference,
} from "./_detection.js";
import { describeParameter, difference, haveGoldens, numbers, type Summary, sizeOf } from "./_golden.js";

const NAMES = [
  "fasterrcnn_resnet50_fpn",
  "fasterrcnn_mobilenet_v3_large_320_fpn",
  "cascadercnn_resnet50_fpn",
  "fasterrcnn_vgg16",
  "maskrcnn_resnet50_fpn",
];
const wanted = process.env.NETWORKS;
const chosen = NAMES.filter((name, k) =>
  wanted ? wanted === "all" || wanted.split(",").includes(name) : k < 3,
);

/** Of the largest absolute value, for tensors; twice what other builds of PyTorch and ONNX Runtime differ by. */
const TOLERANCE = 2e-5;
const SCORE_TOLERANCE = 2e-6;
const pixelTolerance = (name: string) => (name.includes("mobilenet") ? 0.05 : 0.02);

/** Learnt numbers as the published files have them: Caffe's, and torchvision's with frozen norms. */
const COUNTS: Readonly<Record<string, number>> = {
  fastrcnn_vgg16: 134_690_729,
  fastrcnn_zf: 58_690_793,
  fasterrcnn_vgg16_paper: 137_078_239,
  fasterrcnn_zf_paper: 59_294_751,
  fasterrcnn_resnet50_fpn: 41_755_286,
  fasterrcnn_mobilenet_v3_large_320_fpn: 19_386_354,
  cascadercnn_vgg16_paper: 184_016_333,
  maskrcnn_resnet50_fpn: 44_401_393,
  rfcn_resnet101: 53_824_401,
};

/** The detector as the golden has it. */
const buildLike = (name: string, { settings: s }: DetectionGolden) =>
  buildDetector(name, {
    minScore: s.scoreThresh,
    nms: s.nms,
    most: s.detectionsPerImg,
    norm: { eps: 1e-5 },
    proposals: {
      before: s.rpnPreNmsTopN,
      after: s.rpnPostNmsTopN,
      nms: s.rpnNms,
      minScore: s.rpnScoreThresh,
    },
  });

/** No reference result is at hand for these: they run, and what they give makes sense. */
const ALONE = ["rfcn_resnet101", "fasterrcnn_zf_paper", "fasterrcnn_resnet50_c4", "cascadercnn_vgg16_paper"];
const running = ALONE.filter((name, k) =>
  wanted ? wanted === "all" || wanted.split(",").includes(name) : k < 1,
);

describe("detectors in two stages", () => {
  it.each(Object.entries(COUNTS))("%s has %i parameters", (name, count) => {
    expect(buildDetector(name).parameterCount).toBe(count);
  });

  it("has the last residual stage as the head of C4", () => {
    const classifier = buildBackbone("resnet50");
    const whole = classifier.parameterCount - (2048 * 1000 + 1000);
    const rpn = 1024 * 1024 * 9 + 1024 + 1025 * (15 + 60);
    const net = buildDetector("fasterrcnn_resnet50_c4", { classes: 21, norm: {} });
    expect(net.parameterCount).toBe(whole + rpn + 2049 * (21 + 84));
    expect(net.parameters.map((p) => p.name)).toContain("roi_heads.box_head.layer4.0.downsample.0.weight");
  });

  it("sees as far as the paper says: 228 pixels with VGG-16, 171 with ZF", () => {
    for (const [name, reach] of [
      ["fasterrcnn_vgg16_paper", 228],
      ["fasterrcnn_zf_paper", 171],
    ] as const) {
      const layer = buildDetector(name).layers.find((l) => l.name === "rpn.head.conv.0.0")!;
      expect(layer.field!.size).toEqual([reach, reach]);
    }
  });

  it("has 21546 anchors for 600 x 1000 pixels where pools round up", () => {
    const net = buildDetector("fasterrcnn_vgg16_paper", { size: [600, 1000] });
    const [, , height, width] = net.layers.find((l) => l.name === "rpn.head.cls_logits")!.shape;
    expect(Number(height) * Number(width) * 9).toBe(21546);
  });

  it.each([
    ["minScore", { minScore: 2 }, "from 0 to 1, got 2"],
    ["nms", { nms: Number.NaN }, "from 0 to 1, got NaN"],
    ["most", { most: 0.5 }, "a whole number from 1 to 2147483647, got 0.5"],
    ["classes", { classes: 1 }, "a whole number from 2 to 65536, got 1"],
    ["size", { size: [1e9, 640] as const }, "a whole number from 1 to 65536, got 1000000000"],
    ["proposals.after", { proposals: { after: -1 } }, "a whole number from 1 to 2147483647, got -1"],
  ])("refuses a %s out of its range", (what, options, why) => {
    const message = `Cannot build "rfcn_resnet101": expected ${what} to be ${why}`;
    expect(() => buildDetector("rfcn_resnet101", options)).toThrow(new RangeError(message));
  });

  it("computes each head of a cascade once for each set of regions, and the last one's once in all", () => {
    const { layers, totals } = inspect(buildDetector("cascadercnn_resnet50_fpn"));
    const of = (name: string) => layers.filter((l) => l.op === "Gemm" && l.name.includes(name)).length;
    expect([of("fc6"), of("cls_score"), of("bbox_pred")]).toEqual([5, 3, 3]);
    expect(totals.parameters).toBe(69_372_396);
  });

  it("names what it knows when a name is unknown", () => {
    expect(() => buildDetector("toString")).toThrow(/no such detector; known are fastrcnn_vgg16, /);
  });

  it.each([
    ["finds nothing", { minScore: 0.5 }, 0],
    ["has no proposals", { minScore: 0, proposals: { minScore: 0.9 } }, 0],
    ["finds all there is", { minScore: 0, nms: 1, most: 7 }, 7],
  ])(
    "gives as many boxes as there are when it %s, at any size",
    { timeout: 60_000 },
    async (_, options, count) => {
      const net = buildDetector("fasterrcnn_mobilenet_v3_large_320_fpn", { classes: 2, ...options });
      const model = net.encode((name, shape) =>
        new Float32Array(sizeOf(shape)).fill(name.endsWith("var") ? 1 : 0),
      );
      const outputs = await runModel(model, { input: [new Float32Array(3 * 75 * 130), [1, 3, 75, 130]] });
      const { boxes, labels, scores } = boxSetOf(outputs);
      expect([boxes.length, labels.length, scores.length]).toEqual([count, count, count]);
      expect(labels.every((label) => label === 1)).toBe(true);
      expect(boxes.every(([x1, y1, x2, y2]) => x1! >= 0 && y1! >= 0 && x2! <= 130 && y2! <= 75)).toBe(true);
    },
  );

  it.each(running)("%s gives boxes inside the image, the best first", { timeout: 120_000 }, async (name) => {
    const [classes, most, height, width] = [21, 20, 107, 190];
    const net = buildDetector(name, { classes, most, minScore: 0, proposals: { after: 50 }, norm: {} });
    const model = net.encode((parameter, shape, role) => {
      const [n, inputs] = [sizeOf(shape), sizeOf(shape.slice(1))];
      if (role === "scale" || role === "variance") return new Float32Array(n).fill(1);
      return role === "weight" ? numbers(parameter, n, Math.sqrt(2 / inputs), 0) : new Float32Array(n);
    });
    const image = numbers("input", 3 * height * width, 1, 0);
    const { boxes, labels, scores } = boxSetOf(
      await runModel(model, { input: [image, [1, 3, height, width]] }),
    );
    expect(boxes.length).toBe(most);
    expect(boxes.every(([x1, y1, x2, y2]) => x1! >= 0 && y1! >= 0 && x2! <= width && y2! <= height)).toBe(
      true,
    );
    expect(boxes.every(([x1, y1, x2, y2]) => x1! < x2! && y1! < y2!)).toBe(true);
    expect(labels.every((label) => label > 0 && label < classes)).toBe(true);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(scores.every((score) => score > 0 && score <= 1)).toBe(true);
  });
});

if (!haveGoldens) console.log("skipped: reference results of detectors are not at ../shared/networks");

describe.skipIf(!haveGoldens)("detectors in two stages, against the reference", () => {
  it.each(NAMES)("%s has the published parameters in their order", (name) => {
    const golden = loadDetection(name);
    const net = buildLike(name, golden);
    expect(net.parameterCount).toBe(golden.params);
    const roles = { wh: "w" } as Readonly<Record<string, string>>;
    expect(net.parameters.map(describeParameter)).toEqual(
      golden.state.map(([parameter, shape, role]) => [parameter, shape, roles[role] ?? role]),
    );
  });

  it.each(chosen)("%s computes every stage of the reference result", { timeout: 300_000 }, async (name) => {
    const golden = loadDetection(name);
    const net = buildLike(name, golden);
    const { source, check } = detectionWeights(golden, net);
    expect(check.count).toBe(golden.fillCheck.count);
    expect(Math.abs(check.sum - golden.fillCheck.sum)).toBeLessThan(1e-6 * check.sumAbs);

    const layers = net.layers.map((l) => l.name);
    const named = (pattern: RegExp): string[] => layers.filter((layer) => pattern.test(layer));
    const places = {
      features: name.includes("vgg")
        ? [named(/^backbone\.features\.relu/).at(-1)!]
        : named(/fpn\.(layer_blocks\.\d\.0|maxpool)$/),
      objectness: named(/^rpn\.head\.cls_logits/),
      deltas: named(/^rpn\.head\.bbox_pred/),
      anchors: named(/^rpn\.anchors/),
      proposals: named(/^rpn\.proposals$/)
        .concat(named(/^rpn\.kept$/))
        .slice(0, 1),
      regions: named(/^(roi_heads\.box_head|cascade\.\d)\.(regions|roialign)$/).filter(
        (layer, _, all) => layer.endsWith("regions") || !all.some((other) => other.endsWith("regions")),
      ),
      logits: named(/box_predictor\.cls_score/),
      moves: named(/box_predictor\.bbox_pred/),
      clipped: named(/^clipped/),
      chances: named(/^chances$/),
      masks: named(/^roi_heads\.mask_head\.regions$/),
    };
    const model = net.encode(source, { expose: Object.values(places).flat() });
    const outputs = await runModel(model, { input: [imageOf(golden), golden.input.shape] });
    const data = (layer: string | undefined) => floatsOf(outputs[layer!]);
    const { stages } = golden;
    const worst = (summaries: readonly Summary[], list: readonly string[]) => {
      expect(list.length).toBeGreaterThanOrEqual(summaries.length);
      return Math.max(...summaries.map((summary, k) => difference(summary, data(list[k]))));
    };

    expect(difference(stages.image, imageOf(golden))).toBeLessThan(1e-7);
    const report: Record<string, number> = {
      features: worst(stages.features, places.features),
      objectness: worst(stages.rpnObjectness, places.objectness),
      deltas: worst(stages.rpnDeltas, places.deltas),
    };

    const anchors = places.anchors.flatMap((layer) => rowsOf(data(layer), 4));
    expect(anchors.length).toBe(stages.anchors.count);
    expect(anchors.flat().reduce((a, b) => a + b, 0)).toBe(stages.anchors.sum);
    for (const { row, v } of stages.anchors.rows) expect(anchors[row]).toEqual(v);

    const proposals = rowsOf(data(places.proposals[0]), 4);
    const set = compareSets(stages.proposals, { boxes: proposals, scores: [] });
    expect(set.alone, "proposals without a partner").toBe(0);

    if (stages.cascade) {
      for (const [k, head] of stages.cascade.entries()) {
        const moves = rowsOf(data(places.moves[k]), 4).slice(0, 20);
        const largest = Math.max(...head.deltas20.flat().map(Math.abs));
        report[`regions ${k}`] = difference(head.roiFeatures, data(places.regions[k]));
        report[`moves ${k}`] = gap(head.deltas20, moves) / largest;
        // Pixels, as a share of what is allowed.
        const apart = difference(head.outputBoxes, data(places.clipped[k])) * head.outputBoxes.maxAbs;
        report[`boxes ${k}`] = (apart / pixelTolerance(name)) * TOLERANCE;
      }
      report.chances = difference(stages.averagedScores, data(places.chances[0]));
    } else {
      report.regions = difference(stages.roiFeatures, data(places.regions[0]));
      report.logits = logitGap(stages.first20.logits, data(places.logits[0]));
      report.moves = sampledDifference(stages.first20.deltas, data(places.moves[0]));
    }

    if (outputs.masks) {
      const found = boxSetOf(outputs);
      expect(outputs.masks.dims).toEqual([found.boxes.length, 28, 28]);
      // The second one: a mistake in the choice of the object or of its class would show.
      const [row, size] = [1, 256 * 14 * 14];
      const region = data(places.masks[0]).subarray(row * size, (row + 1) * size);
      const mask = maskOf(region, found.labels[row]!, (end) => {
        const parameter = net.parameters.find((p) => p.name === `roi_heads.${end}`)!;
        return source(parameter.name, parameter.shape, parameter.role);
      });
      report.masks = gap([mask], [[...floatsOf(outputs.masks).subarray(row * 784, (row + 1) * 784)]]);
    }

    const final = compareSets(golden.final, boxSetOf(outputs));
    if (wanted) console.log(name, report, "proposals", set, "final", final);
    expect(final.alone, "detections without a partner").toBe(0);
    expect(set.box).toBeLessThanOrEqual(pixelTolerance(name));
    expect(final.box).toBeLessThanOrEqual(pixelTolerance(name));
    expect(final.score).toBeLessThanOrEqual(SCORE_TOLERANCE);
    for (const [stage, d] of Object.entries(report)) expect(d, stage).toBeLessThanOrEqual(TOLERANCE);
  });

  const pooling = wanted === "all" || wanted?.split(",").includes("fastrcnn_vgg16");
  it.runIf(pooling)("fastrcnn_vgg16 computes the reference result", { timeout: 300_000 }, async () => {
    const golden = loadDetection("fasterrcnn_vgg16");
    const { roiFeatures, first20 } = golden.stages.roiPoolVariant;
    const net = buildDetector("fastrcnn_vgg16");
    const [regions, logits, moves] = [
      "roi_heads.box_head.roipool",
      "roi_heads.box_predictor.cls_score",
      "roi_heads.box_predictor.bbox_pred",
    ] as const;
    const model = net.encode(detectionWeights(golden, net).source, { expose: [regions, logits, moves] });
    const boxes = golden.stages.proposals.boxes as number[][];
    const outputs = await runModel(model, {
      input: [imageOf(golden), golden.input.shape],
      proposals: [Float32Array.from(boxes.flat()), [boxes.length, 4]],
    });
    const report = {
      regions: difference(roiFeatures, floatsOf(outputs[regions])),
      logits: logitGap(first20.logits, floatsOf(outputs[logits])),
      moves: sampledDifference(first20.deltas, floatsOf(outputs[moves])),
    };
    console.log("fastrcnn_vgg16", report);
    for (const [stage, d] of Object.entries(report)) expect(d, stage).toBeLessThanOrEqual(TOLERANCE);
  });
});

const gap = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number =>
  Math.max(...a.map((row, k) => Math.max(...row.map((v, i) => Math.abs(v - b[k]![i]!)))));

/** Largest difference of the first rows of logits, over the largest of them. */
const logitGap = (rows: readonly (readonly number[])[], data: Float32Array): number =>
  gap(rows, rowsOf(data.subarray(0, rows.length * rows[0]!.length), rows[0]!.length)) /
  Math.max(...rows.flat().map(Math.abs));

/** The mask head on one region [256, 14, 14], written out: four 3x3 convolutions, each pixel to 2x2, one class's layer. */
function maskOf(region: Float32Array, label: number, weights: (name: string) => Float32Array): number[] {
  const [channels, side, large] = [256, 14, 28];
  let x = Float64Array.from(region);
  for (let layer = 0; layer < 4; layer++) {
    const [w, b] = [weights(`mask_head.${layer}.0.weight`), weights(`mask_head.${layer}.0.bias`)];
    const y = new Float64Array(x.length);
    for (let to = 0; to < channels; to++)
      for (let row = 0; row < side; row++)
        for (let column = 0; column < side; column++) {
          let sum = b[to]!;
          for (let tap = 0; tap < 9; tap++) {
            const [r, c] = [row + Math.floor(tap / 3) - 1, column + (tap % 3) - 1];
            if (r < 0 || c < 0 || r >= side || c >= side) continue;
            for (let from = 0; from < channels; from++)
              sum += w[(to * channels + from) * 9 + tap]! * x[(from * side + r) * side + c]!;
          }
          y[(to * side + row) * side + column] = Math.max(0, sum);
        }
    x = y;
  }
  const [up, upBias] = [
    weights("mask_predictor.conv5_mask.weight"),
    weights("mask_predictor.conv5_mask.bias"),
  ];
  const last = weights("mask_predictor.mask_fcn_logits.weight");
  const bias = weights("mask_predictor.mask_fcn_logits.bias")[label]!;
  return Array.from({ length: large * large }, (_, k) => {
    const [row, column] = [Math.floor(k / large), k % large];
    const place = (row >> 1) * side + (column >> 1);
    const tap = (row % 2) * 2 + (column % 2);
    let logit = bias;
    for (let to = 0; to < channels; to++) {
      let sum = upBias[to]!;
      for (let from = 0; from < channels; from++)
        sum += up[(from * channels + to) * 4 + tap]! * x[from * side * side + place]!;
      logit += last[label * channels + to]! * Math.max(0, sum);
    }
    return 1 / (1 + Math.exp(-logit));
  });
}
