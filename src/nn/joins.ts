/** Ways to bring values together and to move them about. */
import type { Dim } from "./graph.js";
import type { Network, Tensor } from "./network.js";

/**
 * Sum of two values, broadcast against each other as ONNX and NumPy do.
 *
 * @throws {RangeError} when the shapes do not match.
 */
export const add = (g: Network, a: Tensor, b: Tensor): Tensor => g.op("Add", [a, b], broadcast(g, a, b));

/** Product of two values, broadcast against each other. */
export const multiply = (g: Network, a: Tensor, b: Tensor): Tensor => g.op("Mul", [a, b], broadcast(g, a, b));

function broadcast(g: Network, a: Tensor, b: Tensor): Dim[] {
  const rank = Math.max(a.shape.length, b.shape.length);
  const long = (x: Tensor): Dim[] => [...Array(rank - x.shape.length).fill(1), ...x.shape];
  const other = long(b);
  return long(a).map((side, axis) => {
    // Two names may stand for the same length.
    const known = typeof side === "number" && typeof other[axis] === "number";
    if (known && side !== other[axis] && side !== 1 && other[axis] !== 1)
      throw new RangeError(
        `Cannot build "${g.path("add")}": [${a.shape}] of "${a.name}" does not match [${b.shape}] of "${b.name}"`,
      );
    return side === 1 ? other[axis]! : side;
  });
}

/**
 * The values one after the other along an axis, the channels by default.
 *
 * @throws {RangeError} when the other axes differ.
 */
export function concat(g: Network, values: readonly Tensor[], axis = 1): Tensor {
  const shape = [...values[0]!.shape];
  for (const { name, shape: other } of values)
    if (other.some((side, k) => k !== axis && typeof side === "number" && side !== shape[k]))
      throw new RangeError(
        `Cannot build "${g.path("concat")}": [${other}] of "${name}" does not match [${shape}] of "${values[0]!.name}"`,
      );
  const sides = values.map((v) => v.shape[axis]!);
  shape[axis] = sides.every((s) => typeof s === "number")
    ? sides.reduce((a, b) => a + b, 0)
    : `${g.path("concat")}.length`;
  return g.op("Concat", values, shape, { attributes: { axis } });
}

/** [n, c, h, w] as the matrix [n, c h w]. */
export function flatten(g: Network, x: Tensor): Tensor {
  const features = x.shape.slice(1).reduce<number>((n, d) => n * (typeof d === "number" ? d : Number.NaN), 1);
  const side = Number.isNaN(features) ? `${g.path("flatten")}.length` : features;
  return g.op("Flatten", [x], [x.shape[0]!, side], { attributes: { axis: 1 }, field: undefined });
}

/** Elements start..end (end excluded) of an axis, every `step`-th. */
export function slice(
  g: Network,
  x: Tensor,
  axis: number,
  { start = 0, end, step = 1 }: { readonly start?: number; readonly end?: number; readonly step?: number },
): Tensor {
  const side = x.shape[axis]!;
  const stop = end ?? (typeof side === "number" ? side : 2 ** 31 - 1);
  const shape = [...x.shape];
  shape[axis] =
    typeof side === "number" ? Math.ceil((Math.min(stop, side) - start) / step) : `${g.path("slice")}.length`;
  return g.op("Slice", [x, g.ints([start]), g.ints([stop]), g.ints([axis]), g.ints([step])], shape);
}

/** Zeros before and after each axis: as many as `before` and `after` say. */
export function pad(g: Network, x: Tensor, before: readonly number[], after: readonly number[]): Tensor {
  const shape = x.shape.map((side, k) =>
    typeof side === "number"
      ? side + before[k]! + after[k]!
      : before[k]! + after[k]! === 0
        ? side
        : `${x.name}.padded`,
  );
  return g.op("Pad", [x, g.ints([...before, ...after])], shape);
}

/**
 * The same elements in another shape. 0 keeps the side at that place, -1 (once) takes what is left; a named side can
 * only be kept.
 *
 * @throws {RangeError} when the numbers of elements differ.
 */
export function reshape(g: Network, x: Tensor, sides: readonly number[]): Tensor {
  const kept = sides.map((side, k) => (side === 0 ? x.shape[k]! : side));
  const product = (list: readonly Dim[]): number =>
    list.reduce<number>((n, d) => n * (typeof d === "number" ? d : 1), 1);
  const known = product(kept.filter((d) => d !== -1));
  const rest = product(x.shape) / known;
  if (kept.includes(-1) ? !Number.isInteger(rest) : rest !== 1)
    throw new RangeError(`Cannot reshape "${x.name}" [${x.shape}] to [${sides}]`);
  return g.op(
    "Reshape",
    [x, g.ints(sides)],
    kept.map((d) => (d === -1 ? rest : d)),
  );
}

/** The axes in another order. */
export function transpose(g: Network, x: Tensor, order: readonly number[]): Tensor {
  return g.op(
    "Transpose",
    [x],
    order.map((k) => x.shape[k]!),
    { attributes: { perm: order } },
  );
}

/**
 * Channels in another order, so that groups mix: the k-th of every group, then the next. Zhang et al. 2017.
 *
 * @throws {RangeError} when the groups do not divide the channels or the size of the map has no number.
 */
export function channelShuffle(g: Network, x: Tensor, groups: number): Tensor {
  const [, channels, height, width] = x.shape as readonly number[];
  if (!Number.isInteger(channels! / groups) || !Number.isInteger(height! * width!))
    throw new RangeError(`Cannot shuffle "${x.name}" [${x.shape}] in ${groups} groups`);
  const split = reshape(g, x, [0, groups, channels! / groups, height! * width!]);
  return reshape(g, transpose(g, split, [0, 2, 1, 3]), [0, channels!, height!, width!]);
}
