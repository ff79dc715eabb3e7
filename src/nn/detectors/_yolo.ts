/** What YOLO v2, v3, v4 and YOLT say about each anchor. Redmon & Farhadi 2016, figure 3. */
import { sigmoid, softmax } from "../activations.js";
import { multiply } from "../joins.js";
import type { Network, Tensor } from "../network.js";
import { anchorGrid, perAnchor } from "./_anchors.js";
import { fromCentres, halves } from "./_boxes.js";
import { byClass, chooseByClass } from "./_choose.js";
import type { Detections } from "./_detector.js";
import type { ChoiceOptions } from "./_heads.js";

/** A map of predictions: [1, anchors (5 + classes), h, w], per anchor x, y, w, h, objectness, classes. */
export interface Grid {
  readonly map: Tensor;
  /** Pixels between neighbours. */
  readonly stride: number;
  /** Width and height of each anchor in pixels. */
  readonly anchors: readonly (readonly [w: number, h: number])[];
  /** How far centres reach beyond their cell: 1.1 is a twentieth of it on either side. @default 1 */
  readonly reach?: number;
}

/** How predictions become detections. */
export interface YoloOptions extends ChoiceOptions {
  readonly classes: number;
  /** One class per box, or several. */
  readonly kind: "softmax" | "sigmoid";
}

/** How networks want their pixels that only divide them by 255. */
export const UNIT = { colour: "rgb", mean: [0, 0, 0], std: [255, 255, 255] } as const;

/** Boxes [n, 4] and scores [n, classes] of one map, rows first, then columns, then anchors. */
function decode(
  g: Network,
  image: Tensor,
  { map, stride, anchors, reach = 1 }: Grid,
  { classes, kind }: YoloOptions,
): { boxes: Tensor; scores: Tensor } {
  const rows = perAnchor(g, map, 5 + classes);
  const n = rows.shape[0]!;
  const parts = [2, 2, 1, classes];
  const [xy, wh, object, kinds] = g.opMany(
    "Split",
    [rows, g.ints(parts)],
    parts.map((width) => [n, width]),
    { attributes: { axis: 1 } },
  ) as [Tensor, Tensor, Tensor, Tensor];

  // Each anchor hangs from the corner of its cell, so that the grid gives both: where the cell is, and the size.
  const cells = anchors.map(([w, h]) => [0, 0, w, h]);
  const [corner, far] = halves(g, anchorGrid(g, image, map, cells, stride));
  const size = g.op("Sub", [far, corner], [n, 2]);
  const within = g.op("Mul", [sigmoid(g, xy), g.floats(reach * stride)], [n, 2]);
  const moved = reach === 1 ? within : g.op("Sub", [within, g.floats(((reach - 1) / 2) * stride)], [n, 2]);
  const centre = g.op("Add", [corner, moved], [n, 2]);
  const grown = g.op("Mul", [g.op("Exp", [wh], [n, 2]), size], [n, 2]);
  const each = kind === "softmax" ? softmax(-1)(g, kinds) : sigmoid(g, kinds);
  return { boxes: fromCentres(g, centre, grown), scores: multiply(g, each, sigmoid(g, object)) };
}

/** The detections of all maps together. */
export function yoloDetections(
  g: Network,
  image: Tensor,
  grids: readonly Grid[],
  options: YoloOptions,
): Detections {
  const all = grids.map((grid) => decode(g, image, grid, options));
  const join = (values: readonly Tensor[], width: number): Tensor =>
    g.op("Concat", values, ["rows", width], { attributes: { axis: 0 } });
  const boxes = join(
    all.map((x) => x.boxes),
    4,
  );
  const scores = join(
    all.map((x) => x.scores),
    options.classes,
  );
  return chooseByClass(g, image, boxes, byClass(g, scores), options);
}

/**
 * A finer map as a coarser one with four times the channels, as Darknet's "reorg" does it: the channels are first read
 * as a quarter as many maps of twice the size.
 */
export function reorganise(g: Network, x: Tensor): Tensor {
  const [n, c, h, w] = x.shape as [number, number, number | string, number | string];
  const sides = g.op("Shape", [x], [2], { attributes: { start: 2 } });
  const resized = (y: Tensor, channels: number, factor: "Mul" | "Div", name: string): Tensor => {
    const to = g.op("Concat", [g.ints([1, channels]), g.op(factor, [sides, g.ints(2)], [2])], [4], {
      attributes: { axis: 0 },
    });
    const size = [h, w].map((side) =>
      typeof side === "number" ? (factor === "Mul" ? 2 * side : side / 2) : `${g.path(name)}.${side}`,
    );
    return g.op("Reshape", [y, to], [n, channels, ...size], { name });
  };
  const large = resized(x, c / 4, "Mul", "large");
  const deep = g.op("SpaceToDepth", [large], [n, c, h, w], { attributes: { blocksize: 2 } });
  return resized(deep, 4 * c, "Div", "small");
}
