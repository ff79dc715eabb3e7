/**
 * BN-Inception, also called Inception v2. Ioffe & Szegedy 2015, "Batch Normalization" (figure 5): GoogLeNet with two
 * 3x3 convolutions in place of 5x5. Convolutions have a bias, as in the authors' network.
 */
import { concat } from "../joins.js";
import type { ConvOptions } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { averagePool, maxPool } from "../pools.js";
import { type Backbone, classify, convNorm, IMAGENET } from "./_backbone.js";

/** Channels; a module without 1x1 branch halves the map and passes its pool on as it is. */
type Module = readonly [
  n1x1: number,
  reduce3: number,
  n3x3: number,
  reduceDouble: number,
  double: number,
  pool: "average" | "max",
  projection: number,
];

const modules = (last: number): readonly (readonly [name: string, sizes: Module])[] => [
  ["3a", [64, 64, 64, 64, 96, "average", 32]],
  ["3b", [64, 64, 96, 64, 96, "average", 64]],
  ["3c", [0, 128, 160, 64, 96, "max", 0]],
  ["4a", [224, 64, 96, 96, 128, "average", 128]],
  ["4b", [192, 96, 128, 96, 128, "average", 128]],
  ["4c", [160, 128, 160, 128, 160, "average", last]],
  ["4d", [96, 128, 192, 160, 192, "average", last]],
  ["4e", [0, 128, 192, 192, 256, "max", 0]],
  ["5a", [352, 192, 320, 160, 224, "average", 128]],
  ["5b", [352, 192, 320, 192, 224, "max", 128]],
];

const one = (g: Network, name: string, x: Tensor, options: ConvOptions): Tensor =>
  convNorm(g, [`${name}.conv`, `${name}.bn`], x, { bias: true, ...options });

function module(g: Network, x: Tensor, sizes: Module): Tensor {
  const [n1x1, reduce3, n3x3, reduceDouble, double, pool, projection] = sizes;
  const stride = n1x1 === 0 ? 2 : 1;
  const results = n1x1 === 0 ? [] : [one(g, "1x1", x, { out: n1x1, kernel: 1 })];
  const y = one(g, "3x3_reduce", x, { out: reduce3, kernel: 1 });
  results.push(one(g, "3x3", y, { out: n3x3, kernel: 3, stride, pad: 1 }));
  let z = one(g, "double_3x3_reduce", x, { out: reduceDouble, kernel: 1 });
  z = one(g, "double_3x3_1", z, { out: double, kernel: 3, pad: 1 });
  results.push(one(g, "double_3x3_2", z, { out: double, kernel: 3, stride, pad: 1 }));
  const same = { kernel: 3, stride: 1, pad: 1 };
  if (n1x1 === 0) results.push(maxPool(g, x, { kernel: 3, stride: 2, ceil: true }));
  else {
    const pooled = pool === "average" ? averagePool(g, x, same) : maxPool(g, x, same);
    results.push(one(g, "pool_proj", pooled, { out: projection, kernel: 1 }));
  }
  return concat(g, results);
}

/** `last`: channels after the pools of 4c and 4d, 96 in the table and 128 in the published weights. */
function bnInception(last: number): Backbone {
  return {
    input: IMAGENET,
    build(g, image, { classes } = {}) {
      const halve = (y: Tensor) => maxPool(g, y, { kernel: 3, stride: 2, ceil: true });
      let x = halve(one(g, "conv1", image, { out: 64, kernel: 7, stride: 2, pad: 3 }));
      x = one(g, "conv2_reduce", x, { out: 64, kernel: 1 });
      x = halve(one(g, "conv2", x, { out: 192, kernel: 3, pad: 1 }));
      for (const [name, sizes] of modules(last)) x = g.scope(`inception_${name}`, () => module(g, x, sizes));
      return classify(g, "fc", x, classes);
    },
  };
}

export const bninceptions = {
  bn_inception_paper: bnInception(96),
  bn_inception: bnInception(128),
} as const satisfies Readonly<Record<string, Backbone>>;
