/**
 * RetinaNet. Lin et al. 2017, "Focal Loss for Dense Object Detection" (section 4, figure 3): two small networks on every
 * level of a pyramid. Names, anchors and thresholds as in torchvision.
 */
import { relu, sigmoid } from "../activations.js";
import { resnetDepths, resnetFeatures } from "../backbones/resnet.js";
import { conv } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { anchorGrid, cellAnchors, perAnchor } from "./_anchors.js";
import { clipBoxes, decodeBoxes, imageLimits } from "./_boxes.js";
import { chooseDense } from "./_dense.js";
import { type Detector, TORCHVISION } from "./_detector.js";
import { fpn } from "./_fpn.js";
import { rowsAt } from "./_nms.js";

const CONVOLUTIONS = [0, 1, 2, 3] as const;

/** Sizes of the anchors of each level: an octave in three steps. */
const SIZES = [32, 64, 128, 256, 512].map((x) => [
  x,
  Math.trunc(x * 2 ** (1 / 3)),
  Math.trunc(x * 2 ** (2 / 3)),
]);
const RATIOS = [0.5, 1, 2] as const;
const ANCHORS = 9;

/** Four convolutions and one that predicts. */
function tower(g: Network, map: Tensor, name: string, out: number): Tensor {
  const last = CONVOLUTIONS.reduce(
    (x, k) => relu(g, conv(g, `conv.${k}.0`, x, { out: 256, kernel: 3, pad: 1 })),
    map,
  );
  return conv(g, name, last, { out, kernel: 3, pad: 1 });
}

const retinanet: Detector = {
  input: { ...TORCHVISION, fit: "pad", size: { shortSide: 800, longSide: 1333, multiple: 32 } },
  labels: "coco91",
  background: 0,
  build(g, image, { classes = 91, norm = { eps: 0, frozen: true }, minScore = 0.05, nms = 0.5, most = 300 }) {
    const maps = g.scope("backbone", () => {
      const stages = g.scope("body", () => resnetFeatures(g, image, { ...resnetDepths[50], norm }));
      return g.scope("fpn", () => fpn(g, stages.slice(1), { extra: "p6p7" }));
    });
    const limits = imageLimits(g, image);
    const levels = maps.map((map, k) => {
      const logits = g.scope("head.classification_head", () =>
        tower(g, map, "cls_logits", ANCHORS * classes),
      );
      const moves = g.scope("head.regression_head", () => tower(g, map, "bbox_reg", ANCHORS * 4));
      const ranks = perAnchor(g, logits, classes);
      const deltas = perAnchor(g, moves, 4);
      const anchors = anchorGrid(g, image, map, cellAnchors(SIZES[k]!, RATIOS));
      const boxesAt = (places: Tensor): Tensor =>
        clipBoxes(g, decodeBoxes(g, rowsAt(g, deltas, places), rowsAt(g, anchors, places)), limits);
      return { ranks, scored: sigmoid, boxesAt };
    });
    return chooseDense(g, levels, classes, { minScore, nms, most });
  },
};

export const retinanets = { retinanet_resnet50_fpn: retinanet } as const satisfies Readonly<
  Record<string, Detector>
>;
