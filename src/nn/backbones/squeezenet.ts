/** SqueezeNet. Iandola et al. 2016 (table 1), and its version 1.1. Names as in torchvision. */
import { relu } from "../activations.js";
import { concat, flatten } from "../joins.js";
import { type ConvOptions, conv } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { globalAveragePool, maxPool } from "../pools.js";
import { type Backbone, IMAGENET } from "./_backbone.js";

/** Maps after the squeeze and after each half of the expansion. */
type Fire = readonly [squeeze: number, expand: number];

function fire(g: Network, x: Tensor, [squeeze, expand]: Fire): Tensor {
  const y = relu(g, conv(g, "squeeze", x, { out: squeeze, kernel: 1 }));
  const one = relu(g, conv(g, "expand1x1", y, { out: expand, kernel: 1 }));
  return concat(g, [one, relu(g, conv(g, "expand3x3", y, { out: expand, kernel: 3, pad: 1 }))]);
}

function squeezenet(stem: ConvOptions, layers: readonly (Fire | "pool")[]): Backbone {
  return {
    input: IMAGENET,
    build(g, image, { classes = 1000 } = {}) {
      let x = relu(g, conv(g, "features.0", image, stem));
      for (const [k, layer] of layers.entries())
        x = g.scope(`features.${k + 2}`, () =>
          layer === "pool" ? maxPool(g, x, { kernel: 3, stride: 2, ceil: true }) : fire(g, x, layer),
        );
      x = relu(g, conv(g, "classifier.1", x, { out: classes, kernel: 1 }));
      return flatten(g, globalAveragePool(g, x));
    },
  };
}

// biome-ignore format: one row per version
export const squeezenets = {
  squeezenet1_0: squeezenet({ out: 96, kernel: 7, stride: 2 },
    ["pool", [16, 64], [16, 64], [32, 128], "pool", [32, 128], [48, 192], [48, 192], [64, 256], "pool", [64, 256]]),
  squeezenet1_1: squeezenet({ out: 64, kernel: 3, stride: 2 },
    ["pool", [16, 64], [16, 64], "pool", [32, 128], [32, 128], "pool", [48, 192], [48, 192], [64, 256], [64, 256]]),
} as const satisfies Readonly<Record<string, Backbone>>;
