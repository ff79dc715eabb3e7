/** Arithmetic of boxes inside a graph. Boxes are float32 [..., 4]: x1, y1, x2, y2 in pixels of the input. */
import type { Network, Tensor } from "../network.js";

/** Largest factor by which a side may grow, as a logarithm: 1000 pixels from 16. */
const MAX_LOG_SCALE = Math.log(1000 / 16);

/** Width, height, width, height of an image [n, c, h, w] as float32 [4]: what boxes are clipped to. */
export function imageLimits(g: Network, image: Tensor): Tensor {
  const shape = g.op("Shape", [image], [4]);
  const sides = g.op("Gather", [shape, g.ints([3, 2, 3, 2])], [4]);
  return g.op("Cast", [sides], [4], { name: "limits", attributes: { to: 1 } });
}

/** The first and the last two numbers of the last axis: corners, or centre and size. */
export function halves(g: Network, x: Tensor): [first: Tensor, last: Tensor] {
  const shape = [...x.shape.slice(0, -1), 2];
  return g.opMany("Split", [x, g.ints([2, 2])], [shape, shape], { attributes: { axis: -1 } }) as [
    Tensor,
    Tensor,
  ];
}

/** Boxes from their centres and sizes, both [..., 2]. */
export function fromCentres(g: Network, centre: Tensor, size: Tensor): Tensor {
  const half = g.op("Mul", [size, g.floats(0.5)], size.shape);
  const first = g.op("Sub", [centre, half], centre.shape);
  const last = g.op("Add", [centre, half], centre.shape);
  return g.op("Concat", [first, last], [...centre.shape.slice(0, -1), 4], {
    name: "boxes",
    attributes: { axis: -1 },
  });
}

/**
 * Boxes moved and scaled: centre + size * dx / weight, size * exp(dw / weight), the exponent at most log(1000 / 16).
 * Girshick et al. 2014, appendix C.
 *
 * `deltas` [n, 4], or [k, n, 4] for k ways to move each of `boxes` [n, 4]. The result has the shape of `deltas`.
 */
export function decodeBoxes(
  g: Network,
  deltas: Tensor,
  boxes: Tensor,
  weights: readonly number[] = [1, 1, 1, 1],
): Tensor {
  const [first, last] = halves(g, boxes);
  const size = g.op("Sub", [last, first], first.shape);
  const centre = g.op("Add", [first, g.op("Mul", [size, g.floats(0.5)], size.shape)], first.shape);

  const scaled = weights.every((w) => w === 1)
    ? deltas
    : g.op("Div", [deltas, g.floats(weights)], deltas.shape);
  const [shift, grow] = halves(g, scaled);
  const bounded = g.op("Min", [grow, g.floats(MAX_LOG_SCALE)], grow.shape);
  const moved = g.op("Add", [g.op("Mul", [shift, size], shift.shape), centre], shift.shape);
  return fromCentres(g, moved, g.op("Mul", [g.op("Exp", [bounded], grow.shape), size], grow.shape));
}

/** Boxes cut off at the image's borders; `limits` as `imageLimits` gives them. */
export function clipBoxes(g: Network, boxes: Tensor, limits: Tensor): Tensor {
  const above = g.op("Max", [boxes, g.floats(0)], boxes.shape);
  return g.op("Min", [above, limits], boxes.shape, { name: "clipped" });
}

/** `scores` [...] of `boxes` [..., 4]; -1 where a side is below `least` pixels, so that no threshold lets it pass. */
export function dropSmall(g: Network, boxes: Tensor, scores: Tensor, least: number): Tensor {
  const [first, last] = halves(g, boxes);
  const size = g.op("Sub", [last, first], first.shape);
  // Not ReduceMin: ONNX Runtime loses the shape of an empty list with it.
  const [width, height] = [0, 1].map((k) =>
    g.op("Gather", [size, g.ints(k)], scores.shape, { attributes: { axis: -1 } }),
  ) as [Tensor, Tensor];
  const side = g.op("Min", [width, height], scores.shape);
  const large = g.op("GreaterOrEqual", [side, g.floats(least)], scores.shape);
  return g.op("Where", [large, scores, g.floats(-1)], scores.shape);
}
