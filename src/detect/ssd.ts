/**
 * SSD with the anchors and the box coder of the TensorFlow object detection API (Liu et al., 2016,
 * https://arxiv.org/abs/1512.02325, section 2.2).
 *
 * Outputs: scores float32 [1, anchors, classes]; boxes float32 [1, anchors, 4], columns y, x, log h, log w relative
 * to the anchor, times the box coder's factors.
 * Options of the card: `scores` ("probabilities", through the sigmoid already, or "logits"), `background` (index that is no
 * class), `boxCoder` (factors of y, x, h, w, default [10, 10, 5, 5]), `anchors` { `size`: side in pixels that scales
 * refer to, `layers`, `minScale`, `maxScale`, `aspectRatios` }.
 */

import { z } from "zod";
import { ModelError } from "../errors.js";
import type { Fit } from "../image/index.js";
import type { Graph, Value } from "../nn/index.js";
import {
  type Candidates,
  type Contract,
  classCount,
  mismatch,
  outputsOfWidth,
  readOptions,
  type Scene,
} from "./_contract.js";
import {
  asColumn,
  asManyRows,
  bestColumn,
  bestOf,
  boxesAround,
  cellsAt,
  doubles,
  halves,
  ofLevel,
  reaching,
  sigmoid,
  startsOf,
  toDouble,
  withoutBackground,
} from "./_graph.js";
import { usualNms } from "./_nms.js";

const optionsSchema = z.strictObject({
  scores: z.enum(["probabilities", "logits"]),
  background: classCount,
  boxCoder: z
    .tuple([z.number().positive(), z.number().positive(), z.number().positive(), z.number().positive()])
    .default([10, 10, 5, 5]),
  anchors: z
    .strictObject({
      size: z.number().positive().default(300),
      layers: z.int().min(2).max(8).default(6),
      minScale: z.number().positive().default(0.2),
      maxScale: z.number().positive().default(0.95),
      aspectRatios: z.array(z.number().positive()).min(1).default([1, 2, 0.5, 3, 0.3333]),
    })
    .prefault({}),
});
type SsdOptions = z.output<typeof optionsSchema>;

/** Pixels per cell of the first level; each further one has twice as many. */
const FIRST_STRIDE = 16;

export const ssd: Contract = (card, model) => {
  const settings = readOptions(card, optionsSchema);
  const classes = card.labels.length;
  const [scores] = outputsOfWidth(model, classes);
  const [boxes] = outputsOfWidth(model, 4).filter((o) => o !== scores);
  if (!scores || !boxes || model.outputs.length !== 2)
    throw mismatch(card, model, `outputs float32[1,anchors,${classes}] and float32[1,anchors,4]`);
  const layers = shapesOf(settings.anchors);
  return {
    outputs: [scores, boxes],
    append: (g, [s, b], scene) => decode(g, s!, b!, classes, layers, settings, scene),
    check([s, b], fit) {
      const count = countAnchors(fit, layers);
      if (b !== 4 * count || s !== classes * count)
        throw new ModelError(
          `Cannot use model "${model.name}" as "${card.contract}": expected ${count} anchors for an input of ${fit.width}x${fit.height}, got ${b! / 4}`,
        );
    },
    suppression: usualNms,
  };
};

/** Width and height in pixels of a cell's anchors. They do not grow with the input: a larger one finds smaller objects. */
type Shape = readonly [width: number, height: number];

/** Per layer, in the order of the outputs. */
function shapesOf({ size, layers, minScale, maxScale, aspectRatios }: SsdOptions["anchors"]): Shape[][] {
  const scaleOf = (layer: number): number =>
    layer === layers ? 1 : minScale + ((maxScale - minScale) * layer) / (layers - 1);
  return Array.from({ length: layers }, (_, layer) => {
    const scale = scaleOf(layer);
    // The lowest layer has three anchors only; the others one more between this scale and the next.
    const shapes: (readonly [scale: number, ratio: number])[] =
      layer === 0
        ? [
            [0.1, 1],
            [scale, 2],
            [scale, 0.5],
          ]
        : [
            ...aspectRatios.map((ratio) => [scale, ratio] as const),
            [Math.sqrt(scale * scaleOf(layer + 1)), 1],
          ];
    return shapes.map(([s, ratio]) => [s * Math.sqrt(ratio) * size, (s / Math.sqrt(ratio)) * size] as const);
  });
}

const strideOf = (layer: number): number => FIRST_STRIDE << layer;

const countAnchors = (fit: Fit, layers: readonly Shape[][]): number =>
  layers.reduce((n, shapes, layer) => {
    const stride = strideOf(layer);
    return n + Math.ceil(fit.width / stride) * Math.ceil(fit.height / stride) * shapes.length;
  }, 0);

/** The anchors whose best class reaches the minimum score, moved and scaled. */
function decode(
  g: Graph,
  scores: Value,
  boxes: Value,
  classes: number,
  layers: readonly Shape[][],
  { scores: kind, background, boxCoder: [fy, fx, fh, fw] }: SsdOptions,
  { minScore, height, width, opset }: Scene,
): Candidates {
  const objects = withoutBackground(g, scores, classes, background);
  const best = bestOf(g, objects, opset);
  const all = kind === "logits" ? sigmoid(g, best) : best;
  const index = reaching(g, all, minScore, asManyRows(g, scores, boxes));
  const anchors = anchorsAt(g, index, layers, height, width);

  const found = toDouble(
    g,
    g.add("Reshape", [g.add("Gather", [boxes, index], { axis: 1 }), g.ints([-1, 4])]),
  );
  // To x, y, log w, log h.
  const numbers = g.add(
    "Gather",
    [g.add("Div", [found, doubles(g, [fy, fx, fh, fw])]), g.ints([1, 0, 3, 2])],
    { axis: 1 },
  );
  const [move, logScale] = halves(g, numbers);
  const centres = g.add("Add", [anchors.centres, g.add("Mul", [move, anchors.sizes])]);
  return {
    boxes: boxesAround(g, centres, g.add("Mul", [g.add("Exp", [logScale]), anchors.sizes])),
    scores: g.add("Gather", [all, index]),
    classes: bestColumn(g, g.add("Gather", [objects, index], { axis: 1 })),
  };
}

/** Centres and sizes [k, 2] of the anchors at `index` [k]. */
function anchorsAt(
  g: Graph,
  index: Value,
  layers: readonly Shape[][],
  height: Value,
  width: Value,
): { centres: Value; sizes: Value } {
  const cellsAlong = (size: Value, layer: number): Value =>
    g.add("Div", [g.add("Add", [size, g.ints([strideOf(layer) - 1])]), g.ints([strideOf(layer)])]);
  const columns = layers.map((_, layer) => cellsAlong(width, layer));
  const rows = layers.map((_, layer) => cellsAlong(height, layer));
  const perCell = layers.map((shapes) => g.ints([shapes.length]));
  const starts = startsOf(
    g,
    layers.map((_, i) => g.add("Mul", [g.add("Mul", [columns[i]!, rows[i]!]), perCell[i]!])),
  );
  const of = (values: readonly Value[]): Value => ofLevel(g, index, starts, values);
  const local = g.add("Sub", [index, of(starts)]);
  const shapes = of(perCell);
  const [across, down] = [of(columns), of(rows)];
  const cell = g.add("Add", [cellsAt(g, g.add("Div", [local, shapes]), across), doubles(g, [0.5])]);
  const whole = toDouble(g, g.add("Concat", [width, height], { axis: 0 }));
  const counts = toDouble(g, g.add("Concat", [asColumn(g, across), asColumn(g, down)], { axis: 1 }));
  const table = layers.flat();
  const firsts = layers.map((_, layer) => g.ints([layers.slice(0, layer).flat().length]));
  const row = g.add("Add", [of(firsts), g.add("Mod", [local, shapes])]);
  const sizes = g.constant(Float64Array.from(table.flat()), [table.length, 2]);
  return {
    centres: g.add("Div", [g.add("Mul", [cell, whole]), counts]),
    sizes: g.add("Gather", [sizes, row]),
  };
}
