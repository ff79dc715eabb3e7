/** DCGAN for 64x64 images. Radford et al. 2015 (figure 1). */
import { leakyRelu, relu, sigmoid, tanh } from "../activations.js";
import { batchNorm, conv, convTranspose } from "../layers.js";
import type { Backbone } from "./_backbone.js";

const generator: Backbone = {
  input: [100, 1, 1],
  build(g, noise) {
    let x = noise;
    for (const [k, out] of [512, 256, 128, 64].entries()) {
      const grow = k === 0 ? { stride: 1, pad: 0 } : { stride: 2, pad: 1 };
      x = convTranspose(g, `conv${k + 1}`, x, { out, kernel: 4, bias: false, ...grow });
      x = relu(g, batchNorm(g, `bn${k + 1}`, x));
    }
    return tanh(g, convTranspose(g, "conv5", x, { out: 3, kernel: 4, stride: 2, pad: 1, bias: false }));
  },
};

const discriminator: Backbone = {
  input: [3, 64, 64],
  build(g, image) {
    let x = image;
    for (const [k, out] of [64, 128, 256, 512].entries()) {
      x = conv(g, `conv${k + 1}`, x, { out, kernel: 4, stride: 2, pad: 1, bias: false });
      x = leakyRelu(0.2)(g, k === 0 ? x : batchNorm(g, `bn${k + 1}`, x));
    }
    return sigmoid(g, conv(g, "conv5", x, { out: 1, kernel: 4, bias: false }));
  },
};

export const dcgans = {
  dcgan_generator: generator,
  dcgan_discriminator: discriminator,
} as const satisfies Readonly<Record<string, Backbone>>;
