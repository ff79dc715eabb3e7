/**
 * CenterNet. Duan et al. 2019, "CenterNet: Keypoint Triplets for Object Detection": a pair of corners counts where the
 * middle of its box holds a point of the same class. Soft NMS is replaced as in CornerNet.
 */
import type { Network, Tensor } from "../network.js";
import { halves } from "./_boxes.js";
import { chooseByClass } from "./_choose.js";
import { cascadeModule, centreModule } from "./_corners.js";
import type { Detector } from "./_detector.js";
import { pointHead, stackedHourglasses } from "./_hourglass.js";
import { type CornerMaps, type Pairs, pairCorners, peaks, refine } from "./_keypoints.js";
import { scoresByClass } from "./_nms.js";
import { CORNERS, type Corner, cornerMaps, KEYPOINT_CHOICE, KEYPOINT_INPUT, toPixels } from "./cornernet.js";

/** Corners and middles that take part. */
const POINTS = 70;
const PAIRS = 1000;
/** Boxes up to this many pixels have a middle of a third of their sides, larger ones of a fifth. */
const SMALL = 22500;

/** Logits and offsets of the middles. */
type Centres = Omit<CornerMaps, "tags">;

/**
 * Scores of pairs (boxes in pixels): the mean of both corners and the best middle of the class inside, or -1 without
 * one.
 */
export function scoreTriplets(g: Network, image: Tensor, pairs: Pairs, { heat, offsets }: Centres): Tensor {
  const middles = peaks(g, heat, POINTS);
  const [x, y] = refine(g, middles, offsets);
  const [points, count] = [x.shape[0]!, pairs.scores.shape[0]!];
  const upright = [x, y, x, y].map((side) => g.op("Unsqueeze", [side, g.ints([1])], [points, 1]));
  const twice = g.op("Concat", upright, [points, 4], { attributes: { axis: 1 } });
  const [spots] = halves(g, toPixels(g, image, heat, twice));

  const [first, last] = halves(g, pairs.boxes);
  const size = g.op("Sub", [last, first], [count, 2]);
  const area = g.op("ReduceProd", [size], [count, 1], { attributes: { axes: [1], keepdims: 1 } });
  const small = g.op("LessOrEqual", [area, g.floats(SMALL)], [count, 1]);
  const half = g.op(
    "Mul",
    [size, g.op("Where", [small, g.floats(1 / 6), g.floats(1 / 10)], [count, 1])],
    [count, 2],
  );
  const centre = g.op("Mul", [g.op("Add", [first, last], [count, 2]), g.floats(0.5)], [count, 2]);

  // Rows are pairs, columns are middles.
  const square = [count, points];
  const away = g.op(
    "Abs",
    [g.op("Sub", [g.op("Unsqueeze", [centre, g.ints([1])], [count, 1, 2]), spots], [...square, 2])],
    [...square, 2],
  );
  const room = g.op("Sub", [g.op("Unsqueeze", [half, g.ints([1])], [count, 1, 2]), away], [...square, 2]);
  const least = g.op("ReduceMin", [room], square, { attributes: { axes: [2], keepdims: 0 } });
  const inside = g.op("Greater", [least, g.floats(0)], square);
  const kind = g.op("Unsqueeze", [pairs.labels, g.ints([1])], [count, 1]);
  const same = g.op("Equal", [kind, middles.labels], square);
  const counts = g.op("Where", [g.op("And", [inside, same], square), middles.scores, g.floats(-1)], square);
  const best = g.op("ReduceMax", [counts], [count], { attributes: { axes: [1], keepdims: 0 } });
  const sum = g.op("Add", [g.op("Mul", [pairs.scores, g.floats(2)], [count]), best], [count]);
  const mean = g.op("Div", [sum, g.floats(3)], [count]);
  const whole = g.op(
    "And",
    [
      g.op("GreaterOrEqual", [best, g.floats(0)], [count]),
      g.op("GreaterOrEqual", [pairs.scores, g.floats(0)], [count]),
    ],
    [count],
  );
  return g.op("Where", [whole, mean, g.floats(-1)], [count], { name: "triplets" });
}

function centernet(stacks: number): Detector {
  return {
    input: KEYPOINT_INPUT,
    labels: "coco80",
    background: undefined,
    size: [511, 511],
    build(g, image, { classes = 80, ...choice }) {
      const { tl, br, ct } = stackedHourglasses(g, image, stacks, (map, stack) => {
        const corner = (name: Corner): CornerMaps => {
          const seen = g.scope(`${name}_cnvs.${stack}`, () => cascadeModule(g, map, CORNERS[name]));
          return cornerMaps(g, seen, name, stack, classes);
        };
        const middle = g.scope(`ct_cnvs.${stack}`, () => centreModule(g, map));
        return {
          tl: corner("tl"),
          br: corner("br"),
          ct: {
            heat: pointHead(g, `ct_heats.${stack}`, middle, classes),
            offsets: pointHead(g, `ct_regrs.${stack}`, middle, 2),
          },
        };
      });
      const found = pairCorners(g, tl, br, { count: POINTS, most: PAIRS });
      const pairs = { ...found, boxes: toPixels(g, image, tl.heat, found.boxes) };
      const scores = scoresByClass(g, scoreTriplets(g, image, pairs, ct), pairs.labels, classes);
      return chooseByClass(g, image, pairs.boxes, scores, { ...KEYPOINT_CHOICE, ...choice });
    },
  };
}

export const centernets = {
  centernet_hourglass52: centernet(1),
  centernet_hourglass104: centernet(2),
} as const satisfies Readonly<Record<string, Detector>>;
