/** Spatial pyramid pooling on ZF-5. He et al. 2014 (section 2.3): windows of ceil(a / n) every floor(a / n) pixels. */
import { relu } from "../activations.js";
import { concat, flatten } from "../joins.js";
import { conv, linear } from "../layers.js";
import { maxPool } from "../pools.js";
import { type Backbone, IMAGENET } from "./_backbone.js";

/** `levels`: bins per side. The rule of windows gives these numbers of bins on a 13x13 map. */
function sppnet(levels: readonly number[]): Backbone {
  return {
    input: IMAGENET,
    build(g, image, { classes = 1000 } = {}) {
      let x = relu(g, conv(g, "conv1", image, { out: 96, kernel: 7, stride: 2 }));
      x = relu(
        g,
        conv(g, "conv2", maxPool(g, x, { kernel: 3, stride: 2 }), { out: 256, kernel: 5, stride: 2 }),
      );
      x = maxPool(g, x, { kernel: 3, stride: 2, pad: 1 });
      for (const [k, out] of [384, 384, 256].entries())
        x = relu(g, conv(g, `conv${k + 3}`, x, { out, kernel: 3, pad: 1 }));
      const side = x.shape[2] as number;
      const bins = levels.map((n) =>
        flatten(g, maxPool(g, x, { kernel: Math.ceil(side / n), stride: Math.floor(side / n) })),
      );
      x = relu(g, linear(g, "fc6", concat(g, bins), { out: 4096 }));
      return linear(g, "fc8", relu(g, linear(g, "fc7", x, { out: 4096 })), { out: classes });
    },
  };
}

export const sppnets = {
  sppnet_zf5_50bins: sppnet([6, 3, 2, 1]),
  sppnet_zf5_21bins: sppnet([4, 2, 1]),
} as const satisfies Readonly<Record<string, Backbone>>;
