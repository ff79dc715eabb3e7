/** Maps in other sizes. */
import type { Dim } from "./graph.js";
import type { Network, Tensor } from "./network.js";

/** Between pixels: the nearest before, or linearly with the pixels' centres or their corners where they were. */
const MODES = {
  nearest: { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" },
  linear: { mode: "linear", coordinate_transformation_mode: "half_pixel" },
  corners: { mode: "linear", coordinate_transformation_mode: "align_corners" },
} as const;

/**
 * [n, c, h, w] at another size: `to` is a factor, or height and width. "nearest" repeats pixels; "linear" and "corners"
 * are PyTorch's bilinear interpolation without and with aligned corners.
 *
 * @example
 * const twice = resize(g, x, 2, "nearest");
 */
export function resize(
  g: Network,
  x: Tensor,
  to: number | readonly [height: number, width: number],
  mode: keyof typeof MODES,
): Tensor {
  const [n, channels, ...sides] = x.shape;
  const grow = (side: Dim, axis: number): Dim =>
    typeof side === "number"
      ? side * (to as number)
      : `${g.path("resize")}.${axis === 0 ? "height" : "width"}`;
  const size = typeof to === "number" ? sides.map(grow) : to;
  const target =
    typeof to === "number"
      ? [g.floats([1, 1, to, to])]
      : [
          "" as const,
          g.op("Concat", [g.op("Shape", [x], [2], { attributes: { end: 2 } }), g.ints(to)], [4], {
            attributes: { axis: 0 },
          }),
        ];
  return g.op("Resize", [x, "", ...target], [n!, channels!, ...size], {
    name: "resize",
    attributes: MODES[mode],
  });
}
