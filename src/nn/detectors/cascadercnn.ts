/**
 * Cascade R-CNN: three heads one after the other, each reading the regions that the one before has moved. Cai &
 * Vasconcelos 2018, "Cascade R-CNN: Delving into High Quality Object Detection". In training the heads count a region as
 * an object from an IoU of 0.5, 0.6 and 0.7 on.
 */
import { softmax } from "../activations.js";
import { resnetDepths } from "../backbones/resnet.js";
import { slice } from "../joins.js";
import type { Network, Tensor } from "../network.js";
import { clipBoxes, decodeBoxes, imageLimits } from "./_boxes.js";
import type { Detector, DetectorInput } from "./_detector.js";
import { type ChoiceOptions, chooseShared, predict, twoFc } from "./_heads.js";
import { type Level, roiAlign, roiPool } from "./_roi.js";
import { type RpnOptions, rpn } from "./_rpn.js";
import { type BuildTrunk, type ResNetDepth, resnetFpn, vggTrunk } from "./_trunks.js";
import { COCO, PAPER, PYRAMID, VOC } from "./fasterrcnn.js";

/** Spread of the deltas of each head in training: they shrink as the regions get better. */
const SPREADS = [
  [0.1, 0.1, 0.2, 0.2],
  [0.05, 0.05, 0.1, 0.1],
  [0.033, 0.033, 0.067, 0.067],
] as const;

/** What distinguishes the members of the family. */
interface Spec extends ChoiceOptions {
  readonly input: DetectorInput;
  readonly labels: Detector["labels"];
  readonly classes: number;
  readonly trunk: BuildTrunk;
  readonly rpn: RpnOptions;
  readonly pool: (g: Network, levels: readonly Level[], boxes: Tensor) => Tensor;
  /** Of the fully connected layers. */
  readonly width: number;
  /** Boxes per region: one for all classes, or two, of which the first is the background's. */
  readonly boxes: 1 | 2;
}

function cascadeRcnn(spec: Spec): Detector {
  return {
    input: spec.input,
    labels: spec.labels,
    background: 0,
    build(g, image, { classes = spec.classes, norm, proposals, ...choice }) {
      const { maps, levels } = g.scope("backbone", () => spec.trunk(g, image, norm));
      const limits = imageLimits(g, image);
      const head = (k: number, regions: Tensor) =>
        g.scope(`cascade.${k}`, () => {
          const x = g.scope("box_head", () => twoFc(g, regions, spec.width));
          return g.scope("box_predictor", () => predict(g, x, classes, spec.boxes));
        });

      let boxes = g.scope("rpn", () => rpn(g, image, maps, { ...spec.rpn, ...proposals }));
      let regions = boxes;
      const said: { logits: Tensor; deltas: Tensor }[] = [];
      for (const [k, spread] of SPREADS.entries()) {
        regions = g.scope(`cascade.${k}`, () => spec.pool(g, levels, boxes));
        said[k] = head(k, regions);
        const last = slice(g, said[k].deltas, 1, { start: 4 * (spec.boxes - 1) });
        const moved = decodeBoxes(
          g,
          last,
          boxes,
          spread.map((s) => 1 / s),
        );
        boxes = clipBoxes(g, moved, limits);
      }
      // All three judge the regions that the last one has read.
      const [a, b, c] = [head(0, regions), head(1, regions), said[2]!].map(({ logits }) =>
        softmax(1)(g, logits),
      ) as [Tensor, Tensor, Tensor];
      const sum = g.op("Sum", [a, b, c], a.shape);
      const mean = g.op("Div", [sum, g.floats(SPREADS.length)], a.shape, { name: "chances" });
      return chooseShared(g, boxes, mean, { ...spec, ...choice });
    },
  };
}

const fromPyramid = (depth: ResNetDepth): Detector =>
  cascadeRcnn({
    ...COCO,
    trunk: resnetFpn(depth),
    rpn: PYRAMID,
    pool: (g, levels, boxes) => roiAlign(g, levels, boxes, 7),
    width: 1024,
    boxes: 1,
  });

export const cascadeRcnns = {
  cascadercnn_resnet50_fpn: fromPyramid(resnetDepths[50]),
  cascadercnn_resnet101_fpn: fromPyramid(resnetDepths[101]),
  cascadercnn_vgg16_paper: cascadeRcnn({
    ...VOC,
    trunk: vggTrunk(true),
    rpn: PAPER,
    pool: (g, levels, boxes) => roiPool(g, levels[0]!, boxes, 7),
    width: 2048,
    boxes: 2,
  }),
} as const satisfies Readonly<Record<string, Detector>>;
