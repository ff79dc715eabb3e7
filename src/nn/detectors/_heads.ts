/** What is done with each region: classes, boxes, and the choice among them. */
import { relu, softmax } from "../activations.js";
import { flatten } from "../joins.js";
import { linear } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { clipBoxes, decodeBoxes, dropSmall } from "./_boxes.js";
import type { Detections } from "./_detector.js";
import { suppress } from "./_nms.js";

/** Shortest side, in pixels, of a box that is given. */
const MIN_SIDE = 0.01;

/** By how much the box head's deltas are larger than the plain ones: one over their spread in training. */
export const BOX_WEIGHTS = [10, 10, 5, 5] as const;

/** Two fully connected layers, "fc6" and "fc7". */
export function twoFc(g: Network, regions: Tensor, width: number): Tensor {
  const fc6 = relu(g, linear(g, "fc6", flatten(g, regions), { out: width }));
  return relu(g, linear(g, "fc7", fc6, { out: width }));
}

/** Logits [n, classes], and deltas [n, 4 boxes] where each region gets so many boxes. */
export function predict(
  g: Network,
  x: Tensor,
  classes: number,
  boxes: number,
): { logits: Tensor; deltas: Tensor } {
  return {
    logits: linear(g, "cls_score", x, { out: classes }),
    deltas: linear(g, "bbox_pred", x, { out: 4 * boxes }),
  };
}

/** Which detections are given. */
export interface ChoiceOptions {
  readonly minScore: number;
  readonly nms: number;
  readonly most: number;
}

/** Detections of regions [n, 4] whose deltas [n, 4 classes] move them for each class on its own. */
export function choosePerClass(
  g: Network,
  { logits, deltas }: { logits: Tensor; deltas: Tensor },
  regions: Tensor,
  limits: Tensor,
  options: ChoiceOptions,
): Detections {
  const [rows, classes] = logits.shape as [string, number];
  const split = g.op("Reshape", [deltas, g.ints([-1, classes, 4])], [rows, classes, 4]);
  const byClass = g.op("Transpose", [foreground(g, split)], [classes - 1, rows, 4], {
    attributes: { perm: [1, 0, 2] },
  });
  const boxes = clipBoxes(g, decodeBoxes(g, byClass, regions, BOX_WEIGHTS), limits);
  const chances = transposed(g, foreground(g, softmax(1)(g, logits)));
  const scores = dropSmall(g, boxes, chances, MIN_SIDE);
  const each = g.op("Unsqueeze", [scores, g.ints([1])], [classes - 1, 1, rows]);
  return suppress(g, boxes, each, { ...options, iou: options.nms, firstLabel: 1 });
}

/** Detections of boxes [n, 4] that all classes share; `chances` [n, classes], the background first. */
export function chooseShared(g: Network, boxes: Tensor, chances: Tensor, options: ChoiceOptions): Detections {
  const [rows, classes] = chances.shape as [string, number];
  const scores = dropSmall(g, boxes, transposed(g, foreground(g, chances)), MIN_SIDE);
  return suppress(
    g,
    g.op("Unsqueeze", [boxes, g.ints([0])], [1, rows, 4]),
    g.op("Unsqueeze", [scores, g.ints([0])], [1, classes - 1, rows]),
    { ...options, iou: options.nms, firstLabel: 1 },
  );
}

/** Without class 0, on axis 1. */
function foreground(g: Network, x: Tensor): Tensor {
  const [rows, classes, ...rest] = x.shape as [string, number, ...number[]];
  return g.op("Slice", [x, g.ints([1]), g.ints([classes]), g.ints([1])], [rows, classes - 1, ...rest]);
}

const transposed = (g: Network, x: Tensor): Tensor =>
  g.op("Transpose", [x], [x.shape[1]!, x.shape[0]!], { attributes: { perm: [1, 0] } });
