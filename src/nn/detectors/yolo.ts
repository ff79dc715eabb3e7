/**
 * YOLO v2, v3 and v4, and YOLT. Redmon & Farhadi 2016, "YOLO9000", and 2018, "YOLOv3"; Bochkovskiy et al. 2020, "YOLOv4";
 * Van Etten 2018, "You Only Look Twice" (table 1). Layers are named by their line in Darknet's configuration files. Sides
 * of the input are multiples of 32 (YOLT: 16).
 */
import { type Activation, leakyRelu } from "../activations.js";
import {
  cspDarknet53,
  type Darknet,
  darknet,
  darknet17,
  darknet19,
  darknet53,
} from "../backbones/darknet.js";
import { concat, multiply } from "../joins.js";
import type { Network, Tensor } from "../network.js";
import type { Detector, DetectorInput } from "./_detector.js";
import { type Grid, reorganise, UNIT, type YoloOptions, yoloDetections } from "./_yolo.js";

type Anchors = Grid["anchors"];

/** Anchors of COCO in pixels, of the released networks, from small to large. */
// biome-ignore format: one network a line
const ANCHORS = {
  v2: [[18.32736, 21.67632], [59.98272, 66.00096], [106.82976, 175.17888], [252.25024, 112.88896], [312.65664, 293.38144]],
  v3: [[10, 13], [16, 30], [33, 23], [30, 61], [62, 45], [59, 119], [116, 90], [156, 198], [373, 326]],
  tiny: [[10, 14], [23, 27], [37, 58], [81, 82], [135, 169], [344, 319]],
  v4: [[12, 16], [19, 36], [40, 28], [36, 75], [76, 55], [72, 146], [142, 110], [192, 243], [459, 401]],
} as const satisfies Readonly<Record<string, Anchors>>;

/** x tanh(log(1 + exp(x))). Misra 2019. */
const mish: Activation = (g, x) => multiply(g, x, g.op("Tanh", [g.op("Softplus", [x], x.shape)], x.shape));

/** Predictions of one map: a 1x1 convolution. The line after it only says how they are read. */
function head(
  d: Darknet,
  x: Tensor,
  stride: number,
  anchors: Anchors,
  classes: number,
  reach?: number,
): Grid {
  const map = d.predict(x, anchors.length * (5 + classes));
  return { map: d.route(map), stride, anchors, reach };
}

/** Darknet-19 and a passthrough: what the map at 1/16 saw is put beside the one at 1/32. */
function v2(g: Network, image: Tensor, classes: number): Grid[] {
  const d = darknet(g);
  const [c4, c5] = darknet19(d, image);
  const x = d.conv(d.conv(c5, 1024, 3), 1024, 3);
  const y = d.conv(d.route(c4), 64, 1);
  const fine = d.line(() => reorganise(g, y));
  return [head(d, d.conv(d.route(fine, x), 1024, 3), 32, ANCHORS.v2, classes)];
}

/** Half the depth of v2 and a grid twice as fine. The paper names no anchors: those of v2, in cells of 16 pixels. */
function yolt(g: Network, image: Tensor, classes: number): Grid[] {
  const d = darknet(g);
  const [c3, c4] = darknet17(d, image);
  const x = d.conv(d.conv(c4, 1024, 3), 1024, 3);
  const both = d.line(() => concat(g, [reorganise(g, c3), x]));
  const anchors = ANCHORS.v2.map(([w, h]) => [w / 2, h / 2] as const);
  return [head(d, d.conv(both, 1024, 3), 16, anchors, classes)];
}

/** 1x1 and 3x3 convolutions in turn, three and two. */
function neck(d: Darknet, x: Tensor, width: number): Tensor {
  const y = d.conv(d.conv(d.conv(x, width, 1), 2 * width, 3), width, 1);
  return d.conv(d.conv(y, 2 * width, 3), width, 1);
}

/** Darknet-53 and, from coarse to fine, predictions on three maps. */
function v3(g: Network, image: Tensor, classes: number): Grid[] {
  const d = darknet(g);
  const [c3, c4, c5] = darknet53(d, image) as [Tensor, Tensor, Tensor];
  const grids: Grid[] = [];
  let x = c5;
  for (const [k, map] of [c5, c4, c3].entries()) {
    const width = 512 / 2 ** k;
    if (k > 0) x = d.route(d.upsample(d.conv(d.route(x), width, 1)), map);
    x = neck(d, x, width);
    const anchors = ANCHORS.v3.slice(6 - 3 * k, 9 - 3 * k);
    grids.push(head(d, d.conv(x, 2 * width, 3), 32 / 2 ** k, anchors, classes));
  }
  return grids;
}

/** Seven convolutions with pools between them, predictions on two maps. */
function v3Tiny(g: Network, image: Tensor, classes: number): Grid[] {
  const d = darknet(g);
  let x = image;
  for (const out of [16, 32, 64, 128]) x = d.pool(d.conv(x, out, 3));
  const c4 = d.conv(x, 256, 3);
  x = d.spread(d.conv(d.pool(c4), 512, 3), 2);
  x = d.conv(d.conv(x, 1024, 3), 256, 1);
  const coarse = head(d, d.conv(x, 512, 3), 32, ANCHORS.tiny.slice(3), classes);
  x = d.route(d.upsample(d.conv(d.route(x), 128, 1)), c4);
  // The published weights were trained with the second to fourth anchor here; the first serves nowhere.
  return [coarse, head(d, d.conv(x, 256, 3), 16, ANCHORS.tiny.slice(1, 4), classes)];
}

/** CSPDarknet-53, pools of three sizes side by side, and maps joined from coarse to fine and back. */
function v4(g: Network, image: Tensor, classes: number): Grid[] {
  const [c3, c4, c5] = cspDarknet53(darknet(g, mish), image) as [Tensor, Tensor, Tensor];
  const d = darknet(g, leakyRelu(0.1), 105);
  let x = d.conv(d.conv(d.conv(c5, 512, 1), 1024, 3), 512, 1);
  const [near, mid, far] = [d.spread(x, 5), d.spread(d.route(x), 9), d.spread(d.route(x), 13)];
  x = d.conv(d.route(far, mid, near, x), 512, 1);
  const n5 = d.conv(d.conv(x, 1024, 3), 512, 1);

  const down = (coarse: Tensor, map: Tensor, width: number): Tensor => {
    const large = d.upsample(d.conv(coarse, width, 1));
    return neck(d, d.route(d.conv(d.route(map), width, 1), large), width);
  };
  const n4 = down(n5, c4, 256);
  x = down(n4, c3, 128);
  const grids = [head(d, d.conv(x, 256, 3), 8, ANCHORS.v4.slice(0, 3), classes, 1.2)];
  for (const [k, map] of [n4, n5].entries()) {
    const width = 256 * 2 ** k;
    x = neck(d, d.route(d.conv(d.route(x), width, 3, 2), map), width);
    const anchors = ANCHORS.v4.slice(3 * k + 3, 3 * k + 6);
    grids.push(head(d, d.conv(x, 2 * width, 3), 16 * 2 ** k, anchors, classes, [1.1, 1.05][k]));
  }
  return grids;
}

/** How detections are chosen by default, as Darknet does it. */
const CHOICE = { minScore: 0.25, nms: 0.45, most: 100 } as const;

/** Side of the square input that the figures of the networks are for. */
const SIDE = 416;

function yolo(
  grids: (g: Network, image: Tensor, classes: number) => Grid[],
  kind: YoloOptions["kind"],
  fit: DetectorInput["fit"] = "letterbox",
): Detector {
  return {
    input: { ...UNIT, fit, size: { width: SIDE, height: SIDE } },
    labels: "coco80",
    background: undefined,
    build: (g, image, { classes = 80, ...choice }) =>
      yoloDetections(g, image, grids(g, image, classes), { ...CHOICE, ...choice, kind, classes }),
  };
}

export const yolos = {
  yolo_v2: yolo(v2, "softmax"),
  yolo_v3: yolo(v3, "sigmoid"),
  yolo_v3_tiny: yolo(v3Tiny, "sigmoid"),
  yolo_v4: yolo(v4, "sigmoid", "stretch"),
  yolt: yolo(yolt, "softmax", "stretch"),
} as const satisfies Readonly<Record<string, Detector>>;
