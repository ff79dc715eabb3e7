/** Residual networks with normalisation first. He et al. 2016, "Identity Mappings" (figure 4e). Names as in timm. */
import { relu } from "../activations.js";
import { add, flatten } from "../joins.js";
import { batchNorm, conv } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { globalAveragePool, maxPool } from "../pools.js";
import { type Backbone, CIFAR, classify, IMAGENET } from "./_backbone.js";
import { resnetDepths, sparse } from "./resnet.js";

/** A bottleneck to 4 `width` channels; with `project` its input is brought to the same shape. */
export function preActivation(
  g: Network,
  x: Tensor,
  width: number,
  stride: number,
  project: boolean,
): Tensor {
  const before = relu(g, batchNorm(g, "norm1", x));
  const out = 4 * width;
  const short = project ? conv(g, "downsample.conv", before, { out, kernel: 1, stride, bias: false }) : x;
  let y = conv(g, "conv1", before, { out: width, kernel: 1, bias: false });
  y = relu(g, batchNorm(g, "norm2", y));
  y = conv(g, "conv2", y, { out: width, kernel: 3, stride, pad: 1, bias: false });
  y = relu(g, batchNorm(g, "norm3", y));
  return add(g, conv(g, "conv3", y, { out, kernel: 1, bias: false }), short);
}

function resnetv2(depths: readonly number[]): Backbone {
  return {
    input: IMAGENET,
    build(g, image, { classes = 1000 } = {}) {
      let x = conv(g, "stem.conv", image, { out: 64, kernel: 7, stride: 2, pad: 3, bias: false });
      x = maxPool(g, x, { kernel: 3, stride: 2, pad: 1 });
      for (const [stage, blocks] of depths.entries())
        for (let k = 0; k < blocks; k++)
          x = g.scope(`stages.${stage}.blocks.${k}`, () =>
            preActivation(g, x, 64 * 2 ** stage, stage > 0 && k === 0 ? 2 : 1, k === 0),
          );
      x = globalAveragePool(g, relu(g, batchNorm(g, "norm", x)));
      return flatten(g, conv(g, "head.fc", x, { out: classes, kernel: 1 }));
    },
  };
}

/** Two 3x3 convolutions; the input is brought to the same shape without weights. */
function basic(g: Network, x: Tensor, out: number, stride: number): Tensor {
  let y = relu(g, batchNorm(g, "norm1", x));
  y = conv(g, "conv1", y, { out, kernel: 3, stride, pad: 1, bias: false });
  y = relu(g, batchNorm(g, "norm2", y));
  y = conv(g, "conv2", y, { out, kernel: 3, pad: 1, bias: false });
  return add(g, y, stride === 1 && x.shape[1] === out ? x : sparse(g, x, out, stride));
}

/** The network of 6 n + 2 layers for 32x32 images: three stages of 16, 32 and 64 channels. */
function cifar(n: number): Backbone {
  return {
    input: CIFAR,
    build(g, image, { classes = 10 } = {}) {
      let x = conv(g, "stem.conv", image, { out: 16, kernel: 3, pad: 1, bias: false });
      for (let stage = 0; stage < 3; stage++)
        for (let k = 0; k < n; k++)
          x = g.scope(`stages.${stage}.blocks.${k}`, () =>
            basic(g, x, 16 * 2 ** stage, stage > 0 && k === 0 ? 2 : 1),
          );
      return classify(g, "head.fc", relu(g, batchNorm(g, "norm", x)), classes);
    },
  };
}

export const resnetv2s = {
  resnetv2_50: resnetv2(resnetDepths[50].depths),
  resnetv2_101: resnetv2(resnetDepths[101].depths),
  preact_resnet110_cifar: cifar(18),
} as const satisfies Readonly<Record<string, Backbone>>;
