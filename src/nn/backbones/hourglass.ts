/** Stacked hourglasses. Newell et al. 2016 (figures 3 and 4). 256x256 images give 64x64 maps of 16 joints per stack. */
import { relu } from "../activations.js";
import { add } from "../joins.js";
import { batchNorm, conv } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { maxPool } from "../pools.js";
import { type Backbone, convNorm, twice } from "./_backbone.js";

/** Normalisation first; a 1x1 convolution beside it where the channels change. */
function residual(g: Network, name: string, x: Tensor, out: number): Tensor {
  return g.scope(name, () => {
    let y = conv(g, "conv1", relu(g, batchNorm(g, "bn1", x)), { out: out / 2, kernel: 1 });
    y = conv(g, "conv2", relu(g, batchNorm(g, "bn2", y)), { out: out / 2, kernel: 3, pad: 1 });
    y = conv(g, "conv3", relu(g, batchNorm(g, "bn3", y)), { out, kernel: 1 });
    return add(g, y, x.shape[1] === out ? x : conv(g, "skip", x, { out, kernel: 1 }));
  });
}

function hourglass(g: Network, x: Tensor, depth: number): Tensor {
  const out = x.shape[1] as number;
  const beside = residual(g, "up1", x, out);
  let y = residual(g, "low1", maxPool(g, x, { kernel: 2 }), out);
  y = depth > 1 ? g.scope("low2", () => hourglass(g, y, depth - 1)) : residual(g, "low2", y, out);
  return add(g, beside, twice(g, residual(g, "low3", y, out)));
}

function stacked(stacks: number): Backbone {
  return {
    input: [3, 256, 256],
    build(g, image, { classes: joints = 16 } = {}) {
      const stem = { out: 64, kernel: 7, stride: 2, pad: 3, bias: true };
      let x = residual(g, "r1", convNorm(g, ["stem.conv", "stem.bn"], image, stem), 128);
      x = residual(g, "r2", maxPool(g, x, { kernel: 2 }), 128);
      x = residual(g, "r3", x, 256);
      const outputs: Record<string, Tensor> = {};
      for (let k = 0; k < stacks; k++) {
        const inner = g.scope(`hg.${k}`, () => hourglass(g, x, 4));
        let y = residual(g, `res.${k}`, inner, 256);
        y = convNorm(g, [`lin.${k}.conv`, `lin.${k}.bn`], y, { out: 256, kernel: 1, bias: true });
        const map = conv(g, `head.${k}`, y, { out: joints, kernel: 1 });
        outputs[`stack${k + 1}`] = map;
        if (k + 1 < stacks) {
          const features = add(g, x, conv(g, `mf.${k}`, y, { out: 256, kernel: 1 }));
          x = add(g, features, conv(g, `mh.${k}`, map, { out: 256, kernel: 1 }));
        }
      }
      return outputs;
    },
  };
}

export const hourglasses = {
  hourglass_1stack: stacked(1),
  hourglass_2stack: stacked(2),
  hourglass_8stack: stacked(8),
} as const satisfies Readonly<Record<string, Backbone>>;
