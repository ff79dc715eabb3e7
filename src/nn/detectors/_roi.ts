/** From regions of any size to maps of one size. */
import type { Network, Tensor } from "../network.js";

/** A map and how many of its pixels one pixel of the image is. */
export interface Level {
  readonly map: Tensor;
  /** 1 / 4, 1 / 8, ... */
  readonly scale: number;
}

/** The side of a region, in pixels, that the usual level is for, and which level that is. Lin et al. 2017, equation 1. */
const [USUAL_SIDE, USUAL_LEVEL] = [224, 4];

/**
 * Each region of `boxes` [n, 4] sampled from the level for its size, 2 x 2 points per bin: float32 [n, c, size, size],
 * in the order of the boxes. He et al. 2017, section 3 (RoIAlign), corners as torchvision's `aligned=false`.
 */
export function roiAlign(g: Network, levels: readonly Level[], boxes: Tensor, size: number): Tensor {
  const channels = levels[0]!.map.shape[1]!;
  const rows = boxes.shape[0]!;
  const sample = ({ map, scale }: Level, regions: Tensor): Tensor =>
    g.op("RoiAlign", [map, regions, noBatch(g, regions)], [regions.shape[0]!, channels, size, size], {
      name: "roialign",
      attributes: {
        // Opset 16 and later shift by half a pixel unless told otherwise.
        coordinate_transformation_mode: "output_half_pixel",
        mode: "avg",
        sampling_ratio: 2,
        spatial_scale: scale,
        output_height: size,
        output_width: size,
      },
      field: undefined,
    });
  if (levels.length === 1) return sample(levels[0]!, boxes);

  const chosen = levelOf(g, boxes, levels);
  const parts = levels.map((level, k) => {
    const here = g.op("Equal", [chosen, g.ints(k)], [rows]);
    const count = `${level.map.name}.regions`;
    const places = g.op("Squeeze", [g.op("NonZero", [here], [1, count]), g.ints([0])], [count]);
    const regions = g.op("Gather", [boxes, places], [count, 4], { attributes: { axis: 0 } });
    return { places, pooled: sample(level, regions) };
  });
  const order = g.op(
    "Concat",
    parts.map((p) => p.places),
    [rows],
    { attributes: { axis: 0 } },
  );
  const sorted = g.op(
    "Concat",
    parts.map((p) => p.pooled),
    [rows, channels, size, size],
    {
      attributes: { axis: 0 },
    },
  );
  // Sorting the places tells for each region where it has gone.
  const count = g.op("Shape", [order], [1]);
  const [, back] = g.opMany("TopK", [order, count], [[rows], [rows]], { attributes: { largest: 0 } });
  return g.op("Gather", [sorted, back!], sorted.shape, { name: "regions", attributes: { axis: 0 } });
}

/** floor(4 + log2(sqrt(area) / 224) + 1e-6), held within the levels and counted from the first: int64 [n]. */
function levelOf(g: Network, boxes: Tensor, levels: readonly Level[]): Tensor {
  const rows = boxes.shape[0]!;
  const [x1, y1, x2, y2] = g.opMany("Split", [boxes, g.ints([1, 1, 1, 1])], Array(4).fill([rows, 1]), {
    attributes: { axis: 1 },
  }) as [Tensor, Tensor, Tensor, Tensor];
  const width = g.op("Sub", [x2, x1], x1.shape);
  const height = g.op("Sub", [y2, y1], x1.shape);
  const side = g.op("Sqrt", [g.op("Mul", [width, height], x1.shape)], x1.shape);
  // The level is how many of these sides the region's reaches: a comparison instead of a logarithm.
  const least = levels
    .slice(1)
    .map(({ scale }) => USUAL_SIDE * 2 ** (-Math.log2(scale) - USUAL_LEVEL - 1e-6));
  const reached = g.op("GreaterOrEqual", [side, g.floats(least)], [rows, least.length]);
  const ones = g.op("Cast", [reached], reached.shape, { attributes: { to: 7 } });
  return g.op("ReduceSum", [ones, g.ints([1])], [rows], { name: "level", attributes: { keepdims: 0 } });
}

/** Index of the image of each region: all belong to the first. */
function noBatch(g: Network, regions: Tensor): Tensor {
  const count = g.op("Shape", [regions], [1], { attributes: { start: 0, end: 1 } });
  return g.op("Expand", [g.ints([0]), count], [regions.shape[0]!]);
}

/**
 * The largest value in each of size x size parts of a region, corners rounded to whole pixels of the map: float32
 * [n, c, size, size]. Girshick 2015, section 2.1.
 */
export function roiPool(g: Network, { map, scale }: Level, boxes: Tensor, size: number): Tensor {
  const rows = boxes.shape[0]!;
  const numbered = g.op("Pad", [boxes, g.ints([0, 1, 0, 0])], [rows, 5]);
  return g.op("MaxRoiPool", [map, numbered], [rows, map.shape[1]!, size, size], {
    name: "roipool",
    attributes: { pooled_shape: [size, size], spatial_scale: scale },
    field: undefined,
  });
}
