/**
 * NanoDet (https://github.com/RangiLyu/nanodet): per stride the class scores of every cell and, for each of the four
 * sides, a distribution over distances (Generalized Focal Loss, Li et al., NeurIPS 2020, section 3.2).
 *
 * Outputs, per stride and in the order of the strides: scores float32 [1, cells, classes], through the sigmoid;
 * distances float32 [1, cells, 4 * (regMax + 1)], logits.
 * Options of the card: `strides` (pixels per cell of each level, default [8, 16, 32]), `regMax` (largest distance in
 * cells, default 10).
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
import { asManyRows, bestColumn, bestOf, cellsAt, doubles, reaching, toDouble } from "./_graph.js";
import { usualNms } from "./_nms.js";

const optionsSchema = z.strictObject({
  strides: z.array(z.int().positive()).min(1).default([8, 16, 32]),
  regMax: z.int().positive().default(10),
});

export const nanodet: Contract = (card, model) => {
  const { strides, regMax } = readOptions(card, optionsSchema);
  const classes = card.labels.length;
  const bins = regMax + 1;
  const scores = outputsOfWidth(model, classes);
  const distances = outputsOfWidth(model, 4 * bins);
  if (classes === 4 * bins || scores.length !== strides.length || distances.length !== strides.length)
    throw mismatch(
      card,
      model,
      `${strides.length} outputs float32[1,cells,${classes}] (classes) and as many float32[1,cells,${4 * bins}] (4 sides x ${bins} distances)`,
    );
  return {
    outputs: [...scores, ...distances],
    append(g, outputs, scene) {
      const levels = strides.map((stride, i) =>
        level(g, outputs[i]!, outputs[strides.length + i]!, stride, bins, scene),
      );
      const join = (name: keyof Candidates): Value =>
        g.add(
          "Concat",
          levels.map((found) => found[name]),
          { axis: 0 },
        );
      return { boxes: join("boxes"), scores: join("scores"), classes: join("classes") };
    },
    check(sizes, fit) {
      for (const [i, stride] of strides.entries()) {
        const cells = Math.ceil(fit.width / stride) * Math.ceil(fit.height / stride);
        if (sizes[i] !== cells * classes || sizes[strides.length + i] !== cells * 4 * bins)
          throw new ModelError(
            `Cannot use model "${model.name}" as "${card.contract}": expected ${cells} cells at stride ${stride} for an input of ${fit.width}x${fit.height}, got ${sizes[i]! / classes}`,
          );
      }
    },
    suppression: usualNms,
  };
};

/** The cells of one level whose best class reaches the minimum score. */
function level(
  g: Graph,
  scores: Value,
  distances: Value,
  stride: number,
  bins: number,
  { minScore, width, opset }: Scene,
): Candidates {
  const best = bestOf(g, scores, opset);
  const cells = reaching(g, best, minScore, asManyRows(g, scores, distances));
  // Only candidates are looked at from here on.
  const columns = g.add("Div", [g.add("Add", [width, g.ints([stride - 1])]), g.ints([stride])]);
  const middle = g.add("Mul", [
    g.add("Add", [cellsAt(g, cells, columns), doubles(g, [0.5])]),
    doubles(g, [stride]),
  ]);
  const logits = g.add("Reshape", [g.add("Gather", [distances, cells], { axis: 1 }), g.ints([-1, 4, bins])]);
  // The mean of 0, 1, ... under the softmax.
  const steps = g.add("Reshape", [doubles(g, [...Array(bins).keys()]), g.ints([bins, 1])]);
  const mean = g.add("MatMul", [g.add("Softmax", [toDouble(g, logits)], { axis: 2 }), steps]);
  const sides = g.add("Mul", [
    g.add("Reshape", [mean, g.ints([-1, 4])]),
    doubles(g, [-stride, -stride, stride, stride]),
  ]);
  return {
    boxes: g.add("Add", [g.add("Concat", [middle, middle], { axis: 1 }), sides]),
    scores: g.add("Gather", [best, cells]),
    classes: bestColumn(g, g.add("Gather", [scores, cells], { axis: 1 })),
  };
}
