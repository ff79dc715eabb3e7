/** What the families share. */
import { type Activation, relu } from "../activations.js";
import { flatten } from "../joins.js";
import { batchNorm, type ConvOptions, conv, linear } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { globalAveragePool } from "../pools.js";

/** How a classifier is built. */
export interface BackboneOptions {
  /** Classes of the last layer. @default those of the published weights */
  readonly classes?: number;
}

/** A network of the catalogue. */
export interface Backbone {
  /** The image that its figures are for: channels, height, width. */
  readonly input: readonly [channels: number, height: number, width: number];
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
    ...options
  }: ConvOptions & { readonly activation?: Activation | null; readonly eps?: number },
): Tensor {
  const y = batchNorm(g, normName, conv(g, convName, x, { bias: false, ...options }), { eps });
  return activation ? activation(g, y) : y;
}

/** Mean over the map, then one fully connected layer. */
export function classify(g: Network, name: string, x: Tensor, classes = 1000): Tensor {
  return linear(g, name, flatten(g, globalAveragePool(g, x, "avgpool")), { out: classes });
}
