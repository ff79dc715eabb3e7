/**
 * LeNet-5: LeCun et al. 1998 (section II B, table I), as printed and as it is built today, with every connection.
 * Network in Network: Lin et al. 2013, and the ImageNet network of its authors. Layers named by what they are.
 */
import { relu, tanh } from "../activations.js";
import { add, concat, flatten, multiply, reshape } from "../joins.js";
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

/** Table I: the maps of S2 that each map of C3 sees. */
// biome-ignore format: as in the paper, by the number of maps
const C3_SEES = [
  [0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5], [0, 4, 5], [0, 1, 5],
  [0, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 5], [0, 3, 4, 5], [0, 1, 4, 5], [0, 1, 2, 5], [0, 1, 3, 4], [1, 2, 4, 5], [0, 2, 3, 5],
  [0, 1, 2, 3, 4, 5],
] as const;

/** 1.7159 tanh(2 x / 3). */
const squash = (g: Network, x: Tensor): Tensor =>
  multiply(g, tanh(g, multiply(g, x, g.floats(2 / 3))), g.floats(1.7159));

/** Sums of 2x2 pixels, times a coefficient and plus a bias of the map. */
function subsample(g: Network, name: string, x: Tensor): Tensor {
  const shape = [x.shape[1] as number, 1, 1];
  const [coefficient, bias] = g.scope(name, () => [
    g.parameter("coefficient", shape, "scale"),
    g.parameter("bias", shape, "shift"),
  ]) as [Tensor, Tensor];
  const sums = multiply(g, averagePool(g, x, { kernel: 2 }), g.floats(4));
  return squash(g, add(g, multiply(g, sums, coefficient), bias));
}

/** The result is the squared distance to the code of each digit: the least is the answer. Codes are not learnt. */
const lenet5Paper: Backbone = {
  input: [1, 32, 32],
  build(g, image, { classes = 10 } = {}) {
    const s2 = subsample(g, "s2", squash(g, conv(g, "c1", image, { out: 6, kernel: 5 })));
    const c3 = C3_SEES.map((maps, k) => {
      const seen = g.op("Gather", [s2, g.ints(maps)], [s2.shape[0]!, maps.length, 14, 14], {
        attributes: { axis: 1 },
      });
      return conv(g, `c3.${k}`, seen, { out: 1, kernel: 5 });
    });
    const s4 = subsample(g, "s4", squash(g, concat(g, c3)));
    const c5 = squash(g, conv(g, "c5", s4, { out: 120, kernel: 5 }));
    const f6 = squash(g, linear(g, "f6", flatten(g, c5), { out: 84 }));
    const codes = g.parameter("output.codes", [classes, 84], "mean");
    const rows = reshape(g, f6, [0, 1, 84]);
    const apart = g.op("Sub", [rows, codes], [rows.shape[0]!, classes, 84]);
    return g.op("ReduceSum", [multiply(g, apart, apart), g.ints([2])], [rows.shape[0]!, classes], {
      name: "output",
      attributes: { keepdims: 0 },
    });
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
  lenet5_paper: lenet5Paper,
  lenet5_modern: lenet5,
  nin_imagenet: ninImagenet,
  nin_cifar10: ninCifar,
} as const satisfies Readonly<Record<string, Backbone>>;
