/** Points found as peaks of heat maps, and boxes made of pairs of corners. Law & Deng 2018, sections 3.1 and 4.2. */
import { sigmoid } from "../activations.js";
import type { Network, Tensor } from "../network.js";
import { maxPool } from "../pools.js";
import { rowsAt } from "./_nms.js";

/** The best peaks of a heat map, the best first; all are [k]. */
export interface Peaks {
  readonly scores: Tensor;
  /** int64. */
  readonly labels: Tensor;
  /** Where in the map, row by row; int64. */
  readonly places: Tensor;
  readonly x: Tensor;
  readonly y: Tensor;
}

const FLOAT = { to: 1 };

/**
 * The `most` best of those logits [1, classes, h, w] that are the largest of the nine around them, as chances; all if
 * there are not so many.
 */
export function peaks(g: Network, logits: Tensor, most: number): Peaks {
  const all = (logits.shape as number[]).reduce((a, b) => a * b, 1);
  if (Number.isNaN(all))
    throw new RangeError(`Cannot find peaks of "${logits.name}" [${logits.shape}]: its size must be known`);
  const count = Math.min(most, all);
  const heat = sigmoid(g, logits);
  const around = maxPool(g, heat, { kernel: 3, stride: 1, pad: 1 });
  const top = g.op("Equal", [heat, around], heat.shape);
  const sharp = g.op("Where", [top, heat, g.floats(0)], heat.shape);
  const flat = g.op("Reshape", [sharp, g.ints([-1])], [all]);
  const [scores, indices] = g.opMany("TopK", [flat, g.ints([count])], [[count], [count]], {
    name: "peaks",
  }) as [Tensor, Tensor];
  const [height, width] = [2, 3].map((axis) =>
    g.op("Shape", [logits], [1], { attributes: { start: axis, end: axis + 1 } }),
  ) as [Tensor, Tensor];
  const area = g.op("Mul", [height, width], [1]);
  const places = g.op("Mod", [indices, area], [count]);
  const cast = (op: "Div" | "Mod"): Tensor =>
    g.op("Cast", [g.op(op, [places, width], [count])], [count], { attributes: FLOAT });
  return { scores, labels: g.op("Div", [indices, area], [count]), places, x: cast("Mod"), y: cast("Div") };
}

/** What a map [1, c, h, w] says at some places: [k, c]. */
export function mapAt(g: Network, map: Tensor, places: Tensor): Tensor {
  const channels = map.shape[1] as number;
  const rows = g.op("Reshape", [map, g.ints([channels, -1])], [channels, `${map.name}.places`]);
  const last = g.op("Transpose", [rows], [`${map.name}.places`, channels], { attributes: { perm: [1, 0] } });
  return rowsAt(g, last, places);
}

/** x and y [k] moved by the offsets [1, 2, h, w] that the map has for them. */
export function refine(g: Network, { x, y, places }: Peaks, offsets: Tensor): [x: Tensor, y: Tensor] {
  const by = mapAt(g, offsets, places);
  const [dx, dy] = g.opMany(
    "Split",
    [by, g.ints([1, 1])],
    [0, 1].map(() => [x.shape[0]!, 1]),
    {
      attributes: { axis: 1 },
    },
  ) as [Tensor, Tensor];
  const moved = (from: Tensor, d: Tensor): Tensor =>
    g.op("Add", [from, g.op("Squeeze", [d, g.ints([1])], from.shape)], from.shape);
  return [moved(x, dx), moved(y, dy)];
}

/** What a stage says about one kind of corner. */
export interface CornerMaps {
  /** Logits [1, classes, h, w]. */
  readonly heat: Tensor;
  /** [1, 1, h, w]: near for corners of one object. */
  readonly tags: Tensor;
  /** [1, 2, h, w]: what rounding to the map took away. */
  readonly offsets: Tensor;
}

/** Boxes made of corners, in pixels of the map: [n, 4], int64 [n], and [n] with -1 for what is no box. */
export interface Pairs {
  readonly boxes: Tensor;
  readonly labels: Tensor;
  readonly scores: Tensor;
}

/** Corners of one object have tags that differ by at most this. */
const TAG_DISTANCE = 0.5;

/**
 * The `most` best pairs of the `count` best corners of either kind: of one class, with near tags, the second to the
 * right of and below the first. The score is the mean of both.
 */
export function pairCorners(
  g: Network,
  topLeft: CornerMaps,
  bottomRight: CornerMaps,
  options: { readonly count: number; readonly most: number },
): Pairs {
  const corner = ({ heat, tags, offsets }: CornerMaps) => {
    const found = peaks(g, heat, options.count);
    const [x, y] = refine(g, found, offsets);
    const tag = g.op("Squeeze", [mapAt(g, tags, found.places), g.ints([1])], x.shape);
    return { ...found, x, y, tag };
  };
  const [first, last] = [corner(topLeft), corner(bottomRight)];
  const count = first.x.shape[0] as number;
  const most = Math.min(options.most, count * count);
  const square = [count, count];
  // Rows are top left corners, columns bottom right ones.
  const pair = (op: string, a: Tensor, b: Tensor): Tensor =>
    g.op(op, [g.op("Unsqueeze", [a, g.ints([1])], [count, 1]), b], square);
  const near = g.op(
    "LessOrEqual",
    [g.op("Abs", [pair("Sub", first.tag, last.tag)], square), g.floats(TAG_DISTANCE)],
    square,
  );
  const fits = [
    near,
    pair("Equal", first.labels, last.labels),
    pair("LessOrEqual", first.x, last.x),
    pair("LessOrEqual", first.y, last.y),
  ].reduce((a, b) => g.op("And", [a, b], square));
  const mean = g.op("Mul", [pair("Add", first.scores, last.scores), g.floats(0.5)], square);
  const flat = g.op(
    "Reshape",
    [g.op("Where", [fits, mean, g.floats(-1)], square), g.ints([-1])],
    [count * count],
  );
  const [scores, places] = g.opMany("TopK", [flat, g.ints([most])], [[most], [most]], {
    name: "pairs",
  }) as [Tensor, Tensor];
  const row = g.op("Div", [places, g.ints(count)], [most]);
  const column = g.op("Mod", [places, g.ints(count)], [most]);
  const sides = [
    rowsAt(g, first.x, row),
    rowsAt(g, first.y, row),
    rowsAt(g, last.x, column),
    rowsAt(g, last.y, column),
  ];
  const upright = sides.map((side) => g.op("Unsqueeze", [side, g.ints([1])], [most, 1]));
  const boxes = g.op("Concat", upright, [most, 4], { attributes: { axis: 1 } });
  return { boxes, labels: rowsAt(g, first.labels, row), scores };
}
