/**
 * LeNet-5 as it is built today (LeCun et al. 1998, with every connection), and Network in Network (Lin et al. 2013, and
 * the ImageNet network of its authors). Layers named by what they are.
 */
import { relu, tanh } from "../activations.js";
import { flatten } from "../joins.js";
import { type ConvOptions, conv, linear } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { averagePool, globalAveragePool, maxPool } from "../pools.js";
import { type Backbone, CIFAR, IMAGENET } from "./_backbone.js";

const lenet5: Backbone = {
  input: [1, 32, 32],
  build(g, image, { classes = 10 } = {}) {
    let x = averagePool(g, tanh(g, conv(g, "c1", image, { out: 6, kernel: 5 })), { kernel: 2 });
    x = averagePool(g, tanh(g, conv(g, "c3", x, { out: 16, kernel: 5 })), { kernel: 2 });
    x = tanh(g, linear(g, "c5", flatten(g, x), { out: 120 }));
    return linear(g, "output", tanh(g, linear(g, "f6", x, { out: 84 })), { out: classes });
  },
};

/** A convolution and two 1x1 convolutions, each with ReLU. */
function mlpconv(
  g: Network,
  name: string,
  x: Tensor,
  options: ConvOptions,
  widths: readonly number[],
): Tensor {
  return g.scope(name, () =>
    widths.reduce(
      (y, out, k) => relu(g, conv(g, `cccp${k + 1}`, y, { out, kernel: 1 })),
      relu(g, conv(g, "conv", x, options)),
    ),
  );
}

const down = { kernel: 3, stride: 2, ceil: true } as const;

const ninImagenet: Backbone = {
  input: IMAGENET,
  build(g, image, { classes = 1000 } = {}) {
    let x = maxPool(g, mlpconv(g, "1", image, { out: 96, kernel: 11, stride: 4 }, [96, 96]), down);
    x = maxPool(g, mlpconv(g, "2", x, { out: 256, kernel: 5, pad: 2 }, [256, 256]), down);
    x = maxPool(g, mlpconv(g, "3", x, { out: 384, kernel: 3, pad: 1 }, [384, 384]), down);
    x = mlpconv(g, "4", x, { out: 1024, kernel: 3, pad: 1 }, [1024, classes]);
    return flatten(g, globalAveragePool(g, x));
  },
};

const ninCifar: Backbone = {
  input: CIFAR,
  build(g, image, { classes = 10 } = {}) {
    let x = maxPool(g, mlpconv(g, "1", image, { out: 192, kernel: 5, pad: 2 }, [160, 96]), down);
    x = averagePool(g, mlpconv(g, "2", x, { out: 192, kernel: 5, pad: 2 }, [192, 192]), down);
    x = mlpconv(g, "3", x, { out: 192, kernel: 3, pad: 1 }, [192, classes]);
    return flatten(g, globalAveragePool(g, x));
  },
};

export const lenets = {
  lenet5_modern: lenet5,
  nin_imagenet: ninImagenet,
  nin_cifar10: ninCifar,
} as const satisfies Readonly<Record<string, Backbone>>;
