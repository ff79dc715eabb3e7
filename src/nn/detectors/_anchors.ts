/** Anchors: boxes of fixed sizes around every place of a feature map. Ren et al. 2015, section 3.1.1. */
import type { Network, Tensor } from "../network.js";

/**
 * Boxes around the origin, one per ratio (height / width) and size, sizes changing fastest: [-w, -h, w, h] / 2 in whole
 * pixels, as torchvision has them.
 *
 * @example
 * cellAnchors([32], [0.5, 1, 2]); // [[-23, -11, 23, 11], [-16, -16, 16, 16], [-11, -23, 11, 23]]
 */
export function cellAnchors(sizes: readonly number[], ratios: readonly number[]): number[][] {
  return ratios.flatMap((ratio) =>
    sizes.map((size) => {
      const [w, h] = [size / Math.sqrt(ratio), size * Math.sqrt(ratio)];
      return [-w / 2, -h / 2, w / 2, h / 2].map(roundHalfToEven);
    }),
  );
}

/**
 * The anchors of the paper's own code for the first cell of `base` pixels: [x1, y1, x2, y2] with whole sides, where a
 * box of width w reaches from x1 to x1 + w. (The code writes the last pixel instead and counts from 1: x1 is one more
 * there.) Scales change fastest.
 *
 * @example
 * caffeAnchors(16, [8, 16, 32], [0.5, 1, 2])[0]; // [-84, -40, 100, 56]
 */
export function caffeAnchors(base: number, scales: readonly number[], ratios: readonly number[]): number[][] {
  return ratios.flatMap((ratio) => {
    const w = roundHalfToEven(Math.sqrt((base * base) / ratio));
    const h = roundHalfToEven(w * ratio);
    return scales.map((scale) => {
      const [x, y] = [(w * scale) / 2, (h * scale) / 2];
      return [base / 2 - x, base / 2 - y, base / 2 + x, base / 2 + y];
    });
  });
}

/** As PyTorch and NumPy round. */
function roundHalfToEven(x: number): number {
  const low = Math.floor(x);
  if (x - low !== 0.5) return Math.round(x) + 0;
  return low % 2 === 0 ? low : low + 1;
}

/**
 * The cell's anchors at every place of a map [n, c, h, w], `stride` pixels apart: float32 [h w a, 4], rows of the map
 * first, then columns, then anchors.
 *
 * `stride`: a number, or int64 [2] (vertical, horizontal), or by default the image's size over the map's, rounded down.
 */
export function anchorGrid(
  g: Network,
  image: Tensor,
  map: Tensor,
  cell: readonly (readonly number[])[],
  stride?: number,
): Tensor {
  const sides = g.op("Shape", [map], [2], { attributes: { start: 2 } });
  const step = stride
    ? g.ints([stride, stride])
    : g.op("Div", [g.op("Shape", [image], [2], { attributes: { start: 2 } }), sides], [2]);
  // Each axis: 0, step, 2 step, ... spread over its own dimension and over the coordinates that it moves.
  const along = (axis: 0 | 1): Tensor => {
    const [count, apart] = [sides, step].map((x) => g.op("Gather", [x, g.ints(axis)], []));
    const places = g.op("Range", [g.ints(0), count!, g.ints(1)], [`${map.name}.${axis}`]);
    const at = g.op("Cast", [g.op("Mul", [places, apart!], places.shape)], places.shape, {
      attributes: { to: 1 },
    });
    const spread = axis === 0 ? [-1, 1, 1, 1] : [1, -1, 1, 1];
    const wide = g.op(
      "Reshape",
      [at, g.ints(spread)],
      spread.map((s) => (s === -1 ? places.shape[0]! : 1)),
    );
    return g.op(
      "Mul",
      [wide, g.floats(axis === 0 ? [0, 1, 0, 1] : [1, 0, 1, 0])],
      [...wide.shape.slice(0, 3), 4],
    );
  };
  const [y, x] = [along(0), along(1)];
  const shift = g.op("Add", [y, x], [y.shape[0]!, x.shape[1]!, 1, 4]);
  const cells = g.floats(cell.flat(), [1, 1, cell.length, 4]);
  const all = g.op("Add", [shift, cells], [...shift.shape.slice(0, 2), cell.length, 4]);
  return g.op("Reshape", [all, g.ints([-1, 4])], [`${map.name}.anchors`, 4], { name: "anchors" });
}

/**
 * What a convolution says about each anchor: [1, a k, h, w] becomes [h w a, k], in the order of `anchorGrid`.
 */
export function perAnchor(g: Network, map: Tensor, width: number): Tensor {
  const [, channels, height, wide] = map.shape;
  const anchors = (channels as number) / width;
  const split = g.op(
    "Reshape",
    [
      map,
      g.op(
        "Concat",
        [g.ints([anchors, width]), g.op("Shape", [map], [2], { attributes: { start: 2 } })],
        [4],
        { attributes: { axis: 0 } },
      ),
    ],
    [anchors, width, height!, wide!],
  );
  const last = g.op("Transpose", [split], [height!, wide!, anchors, width], {
    attributes: { perm: [2, 3, 0, 1] },
  });
  return g.op("Reshape", [last, g.ints([-1, width])], [`${map.name}.anchors`, width]);
}
