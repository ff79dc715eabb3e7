/**
 * Detection transformers (Carion et al., 2020, https://arxiv.org/abs/2005.12872) in the form of RT-DETR, D-FINE and
 * RF-DETR: a fixed number of queries, each at most one object, so nothing is suppressed.
 *
 * Outputs: logits float32 [1, queries, classes], before the sigmoid; boxes float32 [1, queries, 4], centre x, centre
 * y, width, height as parts 0..1 of the input.
 * Options of the card: `background` (index that is no class).
 */

import { z } from "zod";
import { ModelError } from "../errors.js";
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
  asManyRows,
  bestColumn,
  bestOf,
  boxesAround,
  halves,
  reaching,
  sigmoid,
  toDouble,
  withoutBackground,
} from "./_graph.js";

const optionsSchema = z.strictObject({ background: classCount });

export const detr: Contract = (card, model) => {
  const { background } = readOptions(card, optionsSchema);
  const classes = card.labels.length;
  // Exports often leave the last dimension open; then the usual names tell.
  const find = (name: string, size: number) =>
    outputsOfWidth(model, size)[0] ??
    model.outputs.find((o) => o.name === name && o.dims.length === 3 && typeof o.dims[2] === "string");
  const logits = find("logits", classes);
  const boxes = find("pred_boxes", 4);
  if (!logits || !boxes || logits === boxes)
    throw mismatch(
      card,
      model,
      `outputs float32[1,queries,${classes}] (logits) and float32[1,queries,4] (boxes)`,
    );
  return {
    outputs: [logits, boxes],
    append: (g, [l, b], scene) => decode(g, l!, b!, classes, background, scene),
    check([l, b]) {
      if (l! / classes !== b! / 4 || l! % classes !== 0)
        throw new ModelError(
          `Cannot use model "${model.name}" as "${card.contract}": expected as many boxes as rows of logits (${l! / classes}), got ${b! / 4}`,
        );
    },
  };
};

/** The best class of every query that reaches the minimum score. */
function decode(
  g: Graph,
  logits: Value,
  boxes: Value,
  classes: number,
  background: number | undefined,
  { minScore, height, width, opset }: Scene,
): Candidates {
  const objects = withoutBackground(g, logits, classes, background);
  const all = sigmoid(g, bestOf(g, objects, opset));
  const queries = reaching(g, all, minScore, asManyRows(g, logits, boxes));
  const found = toDouble(g, g.add("Gather", [boxes, queries], { axis: 1 }));
  const rows = g.add("Reshape", [found, g.ints([-1, 4])]);
  const [centres, sizes] = halves(g, rows);
  const input = toDouble(g, g.add("Concat", [width, height, width, height], { axis: 0 }));
  return {
    boxes: g.add("Mul", [boxesAround(g, centres, sizes), input]),
    scores: g.add("Gather", [all, queries]),
    classes: bestColumn(g, g.add("Gather", [objects, queries], { axis: 1 })),
  };
}
