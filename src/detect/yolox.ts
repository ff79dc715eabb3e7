/**
 * YOLOX (Ge et al., 2021, https://arxiv.org/abs/2107.08430): one row per cell of every level, no anchors.
 *
 * Output: float32 [1, cells, 5 + classes], columns x, y, log w, log h (in cells), objectness and classes through the
 * sigmoid; levels one after the other in the order of the strides.
 * Options of the card: `strides` (pixels per cell of each level, default [8, 16, 32]).
 */

import { z } from "zod";
import { ModelError } from "../errors.js";
import type { Graph, Value } from "../nn/index.js";
import {
  type Candidates,
  type Contract,
  mismatch,
  outputsOfWidth,
  readOptions,
  type Scene,
} from "./_contract.js";
import {
  asColumn,
  bestColumn,
  bestOf,
  boxesAround,
  cellsAt,
  columns,
  flat,
  halves,
  ofLevel,
  reaching,
  startsOf,
  toDouble,
} from "./_graph.js";
import { usualNms } from "./_nms.js";

const optionsSchema = z.strictObject({ strides: z.array(z.int().positive()).min(1).default([8, 16, 32]) });

export const yolox: Contract = (card, model) => {
  const { strides } = readOptions(card, optionsSchema);
  const width = 5 + card.labels.length;
  const [output, ...more] = outputsOfWidth(model, width);
  if (!output || more.length > 0) throw mismatch(card, model, `one output float32[1,cells,${width}]`);
  return {
    outputs: [output],
    append: (g, [rows], scene) => decode(g, rows!, width, strides, scene),
    check([size], fit) {
      const cells = strides.reduce((n, s) => n + Math.floor(fit.width / s) * Math.floor(fit.height / s), 0);
      if (size !== cells * width)
        throw new ModelError(
          `Cannot use model "${model.name}" as "${card.contract}": expected ${cells} cells for an input of ${fit.width}x${fit.height} at strides ${strides.join(", ")}, got ${size! / width}`,
        );
    },
    suppression: usualNms,
  };
};

/** The rows whose objectness times best class reaches the minimum score. */
function decode(
  g: Graph,
  rows: Value,
  width: number,
  strides: readonly number[],
  { minScore, height, width: across, opset }: Scene,
): Candidates {
  // No class is above 1, so that few rows are looked at.
  const hopeful = reaching(g, toDouble(g, flat(g, columns(g, rows, 4, 5))), minScore);
  const some = g.add("Gather", [rows, hopeful], { axis: 1 });
  const objectness = toDouble(g, flat(g, columns(g, some, 4, 5)));
  const product = g.add("Mul", [objectness, bestOf(g, columns(g, some, 5, width), opset)]);
  const chosen = reaching(g, product, minScore);
  const found = g.add("Gather", [some, chosen], { axis: 1 });
  const cells = g.add("Gather", [hopeful, chosen]);

  const per = (size: Value, stride: number): Value => g.add("Div", [size, g.ints([stride])]);
  const lengths = strides.map((stride) => per(across, stride));
  const starts = startsOf(
    g,
    strides.map((stride, i) => g.add("Mul", [lengths[i]!, per(height, stride)])),
  );
  const local = g.add("Sub", [cells, ofLevel(g, cells, starts, starts)]);
  const level = (values: readonly Value[]): Value => ofLevel(g, cells, starts, values);
  const stride = asColumn(g, toDouble(g, level(strides.map((s) => g.ints([s])))));
  const numbers = toDouble(g, g.add("Reshape", [columns(g, found, 0, 4), g.ints([-1, 4])]));
  const [offset, logSize] = halves(g, numbers);
  const cell = cellsAt(g, local, level(lengths));
  const centre = g.add("Mul", [g.add("Add", [offset, cell]), stride]);
  return {
    boxes: boxesAround(g, centre, g.add("Mul", [g.add("Exp", [logSize]), stride])),
    scores: g.add("Gather", [product, chosen]),
    classes: bestColumn(g, columns(g, found, 5, width)),
  };
}
