/**
 * CornerNet. Law & Deng 2018, "CornerNet: Detecting Objects as Paired Keypoints": objects as pairs of corners. The
 * authors lower the scores of overlapping boxes (soft NMS), for which ONNX has no operator; here the better box
 * suppresses.
 */
import type { Network, Tensor } from "../network.js";
import { imageLimits } from "./_boxes.js";
import { chooseByClass } from "./_choose.js";
import { cornerModule, type Direction } from "./_corners.js";
import type { Detector } from "./_detector.js";
import { pointHead, stackedHourglasses } from "./_hourglass.js";
import { type CornerMaps, pairCorners } from "./_keypoints.js";
import { scoresByClass } from "./_nms.js";

/** Where each kind of corner looks for its object: along columns, along rows. */
export const CORNERS = { tl: ["down", "right"], br: ["up", "left"] } as const satisfies Readonly<
  Record<string, readonly [Direction, Direction]>
>;
export type Corner = keyof typeof CORNERS;

/** The three maps of one kind of corner. */
export function cornerMaps(
  g: Network,
  map: Tensor,
  corner: Corner,
  stack: number,
  classes: number,
): CornerMaps {
  return {
    heat: pointHead(g, `${corner}_heats.${stack}`, map, classes),
    tags: pointHead(g, `${corner}_tags.${stack}`, map, 1),
    offsets: pointHead(g, `${corner}_regrs.${stack}`, map, 2),
  };
}

/** How the authors feed their networks. */
export const KEYPOINT_INPUT = {
  colour: "bgr",
  fit: "letterbox",
  size: { width: 511, height: 511 },
  mean: [104.01362, 114.03422, 119.91659],
  std: [73.60276, 69.89082, 70.91508],
} as const;

export const KEYPOINT_CHOICE = { minScore: 0.05, nms: 0.5, most: 100 } as const;

/** Boxes in pixels of the input, from those in pixels of the map. */
export function toPixels(g: Network, image: Tensor, map: Tensor, boxes: Tensor): Tensor {
  const ratio = g.op("Div", [imageLimits(g, image), imageLimits(g, map)], [4]);
  return g.op("Mul", [boxes, ratio], boxes.shape, { name: "pixels" });
}

const cornernet: Detector = {
  input: KEYPOINT_INPUT,
  labels: "coco80",
  background: undefined,
  size: [511, 511],
  build(g, image, { classes = 80, ...choice }) {
    const { tl, br } = stackedHourglasses(g, image, 2, (map, stack) => {
      const maps = (corner: Corner): CornerMaps => {
        const seen = g.scope(`${corner}_cnvs.${stack}`, () => cornerModule(g, map, CORNERS[corner]));
        return cornerMaps(g, seen, corner, stack, classes);
      };
      return { tl: maps("tl"), br: maps("br") };
    });
    const pairs = pairCorners(g, tl, br, { count: 100, most: 1000 });
    const boxes = toPixels(g, image, tl.heat, pairs.boxes);
    const scores = scoresByClass(g, pairs.scores, pairs.labels, classes);
    return chooseByClass(g, image, boxes, scores, { ...KEYPOINT_CHOICE, ...choice });
  },
};

export const cornernets = { cornernet_hourglass104: cornernet } as const satisfies Readonly<
  Record<string, Detector>
>;
