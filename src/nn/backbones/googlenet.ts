/**
 * GoogLeNet. Szegedy et al. 2014, "Going Deeper with Convolutions" (table 1). `googlenet` is torchvision's, with batch
 * norms and 3x3 in place of 5x5; names as there for both.
 */
import { relu } from "../activations.js";
import { concat, flatten } from "../joins.js";
import { type ConvOptions, conv, linear } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { averagePool, localResponseNorm, maxPool } from "../pools.js";
import { type Backbone, classify, convNorm, IMAGENET } from "./_backbone.js";

type Module = readonly [
  n1x1: number,
  reduce3: number,
  n3x3: number,
  reduce5: number,
  n5x5: number,
  pool: number,
];

const MODULES: Readonly<Record<string, Module>> = {
  "3a": [64, 96, 128, 16, 32, 32],
  "3b": [128, 128, 192, 32, 96, 64],
  "4a": [192, 96, 208, 16, 48, 64],
  "4b": [160, 112, 224, 24, 64, 64],
  "4c": [128, 128, 256, 24, 64, 64],
  "4d": [112, 144, 288, 32, 64, 64],
  "4e": [256, 160, 320, 32, 128, 128],
  "5a": [256, 160, 320, 32, 128, 128],
  "5b": [384, 192, 384, 48, 128, 128],
};

/** A convolution with ReLU, with or without batch norm. */
type Conv = (g: Network, name: string, x: Tensor, options: ConvOptions) => Tensor;

const plain: Conv = (g, name, x, options) => relu(g, conv(g, `${name}.conv`, x, options));
const normed: Conv = (g, name, x, options) =>
  convNorm(g, [`${name}.conv`, `${name}.bn`], x, { ...options, eps: 1e-3 });

function inception(g: Network, x: Tensor, one: Conv, five: 3 | 5, sizes: Module): Tensor {
  const [n1x1, reduce3, n3x3, reduce5, n5x5, projection] = sizes;
  const a = one(g, "branch1", x, { out: n1x1, kernel: 1 });
  let b = one(g, "branch2.0", x, { out: reduce3, kernel: 1 });
  b = one(g, "branch2.1", b, { out: n3x3, kernel: 3, pad: 1 });
  let c = one(g, "branch3.0", x, { out: reduce5, kernel: 1 });
  c = one(g, "branch3.1", c, { out: n5x5, kernel: five, pad: (five - 1) / 2 });
  const pooled = maxPool(g, x, { kernel: 3, stride: 1, pad: 1 });
  return concat(g, [a, b, c, one(g, "branch4.1", pooled, { out: projection, kernel: 1 })]);
}

function auxiliary(g: Network, x: Tensor, classes: number): Tensor {
  let y = averagePool(g, x, { kernel: 5, stride: 3, ceil: true });
  y = flatten(g, plain(g, "conv", y, { out: 128, kernel: 1 }));
  return linear(g, "fc2", relu(g, linear(g, "fc1", y, { out: 1024 })), { out: classes });
}

/** `published`: as torchvision's weights; else as the paper's table, with LRN. `aux`: with the two training heads. */
function googlenet({ published = false, aux = false }): Backbone {
  const one = published ? normed : plain;
  return {
    input: IMAGENET,
    build(g, image, { classes = 1000 } = {}) {
      const halve = (x: Tensor, kernel = 3) => maxPool(g, x, { kernel, stride: 2, ceil: true });
      const respond = (x: Tensor) => (published ? x : localResponseNorm(g, x, { k: 1 }));
      let x = respond(halve(one(g, "conv1", image, { out: 64, kernel: 7, stride: 2, pad: 3 })));
      x = one(g, "conv2", x, { out: 64, kernel: 1 });
      x = halve(respond(one(g, "conv3", x, { out: 192, kernel: 3, pad: 1 })));
      const after: Record<string, Tensor> = {};
      for (const [name, sizes] of Object.entries(MODULES)) {
        x = g.scope(`inception${name}`, () => inception(g, x, one, published ? 3 : 5, sizes));
        after[name] = x;
        if (name === "3b") x = halve(x);
        if (name === "4e") x = halve(x, published ? 2 : 3);
      }
      const output = classify(g, "fc", x, classes);
      if (!aux) return output;
      const aux1 = g.scope("aux1", () => auxiliary(g, after["4a"]!, classes));
      return { output, aux1, aux2: g.scope("aux2", () => auxiliary(g, after["4d"]!, classes)) };
    },
  };
}

export const googlenets = {
  googlenet: googlenet({ published: true }),
  googlenet_v1_noaux: googlenet({}),
  googlenet_v1_aux: googlenet({ aux: true }),
} as const satisfies Readonly<Record<string, Backbone>>;
