/** Pooling and local response normalisation: layers without weights that look at neighbours. */
import { type Padding, type Pair, pair, sides, slide, widen } from "./_windows.js";
import type { Network, Tensor } from "./network.js";

/** What a pooling layer is. */
export interface PoolOptions {
  readonly kernel: Pair;
  /** @default the kernel */
  readonly stride?: Pair;
  /** @default 0 */
  readonly pad?: Padding;
  /** Whether a window that hangs over the end counts. @default false */
  readonly ceil?: boolean;
  /** Last part of the layer's name. @default the operator's */
  readonly name?: string;
}

/** The largest value of each window of [n, c, h, w]. */
export function maxPool(g: Network, x: Tensor, options: PoolOptions): Tensor {
  return pool(g, "MaxPool", x, options, {});
}

/** The mean of each window of [n, c, h, w]; whether padding counts as zeros is `countPad`. */
export function averagePool(
  g: Network,
  x: Tensor,
  { countPad = true, ...options }: PoolOptions & { /** @default true */ readonly countPad?: boolean },
): Tensor {
  return pool(g, "AveragePool", x, options, { count_include_pad: countPad ? 1 : 0 });
}

function pool(
  g: Network,
  op: string,
  x: Tensor,
  options: PoolOptions,
  attributes: Readonly<Record<string, number>>,
): Tensor {
  const { kernel, stride = kernel, pad = 0, ceil = false, name } = options;
  const window = { kernel: pair(kernel), stride: pair(stride), dilation: pair(1), pads: sides(pad) };
  const size = slide(g.path(name ?? op.toLowerCase()), x.shape, window, ceil);
  return g.op(op, [x], [...x.shape.slice(0, 2), ...size], {
    name,
    attributes: {
      kernel_shape: window.kernel,
      strides: window.stride,
      pads: window.pads,
      ceil_mode: ceil ? 1 : 0,
      ...attributes,
    },
    field: widen(x.field, window),
  });
}

/** The mean over height and width: [n, c, h, w] becomes [n, c, 1, 1]. */
export function globalAveragePool(g: Network, x: Tensor, name?: string): Tensor {
  return g.op("GlobalAveragePool", [x], [...x.shape.slice(0, 2), 1, 1], { name, field: undefined });
}

/**
 * Mean pooling to a fixed size: part i of n is the mean of the pixels from floor(i a / n) to ceil((i + 1) a / n) of a.
 *
 * @throws {RangeError} when the size of the map has no number.
 */
export function adaptiveAveragePool(g: Network, x: Tensor, size: Pair): Tensor {
  const wanted = pair(size);
  const given = x.shape.slice(2);
  if (wanted[0] === 1 && wanted[1] === 1) return globalAveragePool(g, x);
  if (given[0] === wanted[0] && given[1] === wanted[1]) return x;
  if (!given.every((side) => typeof side === "number"))
    throw new RangeError(`Cannot pool [${given}] to [${wanted}]: give the network's input a size`);
  const kernel = [given[0]! / wanted[0], given[1]! / wanted[1]] as const;
  if (kernel.every(Number.isInteger)) return averagePool(g, x, { kernel });
  // Parts of different sizes: the map between two matrices of shares.
  const [n, channels] = x.shape;
  const rows = g.op(
    "MatMul",
    [g.floats(shares(given[0]!, wanted[0]), [wanted[0], given[0]!]), x],
    [...[n!, channels!, wanted[0], given[1]!]],
  );
  const columns = g.floats(shares(given[1]!, wanted[1]), [wanted[1], given[1]!]);
  const turned = g.op("Transpose", [columns], [given[1]!, wanted[1]], { attributes: { perm: [1, 0] } });
  return g.op("MatMul", [rows, turned], [n!, channels!, ...wanted], {
    name: "adaptivepool",
    field: undefined,
  });
}

/** How much each of `from` pixels counts in each of `to` parts: [to, from]. */
function shares(from: number, to: number): number[] {
  return Array.from({ length: to * from }, (_, k) => {
    const part = Math.floor(k / from);
    const [first, last] = [Math.floor((part * from) / to), Math.ceil(((part + 1) * from) / to)];
    return k % from >= first && k % from < last ? 1 / (last - first) : 0;
  });
}

/**
 * Local response normalisation over neighbouring channels, alpha divided by `size` as ONNX, Caffe and PyTorch do:
 * x / (k + alpha / size * sum of squares) ^ beta. Krizhevsky et al. 2012, section 3.3, where alpha is not divided.
 */
export function localResponseNorm(
  g: Network,
  x: Tensor,
  {
    size = 5,
    alpha = 1e-4,
    beta = 0.75,
    k = 2,
  }: { readonly size?: number; readonly alpha?: number; readonly beta?: number; readonly k?: number } = {},
): Tensor {
  return g.op("LRN", [x], x.shape, { attributes: { size, alpha, beta, bias: k } });
}
