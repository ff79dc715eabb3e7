/**
 * OSNet, an embedder of people. Zhou et al. 2019, "Omni-Scale Feature Learning" (table 1). Names as in the authors'
 * weights; no classifier: the result is the feature, [batch, 512].
 */
import { relu } from "../activations.js";
import { add, flatten } from "../joins.js";
import { batchNorm, conv, linear } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { averagePool, globalAveragePool, maxPool } from "../pools.js";
import { type Backbone, convNorm, squeezeExcite } from "./_backbone.js";

/** 1x1, then 3x3 of single channels. */
function light(g: Network, x: Tensor): Tensor {
  const out = x.shape[1] as number;
  const y = conv(g, "conv1", x, { out, kernel: 1, bias: false });
  return convNorm(g, ["conv2", "bn"], y, { out, kernel: 3, pad: 1, groups: out });
}

/** Four streams that see 3, 5, 7 and 9 pixels, weighed by one gate. */
function block(g: Network, x: Tensor, out: number): Tensor {
  const start = convNorm(g, ["conv1.conv", "conv1.bn"], x, { out: out / 4, kernel: 1 });
  const streams = ["conv2a", "conv2b", "conv2c", "conv2d"].map((name, k) => {
    let y = start;
    for (let n = 0; n <= k; n++) y = g.scope(k === 0 ? name : `${name}.${n}`, () => light(g, y));
    return y;
  });
  const gated = g.scope("gate", () =>
    streams.map((y) => squeezeExcite(g, ["fc1", "fc2"], y, { out: Math.floor(out / 4 / 16) })),
  );
  const sum = gated.reduce((a, b) => add(g, a, b));
  const y = convNorm(g, ["conv3.conv", "conv3.bn"], sum, { out, kernel: 1, activation: null });
  const short =
    x.shape[1] === out
      ? x
      : convNorm(g, ["downsample.conv", "downsample.bn"], x, { out, kernel: 1, activation: null });
  return relu(g, add(g, y, short));
}

function osnet(width: number): Backbone {
  return {
    input: [3, 256, 128],
    build(g, image) {
      let x = convNorm(g, ["conv1.conv", "conv1.bn"], image, {
        out: 64 * width,
        kernel: 7,
        stride: 2,
        pad: 3,
      });
      x = maxPool(g, x, { kernel: 3, stride: 2, pad: 1 });
      for (const [stage, channels] of [256, 384, 512].entries())
        g.scope(`conv${stage + 2}`, () => {
          const out = channels * width;
          x = g.scope("0", () => block(g, x, out));
          x = g.scope("1", () => block(g, x, out));
          if (stage < 2)
            x = averagePool(g, convNorm(g, ["2.0.conv", "2.0.bn"], x, { out, kernel: 1 }), { kernel: 2 });
        });
      x = convNorm(g, ["conv5.conv", "conv5.bn"], x, { out: 512 * width, kernel: 1 });
      return relu(
        g,
        batchNorm(g, "fc.1", linear(g, "fc.0", flatten(g, globalAveragePool(g, x)), { out: 512 })),
      );
    },
  };
}

export const osnets = {
  osnet_x1_0: osnet(1),
  osnet_x0_75: osnet(0.75),
  osnet_x0_5: osnet(0.5),
  osnet_x0_25: osnet(0.25),
} as const satisfies Readonly<Record<string, Backbone>>;
