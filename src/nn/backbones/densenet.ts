/** Densely connected networks. Huang et al. 2016 (table 1; section 4.2 for the CIFAR networks). Names as in torchvision. */
import { relu } from "../activations.js";
import { concat } from "../joins.js";
import { batchNorm, conv } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { averagePool, maxPool } from "../pools.js";
import { type Backbone, CIFAR, classify, convNorm, IMAGENET } from "./_backbone.js";

interface DenseNetOptions {
  /** Layers of each block. */
  readonly blocks: readonly number[];
  /** Maps that every layer adds, "k". */
  readonly growth: number;
  /** Whether a 1x1 convolution to 4 k maps comes first, "B". @default true */
  readonly bottleneck?: boolean;
  /** Share of the maps that a transition keeps; below 1 is "C". @default 0.5 */
  readonly keep?: number;
}

function normReluConv(
  g: Network,
  names: readonly [norm: string, conv: string],
  x: Tensor,
  out: number,
  kernel: 1 | 3,
) {
  const y = relu(g, batchNorm(g, names[0], x));
  return conv(g, names[1], y, { out, kernel, pad: kernel === 3 ? 1 : 0, bias: false });
}

function denseLayer(g: Network, x: Tensor, { growth, bottleneck = true }: DenseNetOptions): Tensor {
  if (!bottleneck) return normReluConv(g, ["norm1", "conv1"], x, growth, 3);
  return normReluConv(
    g,
    ["norm2", "conv2"],
    normReluConv(g, ["norm1", "conv1"], x, 4 * growth, 1),
    growth,
    3,
  );
}

function blocks(g: Network, stem: Tensor, options: DenseNetOptions): Tensor {
  const { blocks: depths, keep = 0.5 } = options;
  let x = stem;
  for (const [k, depth] of depths.entries()) {
    for (let layer = 1; layer <= depth; layer++)
      x = concat(g, [x, g.scope(`denseblock${k + 1}.denselayer${layer}`, () => denseLayer(g, x, options))]);
    if (k + 1 < depths.length)
      x = g.scope(`transition${k + 1}`, () => {
        const out = Math.floor((x.shape[1] as number) * keep);
        return averagePool(g, normReluConv(g, ["norm", "conv"], x, out, 1), { kernel: 2 });
      });
  }
  return relu(g, batchNorm(g, `norm${depths.length + 1}`, x));
}

function densenet(options: DenseNetOptions & { readonly stem?: number }): Backbone {
  return {
    input: IMAGENET,
    build(g, image, { classes } = {}) {
      const x = g.scope("features", () => {
        const out = options.stem ?? 2 * options.growth;
        const stem = convNorm(g, ["conv0", "norm0"], image, { out, kernel: 7, stride: 2, pad: 3 });
        return blocks(g, maxPool(g, stem, { kernel: 3, stride: 2, pad: 1, name: "pool0" }), options);
      });
      return classify(g, "classifier", x, classes);
    },
  };
}

/** `layers` in all, in three blocks for 32x32 images; "BC" has bottlenecks and halving transitions. */
function cifar(layers: number, growth: number, kind: "plain" | "BC"): Backbone {
  const bottleneck = kind === "BC";
  const depth = (layers - 4) / (bottleneck ? 6 : 3);
  return {
    input: CIFAR,
    build(g, image, { classes = 10 } = {}) {
      const x = g.scope("features", () => {
        const out = bottleneck ? 2 * growth : 16;
        const stem = conv(g, "conv0", image, { out, kernel: 3, pad: 1, bias: false });
        return blocks(g, stem, {
          blocks: [depth, depth, depth],
          growth,
          bottleneck,
          keep: bottleneck ? 0.5 : 1,
        });
      });
      return classify(g, "classifier", x, classes);
    },
  };
}

export const densenets = {
  densenet121: densenet({ blocks: [6, 12, 24, 16], growth: 32 }),
  densenet169: densenet({ blocks: [6, 12, 32, 32], growth: 32 }),
  densenet201: densenet({ blocks: [6, 12, 48, 32], growth: 32 }),
  densenet161: densenet({ blocks: [6, 12, 36, 24], growth: 48 }),
  densenet264_k32: densenet({ blocks: [6, 12, 64, 48], growth: 32 }),
  densenetB_121_theta1: densenet({ blocks: [6, 12, 24, 16], growth: 32, keep: 1 }),
  densenetC_121_nobottleneck: densenet({ blocks: [6, 12, 24, 16], growth: 32, bottleneck: false }),
  densenet40_k12_cifar: cifar(40, 12, "plain"),
  densenet100_k12_cifar: cifar(100, 12, "plain"),
  densenet100_k24_cifar: cifar(100, 24, "plain"),
  densenetBC100_k12_cifar: cifar(100, 12, "BC"),
  densenetBC250_k24_cifar: cifar(250, 24, "BC"),
  densenetBC190_k40_cifar: cifar(190, 40, "BC"),
} as const satisfies Readonly<Record<string, Backbone>>;
