/** Layers with weights. Names and layouts of the weights are PyTorch's. */
import { type Padding, type Pair, pair, sides, slide, type Window, widen } from "./_windows.js";
import type { Dim } from "./graph.js";
import type { Network, Tensor } from "./network.js";

/** What a convolution is. */
export interface ConvOptions {
  /** Output channels. */
  readonly out: number;
  readonly kernel: Pair;
  /** @default 1 */
  readonly stride?: Pair;
  /** @default 0 */
  readonly pad?: Padding;
  /** @default 1 */
  readonly dilation?: Pair;
  /** Input and output channels are split into so many independent groups. @default 1 */
  readonly groups?: number;
  /** @default true */
  readonly bias?: boolean;
}

/**
 * Convolution of [n, c, h, w]: `name.weight` [out, c / groups, kh, kw], `name.bias` [out].
 *
 * @throws {RangeError} when groups do not divide the channels or the kernel does not fit.
 * @example
 * const y = conv(g, "conv1", x, { out: 64, kernel: 7, stride: 2, pad: 3, bias: false });
 */
export function conv(g: Network, name: string, x: Tensor, options: ConvOptions): Tensor {
  const { out, groups = 1, bias = true } = options;
  const channels = channelsOf(g, name, x);
  if (channels % groups !== 0 || out % groups !== 0)
    throw new RangeError(
      `Cannot build "${g.path(name)}": ${groups} groups do not divide ${channels} input and ${out} output channels`,
    );
  const window = windowOf(options);
  const size = slide(g.path(name), x.shape, window);
  const { weight, shift } = g.scope(name, () => ({
    weight: g.parameter("weight", [out, channels / groups, ...window.kernel], "weight"),
    shift: bias ? [g.parameter("bias", [out], "bias")] : [],
  }));
  return g.op("Conv", [x, weight, ...shift], [x.shape[0]!, out, ...size], {
    name,
    attributes: { ...attributesOf(window), group: groups },
    field: widen(x.field, window),
    macs: times(size, out * (channels / groups) * window.kernel[0] * window.kernel[1]),
  });
}

/**
 * Transposed convolution of [n, c, h, w]: `name.weight` [c, out / groups, kh, kw], `name.bias` [out]. A side of length
 * n becomes stride (n - 1) + kernel - 2 pad. The result has no receptive field of its own.
 *
 * @example
 * const y = convTranspose(g, "up", x, { out: 64, kernel: 2, stride: 2 }); // twice as high and wide
 */
export function convTranspose(g: Network, name: string, x: Tensor, options: ConvOptions): Tensor {
  const { out, groups = 1, bias = true } = options;
  const channels = channelsOf(g, name, x);
  const window = windowOf(options);
  const grow = (axis: 0 | 1): Dim => {
    const side = x.shape[2 + axis]!;
    const padding = window.pads[axis] + window.pads[axis + 2]!;
    const reach = window.dilation[axis] * (window.kernel[axis] - 1) + 1;
    return typeof side === "number"
      ? window.stride[axis] * (side - 1) + reach - padding
      : `${g.path(name)}.${axis === 0 ? "height" : "width"}`;
  };
  const { weight, shift } = g.scope(name, () => ({
    weight: g.parameter("weight", [channels, out / groups, ...window.kernel], "weight"),
    shift: bias ? [g.parameter("bias", [out], "bias")] : [],
  }));
  return g.op("ConvTranspose", [x, weight, ...shift], [x.shape[0]!, out, grow(0), grow(1)], {
    name,
    attributes: { ...attributesOf(window), group: groups },
    field: undefined,
    macs: times(x.shape.slice(2), channels * (out / groups) * window.kernel[0] * window.kernel[1]),
  });
}

/**
 * Fully connected layer on [n, features]: `name.weight` [out, features], `name.bias` [out].
 *
 * @throws {RangeError} when x is not a matrix with a known number of features.
 */
export function linear(
  g: Network,
  name: string,
  x: Tensor,
  { out, bias = true }: { readonly out: number; readonly bias?: boolean },
): Tensor {
  const [rows, features] = x.shape;
  if (x.shape.length !== 2 || typeof features !== "number")
    throw new RangeError(`Cannot build "${g.path(name)}": expected [n, features], got [${x.shape}]`);
  const stored = g.scope(name, () => [
    g.parameter("weight", [out, features], "weight"),
    ...(bias ? [g.parameter("bias", [out], "bias")] : []),
  ]);
  return g.op("Gemm", [x, ...stored], [rows!, out], {
    name,
    attributes: { transB: 1 },
    macs: features * out,
  });
}

/** How a batch norm is computed. */
export interface NormOptions {
  /** @default 1e-5 */
  readonly eps?: number | undefined;
  /** Whether scale and shift were left alone in training, and so do not count as parameters. @default false */
  readonly frozen?: boolean | undefined;
}

/**
 * Batch norm with the running statistics: scale (x - mean) / sqrt(variance + eps) + shift, per channel. Parameters
 * `name.weight`, `.bias`, `.running_mean`, `.running_var`.
 */
export function batchNorm(
  g: Network,
  name: string,
  x: Tensor,
  { eps = 1e-5, frozen = false }: NormOptions = {},
): Tensor {
  const shape = [channelsOf(g, name, x)];
  const stored = g.scope(name, () => [
    g.parameter("weight", shape, "scale", frozen),
    g.parameter("bias", shape, "shift", frozen),
    g.parameter("running_mean", shape, "mean"),
    g.parameter("running_var", shape, "variance"),
  ]);
  return g.op("BatchNormalization", [x, ...stored], x.shape, { name, attributes: { epsilon: eps } });
}

function channelsOf(g: Network, name: string, x: Tensor): number {
  const channels = x.shape[1];
  if (typeof channels !== "number")
    throw new RangeError(`Cannot build "${g.path(name)}": the channels of [${x.shape}] have no number`);
  return channels;
}

function windowOf(options: ConvOptions): Window {
  const { kernel, stride = 1, pad = 0, dilation = 1 } = options;
  return { kernel: pair(kernel), stride: pair(stride), dilation: pair(dilation), pads: sides(pad) };
}

const attributesOf = ({ kernel, stride, dilation, pads }: Window) => ({
  kernel_shape: kernel,
  strides: stride,
  dilations: dilation,
  pads,
});

/** Positions times work per position; undefined where a side has no number. */
const times = (sides: readonly Dim[], each: number): number | undefined =>
  sides.reduce<number | undefined>(
    (n, side) => (n === undefined || typeof side === "string" ? undefined : n * side),
    each,
  );
