/**
 * Small networks that show one kind of layer each: dilated convolutions (Yu & Koltun 2015), deformable convolutions
 * (Dai et al. 2017, Zhu et al. 2018) and highways (Srivastava et al. 2015).
 */
import { relu, sigmoid } from "../activations.js";
import { deformable } from "../deform.js";
import { add, multiply } from "../joins.js";
import { conv, linear } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import type { Backbone } from "./_backbone.js";

/** 3x3 convolutions with dilation 1, 2, 4: they see 3, 7, 15 pixels. */
const dilatedStack: Backbone = {
  input: [3, 33, 33],
  build: (g, image) =>
    [1, 2, 4].reduce(
      (x, dilation, k) =>
        relu(g, conv(g, `conv${k + 1}`, x, { out: 16, kernel: 3, pad: dilation, dilation })),
      image,
    ),
};

/** A convolution and two deformable ones, the second without ReLU. */
function deformableBlock(modulated: boolean): Backbone {
  const names = [modulated ? "offset_mask" : "offset", "conv"] as const;
  const options = { out: 8, kernel: 3, pad: 1 };
  return {
    input: [3, 15, 17],
    build(g, image) {
      const each = (name: string, x: Tensor) =>
        g.scope(name, () => deformable(g, names, x, { ...options, modulated }));
      return each("3", relu(g, each("2", relu(g, conv(g, "0", image, options)))));
    },
  };
}

/** g y + (1 - g) x, where the gate g decides how much of the layer y replaces its input. */
function highwayLayer(g: Network, x: Tensor): Tensor {
  const out = x.shape[1] as number;
  const y = relu(g, linear(g, "y", x, { out }));
  const gate = sigmoid(g, linear(g, "g", x, { out }));
  const rest = g.op("Sub", [g.floats(1), gate], gate.shape);
  return add(g, multiply(g, gate, y), multiply(g, rest, x));
}

const highway: Backbone = {
  input: [784],
  build(g, digits, { classes = 10 } = {}) {
    let x = relu(g, linear(g, "0", digits, { out: 50 }));
    for (let k = 2; k < 10; k++) x = g.scope(String(k), () => highwayLayer(g, x));
    return linear(g, "10", x, { out: classes });
  },
};

export const blocks = {
  dilated_stack: dilatedStack,
  dcn_v1_block: deformableBlock(false),
  dcn_v2_block: deformableBlock(true),
  highway_fc50_10layers_mnist: highway,
} as const satisfies Readonly<Record<string, Backbone>>;
