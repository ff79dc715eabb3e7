/**
 * FCOS. Tian et al. 2019, "FCOS: Fully Convolutional One-Stage Object Detection" (section 3, figure 2): every place says
 * how far the four sides of its object are. Names and thresholds as in torchvision.
 */
import { type Activation, relu, sigmoid } from "../activations.js";
import { resnetDepths, resnetFeatures } from "../backbones/resnet.js";
import { conv } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { anchorGrid, perAnchor } from "./_anchors.js";
import { clipBoxes, halves, imageLimits } from "./_boxes.js";
import { chooseDense } from "./_dense.js";
import { type Detector, TORCHVISION } from "./_detector.js";
import { fpn } from "./_fpn.js";
import { rowsAt } from "./_nms.js";

const CONVOLUTIONS = [0, 1, 2, 3] as const;
const GROUPS = 32;

/** Norm over groups of neighbouring channels. Wu & He 2018. Parameters `name.weight`, `.bias`. */
function groupNorm(g: Network, name: string, x: Tensor): Tensor {
  const [n, channels, ...sides] = x.shape as [number | string, number, ...(number | string)[]];
  const each = (value: number) => g.floats(new Float32Array(GROUPS).fill(value));
  const split = g.op("Reshape", [x, g.ints([0, GROUPS, -1])], [n, GROUPS, `${g.path(name)}.group`]);
  const even = g.op("InstanceNormalization", [split, each(1), each(0)], split.shape, {
    attributes: { epsilon: 1e-5 },
  });
  const back = g.op("Reshape", [even, g.op("Shape", [x], [4])], [n, channels, ...sides]);
  const upright = (parameter: Tensor) => g.op("Unsqueeze", [parameter, g.ints([1, 2])], [channels, 1, 1]);
  const [scale, shift] = g.scope(name, () => [
    upright(g.parameter("weight", [channels], "scale")),
    upright(g.parameter("bias", [channels], "shift")),
  ]);
  return g.op("Add", [g.op("Mul", [back, scale!], x.shape), shift!], x.shape, { name });
}

/** Four convolutions with norms, placed as in a sequence of convolution, norm and activation. */
function tower(g: Network, map: Tensor): Tensor {
  return CONVOLUTIONS.reduce((x, k) => {
    const y = conv(g, `conv.${3 * k}`, x, { out: 256, kernel: 3, pad: 1 });
    return relu(g, groupNorm(g, `conv.${3 * k + 1}`, y));
  }, map);
}

/** Score is the geometric mean of class and centredness. */
const root: Activation = (g, x) => g.op("Sqrt", [x], x.shape);

/** Distances at each level are in these many pixels. */
const SIDES = [8, 16, 32, 64, 128] as const;

const fcos: Detector = {
  input: { ...TORCHVISION, fit: "pad", size: { shortSide: 800, longSide: 1333, multiple: 32 } },
  labels: "coco91",
  background: 0,
  build(g, image, { classes = 91, norm = { frozen: true }, minScore = 0.2, nms = 0.6, most = 100 }) {
    const maps = g.scope("backbone", () => {
      const stages = g.scope("body", () => resnetFeatures(g, image, { ...resnetDepths[50], norm }));
      return g.scope("fpn", () => fpn(g, stages.slice(1), { extra: "p6p7" }));
    });
    const limits = imageLimits(g, image);
    const predict = (name: string, x: Tensor, out: number) => conv(g, name, x, { out, kernel: 3, pad: 1 });
    const levels = maps.map((map, k) => {
      const logits = g.scope("head.classification_head", () => predict("cls_logits", tower(g, map), classes));
      const [sides, centred] = g.scope("head.regression_head", () => {
        const x = tower(g, map);
        return [relu(g, predict("bbox_reg", x, 4)), predict("bbox_ctrness", x, 1)];
      });
      const ranks = g.op(
        "Mul",
        [sigmoid(g, perAnchor(g, logits, classes)), sigmoid(g, perAnchor(g, centred!, 1))],
        [`${map.name}.anchors`, classes],
      );
      const side = SIDES[k]!;
      const middles = anchorGrid(g, image, map, [[0, 0, 0, 0]]);
      const distances = perAnchor(g, sides!, 4);
      const boxesAt = (places: Tensor): Tensor => {
        const scaled = g.op("Mul", [rowsAt(g, distances, places), g.floats(side)], [places.shape[0]!, 4]);
        const [before, after] = halves(g, scaled);
        const [middle] = halves(g, rowsAt(g, middles, places));
        const first = g.op("Sub", [middle, before], before.shape);
        const last = g.op("Add", [middle, after], after.shape);
        const boxes = g.op("Concat", [first, last], [places.shape[0]!, 4], { attributes: { axis: 1 } });
        return clipBoxes(g, boxes, limits);
      };
      return { ranks, scored: root, boxesAt };
    });
    return chooseDense(g, levels, classes, { minScore, nms, most });
  },
};

export const fcoses = { fcos_resnet50_fpn: fcos } as const satisfies Readonly<Record<string, Detector>>;
