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

/**
 * Position-sensitive pooling: part (row, column) of a region is the mean of its own channel of the map, for each of
 * `map` [1, c parts parts, h, w]: float32 [n, parts parts, c]. Dai et al. 2016, equation 1, corners rounded as
 * torchvision's ps_roi_pool. Means are differences of running sums, which are float64: then they are as exact as sums of
 * the part alone.
 */
export function partsPool(g: Network, { map, scale }: Level, boxes: Tensor, parts: number): Tensor {
  const [rows, bins] = [boxes.shape[0]!, parts * parts];
  const [, all, height, wide] = map.shape;
  const channels = (all as number) / bins;
  const sides = g.op("Shape", [map], [2], { attributes: { start: 2 } });

  const apart = g.op(
    "Reshape",
    [map, g.op("Concat", [g.ints([channels, bins]), sides], [4], { attributes: { axis: 0 } })],
    [channels, bins, height!, wide!],
  );
  const last = g.op("Transpose", [apart], [bins, height!, wide!, channels], {
    attributes: { perm: [1, 2, 3, 0] },
  });
  let sums = g.op("Cast", [last], last.shape, { attributes: { to: 11 } });
  for (const axis of [1, 2]) sums = g.op("CumSum", [sums, g.ints(axis)], sums.shape);
  const bordered = [bins, `${map.name}.rows`, `${map.name}.columns`, channels];
  sums = g.op("Pad", [sums, g.ints([0, 1, 1, 0, 0, 0, 0, 0])], bordered);

  // First and last edge of each part along an axis, in pixels of the map: int64 [n, parts].
  const edges = (axis: 0 | 1): [Tensor, Tensor] => {
    const end = g.op("Gather", [boxes, g.ints([axis === 0 ? 1 : 0])], [rows, 1], { attributes: { axis: 1 } });
    const far = g.op("Gather", [boxes, g.ints([axis === 0 ? 3 : 2])], [rows, 1], { attributes: { axis: 1 } });
    const [from, to] = [end, far].map((x) => {
      const scaled = g.op("Mul", [x, g.floats(scale)], x.shape);
      return g.op("Floor", [g.op("Add", [scaled, g.floats(0.5)], x.shape)], x.shape);
    }) as [Tensor, Tensor];
    const length = g.op("Max", [g.op("Sub", [to, from], [rows, 1]), g.floats(1)], [rows, 1]);
    const each = g.op("Div", [length, g.floats(parts)], [rows, 1]);
    const border = g.op("Cast", [g.op("Gather", [sides, g.ints([axis])], [1])], [1], {
      attributes: { to: 1 },
    });
    const furthest = g.op("Sub", [border, g.floats(1)], [1]);
    const edge = (first: number, round: "Floor" | "Ceil"): Tensor => {
      const steps = g.floats(Array.from({ length: parts }, (_, k) => k + first));
      const inside = g.op(round, [g.op("Mul", [each, steps], [rows, parts])], [rows, parts]);
      const at = g.op("Max", [g.op("Add", [inside, from], [rows, parts]), g.floats(0)], [rows, parts]);
      return g.op("Cast", [g.op("Min", [at, furthest], [rows, parts])], [rows, parts], {
        attributes: { to: 7 },
      });
    };
    return [edge(0, "Floor"), edge(1, "Ceil")];
  };
  const [tops, bottoms] = edges(0);
  const [lefts, rights] = edges(1);

  const numbers = g.op(
    "Reshape",
    [g.ints(Array.from({ length: bins }, (_, k) => k)), g.ints([1, parts, parts, 1])],
    [1, parts, parts, 1],
  );
  const spread = (x: Tensor, axes: number[]): Tensor =>
    g.op("Unsqueeze", [x, g.ints(axes)], axes[0] === 2 ? [rows, parts, 1, 1] : [rows, 1, parts, 1]);
  const all3 = g.op(
    "Concat",
    [g.op("Shape", [boxes], [1], { attributes: { end: 1 } }), g.ints([parts, parts, 1])],
    [4],
    {
      attributes: { axis: 0 },
    },
  );
  const grid = (x: Tensor): Tensor => g.op("Expand", [x, all3], [rows, parts, parts, 1]);
  const sumTo = (y: Tensor, x: Tensor): Tensor => {
    const where = [numbers, spread(y, [2, 3]), spread(x, [1, 3])].map(grid);
    const index = g.op("Concat", where, [rows, parts, parts, 3], { attributes: { axis: 3 } });
    return g.op("GatherND", [sums, index], [rows, parts, parts, channels]);
  };
  const shape = [rows, parts, parts, channels];
  const below = g.op("Sub", [sumTo(bottoms, rights), sumTo(bottoms, lefts)], shape);
  const above = g.op("Sub", [sumTo(tops, rights), sumTo(tops, lefts)], shape);
  const total = g.op("Cast", [g.op("Sub", [below, above], shape)], shape, { attributes: { to: 1 } });

  const high = g.op("Sub", [spread(bottoms, [2, 3]), spread(tops, [2, 3])], [rows, parts, 1, 1]);
  const long = g.op("Sub", [spread(rights, [1, 3]), spread(lefts, [1, 3])], [rows, 1, parts, 1]);
  const area = g.op("Cast", [g.op("Mul", [high, long], [rows, parts, parts, 1])], [rows, parts, parts, 1], {
    attributes: { to: 1 },
  });
  // A part without pixels has a sum of 0, which is its mean.
  const mean = g.op("Div", [total, g.op("Max", [area, g.floats(1)], area.shape)], shape);
  return g.op("Reshape", [mean, g.ints([-1, bins, channels])], [rows, bins, channels]);
}
