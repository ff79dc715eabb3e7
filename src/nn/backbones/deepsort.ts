/**
 * DeepSORT's embedder, a wide residual network. Wojke et al. 2017 (table 1), layers named as there; the result is a
 * unit vector, [batch, 128].
 */
import { elu } from "../activations.js";
import { add, flatten } from "../joins.js";
import { batchNorm, conv, linear } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { maxPool } from "../pools.js";
import { type Backbone, convNorm, unit } from "./_backbone.js";

const BLOCKS = [
  ["conv2_1", 32],
  ["conv2_3", 32],
  ["conv3_1", 64],
  ["conv3_3", 64],
  ["conv4_1", 128],
  ["conv4_3", 128],
] as const;

function block(g: Network, x: Tensor, out: number, first: boolean): Tensor {
  const grows = x.shape[1] !== out;
  const start = first ? x : elu(g, batchNorm(g, "bn", x));
  const y = convNorm(g, ["conv1", "bn1"], start, {
    out,
    kernel: 3,
    stride: grows ? 2 : 1,
    pad: 1,
    activation: elu,
  });
  const z = conv(g, "conv2", y, { out, kernel: 3, pad: 1 });
  return add(g, grows ? conv(g, "projection", x, { out, kernel: 1, stride: 2, bias: false }) : x, z);
}

const embedder: Backbone = {
  input: [3, 128, 64],
  build(g, image) {
    let x = convNorm(g, ["conv1_1", "bn1_1"], image, { out: 32, kernel: 3, pad: 1, activation: elu });
    x = convNorm(g, ["conv1_2", "bn1_2"], x, { out: 32, kernel: 3, pad: 1, activation: elu });
    x = maxPool(g, x, { kernel: 3, stride: 2, pad: 1 });
    for (const [name, out] of BLOCKS) x = g.scope(name, () => block(g, x, out, name === "conv2_1"));
    x = elu(g, batchNorm(g, "bn", linear(g, "fc1", flatten(g, x), { out: 128, bias: false })));
    return unit(g, batchNorm(g, "ball", x));
  },
};

export const deepsorts = { deepsort_embedder: embedder } as const satisfies Readonly<
  Record<string, Backbone>
>;
