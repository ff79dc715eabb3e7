/** The choice of detections among boxes that may reach out of the image. */
import type { Network, Tensor } from "../network.js";
import { clipBoxes, dropSmall, imageLimits } from "./_boxes.js";
import type { Detections } from "./_detector.js";
import type { ChoiceOptions } from "./_heads.js";
import { suppress } from "./_nms.js";

/** Shortest side, in pixels, of the part of a box that lies in the image. */
export const MIN_SIDE = 0.01;

/** Scores [n, classes] as [1, classes, n]. */
export function byClass(g: Network, scores: Tensor): Tensor {
  const [n, classes] = scores.shape;
  const turned = g.op("Transpose", [scores], [classes!, n!], { attributes: { perm: [1, 0] } });
  return g.op("Unsqueeze", [turned, g.ints([0])], [1, classes!, n!]);
}

/**
 * Detections of boxes [n, 4] in pixels with scores [1, classes, n]. They suppress each other as they are, are given cut
 * off at the image's borders, and not at all where nothing is left.
 */
export function chooseByClass(
  g: Network,
  image: Tensor,
  boxes: Tensor,
  scores: Tensor,
  { minScore, nms, most }: ChoiceOptions,
): Detections {
  const limits = imageLimits(g, image);
  const inside = dropSmall(g, clipBoxes(g, boxes, limits), scores, MIN_SIDE);
  const all = g.op("Unsqueeze", [boxes, g.ints([0])], [1, boxes.shape[0]!, 4]);
  const found = suppress(g, all, inside, { iou: nms, minScore, most });
  return { ...found, boxes: clipBoxes(g, found.boxes, limits) };
}
