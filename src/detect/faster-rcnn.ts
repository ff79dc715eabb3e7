/**
 * Faster R-CNN of the ONNX model zoo (Ren et al., 2015, https://arxiv.org/abs/1506.01497): suppression is part of the
 * model.
 *
 * Outputs, in this order: boxes float32 [n, 4], x1, y1, x2, y2 in pixels of the input; labels int64 [n]; scores
 * float32 [n]. What follows, as the masks of Mask R-CNN, is not read.
 * Options of the card: `background` (label that is no class).
 */
import { z } from "zod";
import { ModelError } from "../errors.js";
import type { Graph, Value } from "../nn/index.js";
import {
  type Candidates,
  type Contract,
  classCount,
  mismatch,
  readOptions,
  type Scene,
} from "./_contract.js";
import { flat, reaching, toDouble } from "./_graph.js";
import { usualNms } from "./_nms.js";

const optionsSchema = z.strictObject({ background: classCount });

export const fasterRcnn: Contract = (card, model) => {
  const { background } = readOptions(card, optionsSchema);
  const outputs = model.outputs.slice(0, 3);
  const types = outputs.map((o) => o.type).join();
  if (types !== "float32,int64,float32")
    throw mismatch(card, model, "outputs boxes float32[n,4], labels int64[n], scores float32[n]");
  return {
    outputs,
    append: (g, [boxes, labels, scores], scene) => decode(g, boxes!, labels!, scores!, background, scene),
    check([boxes, labels, scores]) {
      if (boxes !== 4 * scores! || labels !== scores)
        throw new ModelError(
          `Cannot use model "${model.name}" as "${card.contract}": expected as many boxes and labels as scores (${scores}), got ${boxes! / 4} and ${labels}`,
        );
    },
    // The model suppresses per class; across classes it is done here.
    suppression: usualNms,
  };
};

/** The rows that reach the minimum score. */
function decode(
  g: Graph,
  boxes: Value,
  labels: Value,
  scores: Value,
  background: number | undefined,
  { minScore }: Scene,
): Candidates {
  const [label, score] = [flat(g, labels), toDouble(g, flat(g, scores))];
  const count = (x: Value): Value => g.add("Size", [x]);
  const whole = g.add("And", [
    g.add("Equal", [count(labels), count(scores)]),
    g.add("Equal", [count(boxes), g.add("Mul", [count(scores), g.ints(4)])]),
  ]);
  const rows = reaching(g, score, minScore, whole);
  const objects =
    background === undefined
      ? rows
      : g.add("Gather", [
          rows,
          flat(
            g,
            g.add("NonZero", [
              g.add("Not", [g.add("Equal", [g.add("Gather", [label, rows]), g.ints(background)])]),
            ]),
          ),
        ]);
  const table = g.add("Reshape", [boxes, g.ints([-1, 4])]);
  return {
    boxes: toDouble(g, g.add("Gather", [table, objects])),
    scores: g.add("Gather", [score, objects]),
    classes: g.add("Gather", [label, objects]),
  };
}
