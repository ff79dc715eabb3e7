/**
 * Faster R-CNN: regions from anchors, then classes and boxes of the regions. Ren et al. 2015, "Faster R-CNN"; with a
 * feature pyramid: Lin et al. 2017; with the last residual stage as the head: He et al. 2015, appendix A. Names as in
 * torchvision.
 */
import { residualStage, resnetDepths } from "../backbones/resnet.js";
import { flatten } from "../joins.js";
import type { NormOptions } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { globalAveragePool } from "../pools.js";
import { caffeAnchors, cellAnchors } from "./_anchors.js";
import { imageLimits } from "./_boxes.js";
import { CAFFE, type Detector, type DetectorInput, TORCHVISION } from "./_detector.js";
import { type ChoiceOptions, choosePerClass, predict, twoFc } from "./_heads.js";
import { type Level, roiAlign, roiPool } from "./_roi.js";
import { type RpnOptions, rpn } from "./_rpn.js";
import {
  type BuildTrunk,
  mobilenetFpn,
  type ResNetDepth,
  resnetC4,
  resnetFpn,
  vggTrunk,
  zfTrunk,
} from "./_trunks.js";

/** What distinguishes the members of the family. */
interface Spec extends ChoiceOptions {
  readonly input: DetectorInput;
  readonly labels: Detector["labels"];
  readonly classes: number;
  readonly trunk: BuildTrunk;
  readonly rpn: RpnOptions;
  /** Regions of one size from the maps. */
  readonly pool: (g: Network, levels: readonly Level[], boxes: Tensor) => Tensor;
  /** What is computed of each region, [n, features]. */
  readonly head: (g: Network, regions: Tensor, norm?: NormOptions) => Tensor;
}

function fasterRcnn(spec: Spec): Detector {
  return {
    input: spec.input,
    labels: spec.labels,
    background: 0,
    build(g, image, { classes = spec.classes, norm, proposals, ...choice }) {
      const { maps, levels } = g.scope("backbone", () => spec.trunk(g, image, norm));
      const boxes = g.scope("rpn", () => rpn(g, image, maps, { ...spec.rpn, ...proposals }));
      return g.scope("roi_heads", () => {
        const x = g.scope("box_head", () => spec.head(g, spec.pool(g, levels, boxes), norm));
        const said = g.scope("box_predictor", () => predict(g, x, classes, classes));
        return choosePerClass(g, said, boxes, imageLimits(g, image), { ...spec, ...choice });
      });
    },
  };
}

const RATIOS = [0.5, 1, 2];

/** The usual proposals from a pyramid: one size of anchor per level. */
export const PYRAMID: RpnOptions = {
  cells: [32, 64, 128, 256, 512].map((size) => cellAnchors([size], RATIOS)),
  before: 1000,
  after: 1000,
  nms: 0.7,
  minScore: 0,
};

/** What torchvision's detectors for COCO have in common. */
export const COCO = {
  input: { ...TORCHVISION, fit: "pad", size: { longSide: 1333, shortSide: 800, multiple: 32 } },
  labels: "coco91",
  classes: 91,
  minScore: 0.05,
  nms: 0.5,
  most: 100,
} as const;

const fromPyramid = (depth: ResNetDepth): Detector =>
  fasterRcnn({
    ...COCO,
    trunk: resnetFpn(depth),
    rpn: PYRAMID,
    pool: (g, levels, boxes) => roiAlign(g, levels, boxes, 7),
    head: (g, regions) => twoFc(g, regions, 1024),
  });

const fromC4 = (depth: ResNetDepth): Detector =>
  fasterRcnn({
    ...COCO,
    trunk: resnetC4(depth),
    rpn: {
      cells: [cellAnchors([32, 64, 128, 256, 512], RATIOS)],
      before: 6000,
      // The head is a whole stage of the network: as few regions as in the paper.
      after: 300,
      nms: 0.7,
      minScore: 0,
    },
    pool: (g, levels, boxes) => roiAlign(g, levels, boxes, 14),
    head(g, regions, norm = { frozen: true }) {
      const x = residualStage(g, regions, 3, { ...depth, norm }, { width: 512, stride: 2 });
      return flatten(g, globalAveragePool(g, x, "avgpool"));
    },
  });

const mobilenet = (size: { longSide: number; shortSide: number }, before: number): Detector =>
  fasterRcnn({
    ...COCO,
    input: { ...COCO.input, size: { ...size, multiple: 32 } },
    trunk: mobilenetFpn,
    rpn: {
      cells: Array(3).fill(cellAnchors([32, 64, 128, 256, 512], RATIOS)),
      before,
      after: before,
      nms: 0.7,
      minScore: 0.05,
    },
    pool: (g, levels, boxes) => roiAlign(g, levels, boxes, 7),
    head: (g, regions) => twoFc(g, regions, 1024),
  });

/** What the paper's networks for Pascal VOC have in common. */
export const VOC = {
  input: { ...CAFFE, fit: "pad", size: { longSide: 1000, shortSide: 600, multiple: 1 } },
  labels: "voc20",
  classes: 21,
  minScore: 0.05,
  nms: 0.3,
  most: 100,
} as const;

/** Proposals of the paper: nine anchors, two numbers for each. */
export const PAPER: RpnOptions = {
  cells: [caffeAnchors(16, [8, 16, 32], RATIOS)],
  stride: 16,
  score: "softmax",
  minSize: 16,
  before: 6000,
  after: 300,
  nms: 0.7,
  minScore: 0,
};

const vgg16 = (spec: Pick<Spec, "input" | "nms" | "rpn" | "trunk" | "pool">): Detector =>
  fasterRcnn({ ...VOC, head: (g, regions) => twoFc(g, regions, 4096), ...spec });

export const fasterRcnns = {
  fasterrcnn_resnet18_fpn: fromPyramid(resnetDepths[18]),
  fasterrcnn_resnet34_fpn: fromPyramid(resnetDepths[34]),
  fasterrcnn_resnet50_fpn: fromPyramid(resnetDepths[50]),
  fasterrcnn_resnet101_fpn: fromPyramid(resnetDepths[101]),
  fasterrcnn_resnet152_fpn: fromPyramid(resnetDepths[152]),
  fasterrcnn_mobilenet_v3_large_fpn: mobilenet(COCO.input.size, 1000),
  fasterrcnn_mobilenet_v3_large_320_fpn: mobilenet({ longSide: 640, shortSide: 320 }, 150),
  fasterrcnn_resnet50_c4: fromC4(resnetDepths[50]),
  fasterrcnn_resnet101_c4: fromC4(resnetDepths[101]),
  fasterrcnn_vgg16: vgg16({
    input: { ...TORCHVISION, fit: "pad", size: { longSide: 1000, shortSide: 600, multiple: 32 } },
    nms: 0.5,
    trunk: vggTrunk(false),
    rpn: { ...PAPER, cells: [cellAnchors([128, 256, 512], RATIOS)], score: "sigmoid", minSize: 1e-3 },
    pool: (g, levels, boxes) => roiAlign(g, levels, boxes, 7),
  }),
  fasterrcnn_vgg16_paper: vgg16({
    ...VOC,
    trunk: vggTrunk(true),
    rpn: PAPER,
    pool: (g, levels, boxes) => roiPool(g, levels[0]!, boxes, 7),
  }),
  fasterrcnn_zf_paper: vgg16({
    ...VOC,
    trunk: zfTrunk,
    rpn: PAPER,
    pool: (g, levels, boxes) => roiPool(g, levels[0]!, boxes, 6),
  }),
} as const satisfies Readonly<Record<string, Detector>>;
