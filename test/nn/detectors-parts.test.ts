/** The pieces that detectors are made of, each alone. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { anchorGrid, caffeAnchors, cellAnchors } from "../../src/nn/detectors/_anchors.js";
import { decodeBoxes } from "../../src/nn/detectors/_boxes.js";
import { suppress } from "../../src/nn/detectors/_nms.js";
import { partsPool, roiAlign, roiPool } from "../../src/nn/detectors/_roi.js";
import { Network, type Tensor } from "../../src/nn/index.js";
import { floatsOf, rowsOf, runModel } from "./_detection.js";
import { FOLDER, haveGoldens, numbers, sizeOf } from "./_golden.js";

type Feeds = Readonly<Record<string, readonly [data: Float32Array, shape: readonly number[]]>>;

/** Builds a graph around the given values and runs it. */
async function run(
  feeds: Feeds,
  build: (g: Network, values: Record<string, Tensor>) => Readonly<Record<string, Tensor>>,
): Promise<Record<string, Float32Array>> {
  const g = new Network("part");
  const values = Object.fromEntries(
    Object.entries(feeds).map(([name, [, shape]]) => [name, g.input(name, shape)]),
  );
  const outputs = Object.entries(build(g, values));
  for (const [name, value] of outputs) g.output(name, value);
  const results = await runModel(
    g.encode(() => new Float32Array()),
    feeds,
  );
  return Object.fromEntries(outputs.map(([name]) => [name, floatsOf(results[name])]));
}

const matrix = (rows: readonly (readonly number[])[]): readonly [Float32Array, readonly number[]] => [
  Float32Array.from(rows.flat()),
  [rows.length, rows[0]!.length],
];

if (!haveGoldens) console.log("skipped: reference results of operators are not at ../shared/networks");

describe.skipIf(!haveGoldens)("parts of detectors", () => {
  // biome-ignore lint/suspicious/noExplicitAny: each operator is written in its own way
  const read = (file: string): any =>
    JSON.parse(readFileSync(resolve(FOLDER, file), "utf8").replace(/\bNaN\b/g, "null"));
  const ops = haveGoldens ? read("golden/ops.json") : {};
  const filled = ({
    fill,
    shape,
    scale,
    offset,
  }: {
    fill: string;
    shape: number[];
    scale: number;
    offset: number;
  }) => [numbers(fill, sizeOf(shape), scale, offset), shape] as const;
  const expectClose = (got: ArrayLike<number>, wanted: readonly number[], tolerance: number) => {
    expect(got.length).toBe(wanted.length);
    expect(Math.max(...wanted.map((v, k) => Math.abs(v - got[k]!)))).toBeLessThanOrEqual(tolerance);
  };

  it("has the anchors of torchvision and of the paper's code", () => {
    const ratios = [0.5, 1, 2];
    expect(cellAnchors([128, 256, 512], ratios)).toEqual(ops.anchors_3x3.torchvisionCell);
    expect([32, 64, 128, 256, 512].map((size) => cellAnchors([size], ratios))).toEqual(ops.anchors_fpn_cells);
    const sizes = [32, 64, 128, 256, 512].map((x) => [
      x,
      Math.trunc(x * 2 ** (1 / 3)),
      Math.trunc(x * 2 ** (2 / 3)),
    ]);
    expect(sizes.map((list) => cellAnchors(list, ratios))).toEqual(ops.anchors_retinanet_cells);
    // Their pixels count from 1 and the last one is part of the box.
    const theirs = caffeAnchors(16, [8, 16, 32], ratios).map(([x1, y1, x2, y2]) => [
      x1! + 1,
      y1! + 1,
      x2,
      y2,
    ]);
    expect(theirs).toEqual(ops.anchors_3x3.pyFasterRcnnBase);
  });

  it("puts anchors at every place of a map", async () => {
    const image = [new Float32Array(3 * 48 * 50), [1, 3, 48, 50]] as const;
    const { grid } = await run({ image, map: [new Float32Array(9), [1, 1, 3, 3]] }, (g, v) => ({
      grid: anchorGrid(g, v.image!, v.map!, cellAnchors([128, 256, 512], [0.5, 1, 2])),
    }));
    expect(rowsOf(grid!, 4)).toEqual(ops.anchors_3x3.torchvisionGrid3x3stride16);
  });

  it.each(["1,1,1,1", "10,10,5,5", "20,20,10,10"])("decodes boxes with weights %s", async (weights) => {
    const { proposals, deltas, [`weights=${weights}`]: golden } = ops.box_coder;
    const { boxes } = await run({ proposals: matrix(proposals), deltas: matrix(deltas) }, (g, v) => ({
      boxes: decodeBoxes(g, v.deltas!, v.proposals!, weights.split(",").map(Number)),
    }));
    const wanted = golden.decode.flat();
    expectClose(boxes!, wanted, 2e-6 * Math.max(...wanted.map(Math.abs)));
  });

  it.each(["0.3", "0.5", "0.7"])("suppresses per class at an IoU of %s", async (iou) => {
    const { boxes, scores } = ops.nms;
    const n = boxes.length;
    const keep = async (classes: number): Promise<number[]> => {
      const spread = Float32Array.from({ length: classes * n }, (_, k) =>
        (k % n) % classes === Math.floor(k / n) ? scores[k % n] : -1,
      );
      const found = await run(
        { boxes: [matrix(boxes)[0], [1, n, 4]], scores: [spread, [1, classes, n]] },
        (g, v) => ({
          best: suppress(g, v.boxes!, v.scores!, { iou: Number(iou), minScore: 0, most: n }).scores,
        }),
      );
      return [...found.best!].map((s) => scores.findIndex((other: number) => Math.fround(other) === s));
    };
    expect(await keep(1)).toEqual(ops.nms.keep[iou]);
    expect(await keep(4)).toEqual(ops.batched_nms.keep[iou]);
  });

  it("reads each region from the level for its size and keeps their order", async () => {
    const { features, boxes, scales, out } = ops.multiscale_roi_align;
    const maps = Object.fromEntries(
      Object.entries(features).map(([k, f]) => [`map${k}`, filled(f as never)]),
    );
    const { regions } = await run({ boxes: matrix(boxes), ...maps }, (g, v) => ({
      regions: roiAlign(
        g,
        scales.map((scale: number, k: number) => ({ map: v[`map${k}`]!, scale })),
        v.boxes!,
        2,
      ),
    }));
    expectClose(regions!, out.values, 2e-6);
  });

  it("pools regions by their largest values", async () => {
    const map = [Float32Array.from({ length: 64 }, (_, k) => k), [1, 1, 8, 8]] as const;
    const { roi_xyxy: roi, pool2x2 } = read("facts.json").golden.roi_ops;
    const { pooled } = await run({ map, boxes: matrix([roi]) }, (g, v) => ({
      pooled: roiPool(g, { map: v.map!, scale: 1 }, v.boxes!, 2),
    }));
    expect([...pooled!]).toEqual(pool2x2.flat());
  });

  it("pools each part of a region from its own map", async () => {
    const { x, rois, spatialScale, outputSize, out } = ops.ps_roi_pool;
    const boxes = matrix(rois.map((r: number[]) => r.slice(1)));
    const { pooled } = await run({ map: filled(x), boxes }, (g, v) => ({
      pooled: partsPool(g, { map: v.map!, scale: spatialScale }, v.boxes!, outputSize),
    }));
    const [n, channels] = out.shape as [number, number];
    const bins = outputSize ** 2;
    const byChannel = Array.from({ length: n * channels * bins }, (_, k) => {
      const [row, channel, bin] = [
        Math.floor(k / (channels * bins)),
        Math.floor(k / bins) % channels,
        k % bins,
      ];
      return pooled![(row * bins + bin) * channels + channel]!;
    });
    expectClose(byChannel, out.values, 1e-6);
  });
});
