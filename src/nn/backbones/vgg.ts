/** VGG. Simonyan & Zisserman 2014, "Very Deep Convolutional Networks" (table 1). Names as in torchvision. */
import { relu } from "../activations.js";
import { flatten, reshape } from "../joins.js";
import { batchNorm, conv, linear } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { adaptiveAveragePool, globalAveragePool, localResponseNorm, maxPool } from "../pools.js";
import { type Backbone, IMAGENET } from "./_backbone.js";

/** A number is a 3x3 convolution with so many channels, "1x1-256" a 1x1 one; "pool" halves the map. */
export type VggLayer = number | "pool" | "lrn" | `1x1-${number}`;

// biome-ignore format: one configuration a line, as in the table
export const vggLayers = {
  A: [64, "pool", 128, "pool", 256, 256, "pool", 512, 512, "pool", 512, 512, "pool"],
  "A-LRN": [64, "lrn", "pool", 128, "pool", 256, 256, "pool", 512, 512, "pool", 512, 512, "pool"],
  B: [64, 64, "pool", 128, 128, "pool", 256, 256, "pool", 512, 512, "pool", 512, 512, "pool"],
  C: [64, 64, "pool", 128, 128, "pool", 256, 256, "1x1-256", "pool", 512, 512, "1x1-512", "pool", 512, 512, "1x1-512", "pool"],
  D: [64, 64, "pool", 128, 128, "pool", 256, 256, 256, "pool", 512, 512, 512, "pool", 512, 512, 512, "pool"],
  E: [64, 64, "pool", 128, 128, "pool", 256, 256, 256, 256, "pool", 512, 512, 512, 512, "pool", 512, 512, 512, 512, "pool"],
} as const satisfies Readonly<Record<string, readonly VggLayer[]>>;

/**
 * The convolutions, named by their place in the sequence as PyTorch does: "features.0", "features.2", ... with
 * activations and pools counted. Detectors leave out the last pool.
 */
export function vggFeatures(
  g: Network,
  image: Tensor,
  layers: readonly VggLayer[],
  norm = false,
  ceil = false,
): Tensor {
  let x = image;
  let place = 0;
  g.scope("features", () => {
    for (const layer of layers)
      if (layer === "pool") {
        x = maxPool(g, x, { kernel: 2, ceil });
        place++;
      } else if (layer === "lrn") {
        x = localResponseNorm(g, x);
        place++;
      } else {
        const [kernel, out] = typeof layer === "number" ? [3, layer] : [1, Number(layer.slice(4))];
        x = conv(g, String(place++), x, { out, kernel, pad: kernel === 3 ? 1 : 0 });
        if (norm) x = batchNorm(g, String(place++), x);
        x = relu(g, x);
        place++;
      }
  });
  return x;
}

function vgg(layers: readonly VggLayer[], norm = false): Backbone {
  return {
    input: IMAGENET,
    build(g, image, { classes = 1000 } = {}) {
      const x = flatten(g, adaptiveAveragePool(g, vggFeatures(g, image, layers, norm), 7));
      return g.scope("classifier", () => {
        const fc6 = relu(g, linear(g, "0", x, { out: 4096 }));
        const fc7 = relu(g, linear(g, "3", fc6, { out: 4096 }));
        return linear(g, "6", fc7, { out: classes });
      });
    },
  };
}

/** A fully connected layer on windows of a map: the weights of `linear` slide as a convolution. */
function slideLinear(g: Network, name: string, x: Tensor, out: number, side: number): Tensor {
  const [n, channels, height, width] = x.shape as [string, number, number, number];
  const [stored, bias] = g.scope(name, () => [
    g.parameter("weight", [out, channels * side * side], "weight"),
    g.parameter("bias", [out], "bias"),
  ]) as [Tensor, Tensor];
  const sides = [height - side + 1, width - side + 1] as const;
  return g.op("Conv", [x, reshape(g, stored, [out, channels, side, side]), bias], [n, out, ...sides], {
    name,
    macs: sides[0] * sides[1] * out * channels * side * side,
  });
}

/**
 * Section 3.2, dense evaluation: the fully connected layers slide over images of any size from 224 on, and the scores
 * of all places are averaged. The weights are those of the same network with fully connected layers.
 */
function dense(layers: readonly VggLayer[]): Backbone {
  return {
    input: IMAGENET,
    build(g, image, { classes = 1000 } = {}) {
      const x = vggFeatures(g, image, layers);
      const scores = g.scope("classifier", () => {
        const fc6 = relu(g, slideLinear(g, "0", x, 4096, 7));
        const fc7 = relu(g, slideLinear(g, "3", fc6, 4096, 1));
        return slideLinear(g, "6", fc7, classes, 1);
      });
      return { output: flatten(g, globalAveragePool(g, scores)), scores };
    },
  };
}

export const vggs = {
  vgg11: vgg(vggLayers.A),
  "vgg_A-LRN": vgg(vggLayers["A-LRN"]),
  vgg_B: vgg(vggLayers.B),
  vgg13: vgg(vggLayers.B),
  vgg_C: vgg(vggLayers.C),
  vgg16: vgg(vggLayers.D),
  vgg19: vgg(vggLayers.E),
  vgg16_dense: dense(vggLayers.D),
  vgg11_bn: vgg(vggLayers.A, true),
  vgg13_bn: vgg(vggLayers.B, true),
  vgg16_bn: vgg(vggLayers.D, true),
  vgg19_bn: vgg(vggLayers.E, true),
} as const satisfies Readonly<Record<string, Backbone>>;
