/**
 * Residual attention networks. Wang et al. 2017 (tables 2 and 3, figure 2; p = 1, t = 2, r = 1), for ImageNet: units
 * with normalisation first, and masks from an hourglass of them. The paper does not say how many units stand at each
 * depth of a mask; with these the networks have 31.8 and 52.5 million parameters, there 31.9 and 51.3.
 */
import { relu, sigmoid } from "../activations.js";
import { add, multiply } from "../joins.js";
import { batchNorm, conv } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { maxPool } from "../pools.js";
import { resize } from "../resize.js";
import { type Backbone, classify, convNorm, IMAGENET } from "./_backbone.js";
import { preActivation } from "./resnetv2.js";

const down = { kernel: 3, stride: 2, pad: 1 } as const;

/** A unit that keeps the shape. */
const unit = (g: Network, name: string, x: Tensor): Tensor =>
  g.scope(name, () => preActivation(g, x, (x.shape[1] as number) / 4, 1, false));

/** Half the size, and back after what happens there: `depth` times, with units beside all but the innermost. */
function hourglass(g: Network, x: Tensor, depth: number): Tensor {
  let y = unit(g, "down", maxPool(g, x, down));
  if (depth > 1) y = g.scope("inner", () => add(g, unit(g, "skip", y), hourglass(g, y, depth - 1)));
  const [, , height, width] = x.shape as [string, number, number, number];
  return resize(g, unit(g, "up", y), [height, width], "corners");
}

/** (1 + mask) trunk. */
function attention(g: Network, image: Tensor, depth: number): Tensor {
  const x = unit(g, "pre", image);
  const out = x.shape[1] as number;
  const trunk = unit(g, "trunk.1", unit(g, "trunk.0", x));
  const mask = g.scope("mask", () => {
    let y = hourglass(g, x, depth);
    for (const k of [1, 2])
      y = conv(g, `conv${k}`, relu(g, batchNorm(g, `bn${k}`, y)), { out, kernel: 1, bias: false });
    return sigmoid(g, y);
  });
  return unit(g, "post", multiply(g, add(g, mask, g.floats(1)), trunk));
}

/** `modules`: attention modules of each stage. */
function residualAttention(modules: readonly [number, number, number]): Backbone {
  return {
    input: IMAGENET,
    build(g, image, { classes } = {}) {
      const stem = convNorm(g, ["conv1", "bn1"], image, { out: 64, kernel: 7, stride: 2, pad: 3 });
      let x = maxPool(g, stem, down);
      for (const [stage, count] of modules.entries()) {
        const stride = stage === 0 ? 1 : 2;
        x = g.scope(`residual${stage + 1}`, () => preActivation(g, x, 64 * 2 ** stage, stride, true));
        for (let k = 0; k < count; k++)
          x = g.scope(`attention${stage + 1}.${k}`, () => attention(g, x, 3 - stage));
      }
      for (let k = 0; k < 3; k++)
        x = g.scope(`residual4.${k}`, () => preActivation(g, x, 512, k === 0 ? 2 : 1, k === 0));
      return classify(g, "fc", relu(g, batchNorm(g, "norm", x)), classes);
    },
  };
}

export const attentions = {
  residual_attention_56: residualAttention([1, 1, 1]),
  residual_attention_92: residualAttention([1, 2, 3]),
} as const satisfies Readonly<Record<string, Backbone>>;
