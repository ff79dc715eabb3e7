/** ResNeSt. Zhang et al. 2020 (figure 2; radix 2, cardinality 1). Names as in timm. */
import { relu } from "../activations.js";
import { add, slice } from "../joins.js";
import { conv } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { averagePool, globalAveragePool, maxPool } from "../pools.js";
import { type Backbone, classify, convNorm, weigh } from "./_backbone.js";

/** A grouped convolution to twice the channels; both halves weighed against each other channel by channel. */
function splitAttention(g: Network, x: Tensor, out: number): Tensor {
  const y = convNorm(g, ["conv", "bn0"], x, { out: 2 * out, kernel: 3, pad: 1, groups: 2 });
  const halves = [slice(g, y, 1, { end: out }), slice(g, y, 1, { start: out })] as const;
  const means = globalAveragePool(g, add(g, ...halves));
  const inner = { out: Math.max(32, out / 2), kernel: 1, bias: true };
  const votes = conv(g, "fc2", convNorm(g, ["fc1", "bn1"], means, inner), { out: 2 * out, kernel: 1 });
  return weigh(g, halves, votes);
}

function block(g: Network, x: Tensor, width: number, stride: number): Tensor {
  const out = 4 * width;
  let y = convNorm(g, ["conv1", "bn1"], x, { out: width, kernel: 1 });
  y = g.scope("conv2", () => splitAttention(g, y, width));
  if (stride > 1) y = averagePool(g, y, { kernel: 3, stride, pad: 1 });
  y = convNorm(g, ["conv3", "bn3"], y, { out, kernel: 1, activation: null });
  if (x.shape[1] === out && stride === 1) return relu(g, add(g, y, x));
  const short = stride > 1 ? averagePool(g, x, { kernel: stride, ceil: true, countPad: false }) : x;
  const plain = { out, kernel: 1, activation: null };
  return relu(g, add(g, y, convNorm(g, ["downsample.1", "downsample.2"], short, plain)));
}

function resnest(depths: readonly number[], stem: number, side = 224): Backbone {
  return {
    input: [3, side, side],
    build(g, image, { classes } = {}) {
      let x = convNorm(g, ["conv1.0", "conv1.1"], image, { out: stem, kernel: 3, stride: 2, pad: 1 });
      x = convNorm(g, ["conv1.3", "conv1.4"], x, { out: stem, kernel: 3, pad: 1 });
      x = convNorm(g, ["conv1.6", "bn1"], x, { out: 2 * stem, kernel: 3, pad: 1 });
      x = maxPool(g, x, { kernel: 3, stride: 2, pad: 1 });
      for (const [stage, blocks] of depths.entries())
        for (let k = 0; k < blocks; k++)
          x = g.scope(`layer${stage + 1}.${k}`, () =>
            block(g, x, 64 * 2 ** stage, stage > 0 && k === 0 ? 2 : 1),
          );
      return classify(g, "fc", x, classes);
    },
  };
}

export const resnests = {
  resnest14d: resnest([1, 1, 1, 1], 32),
  resnest26d: resnest([2, 2, 2, 2], 32),
  resnest50d: resnest([3, 4, 6, 3], 32),
  resnest101e: resnest([3, 4, 23, 3], 64, 256),
  resnest200e: resnest([3, 24, 36, 3], 64, 320),
} as const satisfies Readonly<Record<string, Backbone>>;
