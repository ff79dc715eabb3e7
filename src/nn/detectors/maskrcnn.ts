/** Mask R-CNN: Faster R-CNN and a mask of each object. He et al. 2017, "Mask R-CNN" (figure 4, right). Names as in torchvision. */
import { relu, sigmoid } from "../activations.js";
import { resnetDepths } from "../backbones/resnet.js";
import { conv, convTranspose } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { imageLimits } from "./_boxes.js";
import type { Detector } from "./_detector.js";
import { choosePerClass, predict, twoFc } from "./_heads.js";
import { roiAlign } from "./_roi.js";
import { rpn } from "./_rpn.js";
import { type ResNetDepth, resnetFpn } from "./_trunks.js";
import { COCO, PYRAMID } from "./fasterrcnn.js";

const maskRcnn = (depth: ResNetDepth): Detector => ({
  input: COCO.input,
  labels: COCO.labels,
  background: 0,
  build(g, image, { classes = COCO.classes, norm, proposals, ...choice }) {
    const { maps, levels } = g.scope("backbone", () => resnetFpn(depth)(g, image, norm));
    const boxes = g.scope("rpn", () => rpn(g, image, maps, { ...PYRAMID, ...proposals }));
    return g.scope("roi_heads", () => {
      const x = g.scope("box_head", () => twoFc(g, roiAlign(g, levels, boxes, 7), 1024));
      const said = g.scope("box_predictor", () => predict(g, x, classes, classes));
      const found = choosePerClass(g, said, boxes, imageLimits(g, image), { ...COCO, ...choice });
      const regions = g.scope("mask_head", () => roiAlign(g, levels, found.boxes, 14));
      return { ...found, masks: masks(g, regions, found.labels, classes) };
    });
  },
});

/** The chance of each place to belong to the object, by the mask of its own class: [n, 28, 28]. */
function masks(g: Network, regions: Tensor, labels: Tensor, classes: number): Tensor {
  const features = g.scope("mask_head", () => {
    let x = regions;
    for (let k = 0; k < 4; k++) x = relu(g, conv(g, `${k}.0`, x, { out: 256, kernel: 3, pad: 1 }));
    return x;
  });
  return g.scope("mask_predictor", () => {
    const larger = relu(g, convTranspose(g, "conv5_mask", features, { out: 256, kernel: 2, stride: 2 }));
    const logits = conv(g, "mask_fcn_logits", larger, { out: classes, kernel: 1 });
    const own = g.op("Unsqueeze", [labels, g.ints([1])], [labels.shape[0]!, 1]);
    const [rows, , height, width] = logits.shape;
    const chosen = g.op("GatherND", [logits, own], [rows!, height!, width!], {
      attributes: { batch_dims: 1 },
    });
    return sigmoid(g, chosen);
  });
}

export const maskRcnns = {
  maskrcnn_resnet50_fpn: maskRcnn(resnetDepths[50]),
  maskrcnn_resnet101_fpn: maskRcnn(resnetDepths[101]),
} as const satisfies Readonly<Record<string, Detector>>;
