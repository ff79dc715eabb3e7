/**
 * U-Net: Ronneberger et al. 2015 (figure 1). U-Net++: Zhou et al. 2018 (figure 1). "d" goes down, "u" up, "e" are the
 * convolutions after a step up; "n" are the nodes of U-Net++, "o" the outputs.
 */
import { relu } from "../activations.js";
import { concat, slice } from "../joins.js";
import { batchNorm, conv, convTranspose } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { maxPool } from "../pools.js";
import { resize } from "../resize.js";
import type { Backbone } from "./_backbone.js";

/** Two 3x3 convolutions with ReLU, named by their place in the sequence. */
function twice(g: Network, name: string, x: Tensor, out: number, pad: 0 | 1, norm = false): Tensor {
  let [y, place] = [x, 0];
  return g.scope(name, () => {
    for (let k = 0; k < 2; k++) {
      y = conv(g, String(place++), y, { out, kernel: 3, pad });
      if (norm) y = batchNorm(g, String(place++), y);
      y = relu(g, y);
      place++;
    }
    return y;
  });
}

/** The middle of a map, as large as another. */
function crop(g: Network, x: Tensor, like: Tensor): Tensor {
  let y = x;
  for (const axis of [2, 3]) {
    const size = like.shape[axis] as number;
    const start = ((x.shape[axis] as number) - size) >> 1;
    y = slice(g, y, axis, { start, end: start + size });
  }
  return y;
}

const WIDTHS = [64, 128, 256, 512, 1024] as const;

const unet: Backbone = {
  input: [1, 572, 572],
  build(g, image, { classes = 2 } = {}) {
    let x = image;
    const skips = WIDTHS.map((out, k) => {
      x = twice(g, `d.${k}`, k === 0 ? x : maxPool(g, x, { kernel: 2 }), out, 0);
      return x;
    });
    for (const k of [3, 2, 1, 0]) {
      const up = convTranspose(g, `u.${k}`, x, { out: WIDTHS[k]!, kernel: 2, stride: 2 });
      x = twice(g, `e.${k}`, concat(g, [crop(g, skips[k]!, up), up]), WIDTHS[k]!, 0);
    }
    return conv(g, "o", x, { out: classes, kernel: 1 });
  },
};

/** `published`: batch norms, bilinear upsampling and one output; the paper has transposed convolutions and four. */
function unetpp(published: boolean): Backbone {
  const widths = WIDTHS.map((w) => w / 2);
  return {
    input: [3, 96, 96],
    build(g, image, { classes = 1 } = {}) {
      const nodes = new Map<string, Tensor>();
      for (let i = 0; i < 5; i++) {
        const x = i === 0 ? image : maxPool(g, nodes.get(`${i - 1}0`)!, { kernel: 2 });
        nodes.set(`${i}0`, twice(g, `n.${i}0`, x, widths[i]!, 1, published));
      }
      for (let j = 1; j < 5; j++)
        for (let i = 0; i + j < 5; i++) {
          const below = nodes.get(`${i + 1}${j - 1}`)!;
          const up = published
            ? resize(g, below, 2, "corners")
            : convTranspose(g, `u.${i}${j}`, below, { out: widths[i]!, kernel: 2, stride: 2 });
          const row = Array.from({ length: j }, (_, k) => nodes.get(`${i}${k}`)!);
          nodes.set(`${i}${j}`, twice(g, `n.${i}${j}`, concat(g, [...row, up]), widths[i]!, 1, published));
        }
      const ends = published ? ["04"] : ["01", "02", "03", "04"];
      return Object.fromEntries(
        ends.map((end, k) => [`output${k}`, conv(g, `o.${k}`, nodes.get(end)!, { out: classes, kernel: 1 })]),
      );
    },
  };
}

export const unets = {
  unet_572: unet,
  unetpp_paper_deconv_ds: unetpp(false),
  unetpp_bn_bilinear_nods: unetpp(true),
} as const satisfies Readonly<Record<string, Backbone>>;
