/** Part affinity fields: which of the parts that were found belong to the same limb. Cao et al. 2016, equation 10. */
import { multiply } from "./joins.js";
import type { Network, Tensor } from "./network.js";

/**
 * How well a field points from one part to another: the mean, over points of the segment between them, of the field
 * times the segment's direction. From -1 to 1 where the field's vectors are of length 1.
 *
 * `field` [1, 2, h, w] with x and y, `from` and `to` [n, 2] in pixels of the field; the result is float32 [n].
 *
 * @example
 * const score = lineIntegrals(g, field, necks, hips);
 */
export function lineIntegrals(
  g: Network,
  field: Tensor,
  from: Tensor,
  to: Tensor,
  { points = 10 }: { /** @default 10 */ readonly points?: number } = {},
): Tensor {
  const [, , height, width] = field.shape as [number, number, number, number];
  const n = from.shape[0]!;
  const [start, end] = [from, to].map((p) => g.op("Unsqueeze", [p, g.ints([1])], [n, 1, 2]));
  const way = g.op("Sub", [end!, start!], [n, 1, 2]);
  const steps = g.floats(
    Array.from({ length: points }, (_, k) => k / (points - 1)),
    [1, points, 1],
  );
  const places = g.op("Add", [start!, multiply(g, way, steps)], [n, points, 2]);
  // GridSample counts from -1 at the first pixel to 1 at the last.
  const scaled = multiply(g, places, g.floats([2 / (width - 1), 2 / (height - 1)], [1, 1, 2]));
  const grid = g.op(
    "Unsqueeze",
    [g.op("Sub", [scaled, g.floats(1)], places.shape), g.ints([0])],
    [1, n, points, 2],
  );
  const found = g.op("GridSample", [field, grid], [1, 2, n, points], {
    attributes: { mode: "bilinear", padding_mode: "border", align_corners: 1 },
    field: undefined,
  });
  const vectors = g.op("Squeeze", [found, g.ints([0])], [2, n, points]);
  const means = g.op("ReduceMean", [vectors], [2, n], { attributes: { axes: [2], keepdims: 0 } });
  const squares = g.op("ReduceSum", [multiply(g, way, way), g.ints([2])], [n, 1, 1], {
    attributes: { keepdims: 1 },
  });
  const length = g.op("Max", [g.op("Sqrt", [squares], [n, 1, 1]), g.floats(1e-8)], [n, 1, 1]);
  const direction = g.op(
    "Transpose",
    [g.op("Squeeze", [g.op("Div", [way, length], [n, 1, 2]), g.ints([1])], [n, 2])],
    [2, n],
    {
      attributes: { perm: [1, 0] },
    },
  );
  return g.op("ReduceSum", [multiply(g, means, direction), g.ints([0])], [n], {
    attributes: { keepdims: 0 },
  });
}
