/**
 * R-FCN: everything is a convolution over the whole image, and each part of a region votes from its own score map. Dai et
 * al. 2016, "R-FCN: Object Detection via Region-based Fully Convolutional Networks".
 */
import { relu, softmax } from "../activations.js";
import { residualStage, resnetDepths, resnetFeatures } from "../backbones/resnet.js";
import { slice } from "../joins.js";
import { conv, type NormOptions } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { cellAnchors } from "./_anchors.js";
import { clipBoxes, decodeBoxes, imageLimits } from "./_boxes.js";
import { CAFFE, type Detector } from "./_detector.js";
import { BOX_WEIGHTS, chooseShared } from "./_heads.js";
import { partsPool } from "./_roi.js";
import { type RpnOptions, rpn } from "./_rpn.js";
import type { ResNetDepth } from "./_trunks.js";
import { COCO, PAPER } from "./fasterrcnn.js";

/** A region is split into 7 x 7 parts. */
const PARTS = 7;

const RPN: RpnOptions = {
  ...PAPER,
  cells: [cellAnchors([64, 128, 256, 512], [0.5, 1, 2])],
  width: 512,
};

const CHOICE = { ...COCO, minScore: 0.05, nms: 0.3 };

const rfcn = (depth: ResNetDepth): Detector => ({
  input: { ...CAFFE, fit: "pad", size: { longSide: 1000, shortSide: 600, multiple: 32 } },
  labels: "coco80",
  background: 0,
  build(g, image, { classes = 81, norm = {}, proposals, ...choice }) {
    const { c4, c5 } = g.scope("backbone", () => trunk(g, image, depth, norm));
    const boxes = g.scope("rpn", () => rpn(g, image, [c4], { ...RPN, ...proposals }));
    return g.scope("roi_heads", () => {
      const x = relu(g, conv(g, "reduce", c5, { out: 1024, kernel: 1 }));
      const vote = (name: string, out: number): Tensor => {
        const map = conv(g, name, x, { out: out * PARTS ** 2, kernel: 1 });
        const parts = partsPool(g, { map, scale: 1 / 16 }, boxes, PARTS);
        return g.op("ReduceMean", [parts], [boxes.shape[0]!, out], {
          attributes: { axes: [1], keepdims: 0 },
        });
      };
      const chances = softmax(1)(g, vote("cls_score", classes));
      // Two boxes per region, the background's and the object's.
      const deltas = slice(g, vote("bbox_pred", 8), 1, { start: 4 });
      const moved = clipBoxes(g, decodeBoxes(g, deltas, boxes, BOX_WEIGHTS), imageLimits(g, image));
      return chooseShared(g, moved, chances, { ...CHOICE, ...choice });
    });
  },
});

/** The fourth stage at 1/16, and the fifth at the same size with dilation in place of its stride. */
function trunk(
  g: Network,
  image: Tensor,
  { block, depths }: ResNetDepth,
  norm: NormOptions,
): { c4: Tensor; c5: Tensor } {
  const options = { block, depths, stride: "1x1", norm } as const;
  return g.scope("body", () => {
    const c4 = resnetFeatures(g, image, { ...options, depths: depths.slice(0, 3) }).at(-1)!;
    return { c4, c5: residualStage(g, c4, 3, options, { width: 512, stride: 1, dilation: 2 }) };
  });
}

export const rfcns = {
  rfcn_resnet101: rfcn(resnetDepths[101]),
} as const satisfies Readonly<Record<string, Detector>>;
