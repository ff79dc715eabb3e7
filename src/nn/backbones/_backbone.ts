/** What the families share. */
import { type Activation, relu, sigmoid, softmax } from "../activations.js";
import { add, flatten, multiply, reshape, slice } from "../joins.js";
import { batchNorm, type ConvOptions, conv, linear, type NormOptions } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { globalAveragePool } from "../pools.js";
import { resize } from "../resize.js";

/** How a classifier is built. */
export interface BackboneOptions {
  /** Classes of the last layer. @default those of the published weights */
  readonly classes?: number;
}

/** A network of the catalogue. */
export interface Backbone {
  /** The image that its figures are for: channels, height, width; or the length of a vector. */
  readonly input: readonly [channels: number, height: number, width: number] | readonly [features: number];
  /** Appends it to `g`: from the image to logits (or what it is for), one tensor or several by name. */
  readonly build: (
    g: Network,
    x: Tensor,
    options?: BackboneOptions,
  ) => Tensor | Readonly<Record<string, Tensor>>;
}

export const IMAGENET = [3, 224, 224] as const;
export const CIFAR = [3, 32, 32] as const;

/** A convolution without bias, its batch norm, and an activation. */
export function convNorm(
  g: Network,
  [convName, normName]: readonly [conv: string, norm: string],
  x: Tensor,
  {
    activation = relu,
    eps,
    frozen,
    ...options
  }: ConvOptions & NormOptions & { readonly activation?: Activation | null },
): Tensor {
  const y = batchNorm(g, normName, conv(g, convName, x, { bias: false, ...options }), { eps, frozen });
  return activation ? activation(g, y) : y;
}

/** Mean over the map, then one fully connected layer. */
export function classify(g: Network, name: string, x: Tensor, classes = 1000): Tensor {
  return linear(g, name, flatten(g, globalAveragePool(g, x, "avgpool")), { out: classes });
}

/** Rows [n, features] of length 1: divided by sqrt(1e-8 + the sum of their squares), as DeepSORT's authors do. */
export function unit(g: Network, x: Tensor): Tensor {
  const column = [x.shape[0]!, 1];
  const sum = g.op("ReduceSum", [multiply(g, x, x), g.ints([1])], column, { attributes: { keepdims: 1 } });
  return g.op("Div", [x, g.op("Sqrt", [add(g, sum, g.floats(1e-8))], column)], x.shape);
}

/** The nearest multiple of 8 that is not below nine tenths of the number. Sandler et al. 2018. */
export function roundTo8(channels: number): number {
  const rounded = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return rounded < 0.9 * channels ? rounded + 8 : rounded;
}

/**
 * Sum of two maps [n, c, h, w], weighed against each other channel by channel: `votes` [n, 2 c, 1, 1] say how much each
 * counts, through a softmax. Li et al. 2019.
 */
export function weigh(g: Network, maps: readonly [Tensor, Tensor], votes: Tensor): Tensor {
  const channels = maps[0].shape[1] as number;
  const shares = softmax(1)(g, reshape(g, votes, [0, 2, channels, 1]));
  const [a, b] = maps.map((map, k) =>
    multiply(g, map, reshape(g, slice(g, shares, 1, { start: k, end: k + 1 }), [0, channels, 1, 1])),
  );
  return add(g, a!, b!);
}

/** Scales each channel by what two 1x1 convolutions make of the means of all. Hu et al. 2017. */
export function squeezeExcite(
  g: Network,
  names: readonly [down: string, up: string],
  x: Tensor,
  {
    out,
    activation = relu,
    gate = sigmoid,
  }: { readonly out: number; readonly activation?: Activation; readonly gate?: Activation },
): Tensor {
  const squeezed = activation(g, conv(g, names[0], globalAveragePool(g, x), { out, kernel: 1 }));
  return multiply(g, x, gate(g, conv(g, names[1], squeezed, { out: x.shape[1] as number, kernel: 1 })));
}

/** Each pixel four times. */
export const twice = (g: Network, x: Tensor): Tensor => resize(g, x, 2, "nearest");
