/**
 * AlexNet: Krizhevsky et al. 2012 (two towers, LRN), the one-tower networks that followed, and ZFNet: Zeiler & Fergus
 * 2013. Names as in torchvision: places in the sequence.
 */
import { relu } from "../activations.js";
import { flatten, pad } from "../joins.js";
import { type ConvOptions, conv, linear } from "../layers.js";
import { localResponseNorm, maxPool, type PoolOptions } from "../pools.js";
import { type Backbone, IMAGENET } from "./_backbone.js";

/** A convolution with ReLU, a pool, a normalisation, or zeros on the right and at the bottom as Keras adds them. */
type Step = ConvOptions | { readonly pool: PoolOptions } | "lrn" | "same";

/** `dropoutFirst`: torchvision's fully connected layers come after a dropout each and are named by its place. */
function alexnet(input: Backbone["input"], steps: readonly Step[], dropoutFirst = false): Backbone {
  const [fc6, fc7, fc8] = dropoutFirst ? (["1", "4", "6"] as const) : (["0", "3", "6"] as const);
  return {
    input,
    build(g, image, { classes = 1000 } = {}) {
      let x = image;
      let place = 0;
      g.scope("features", () => {
        for (const step of steps)
          if (step === "same") x = pad(g, x, [0, 0, 1, 1], [0, 0, 2, 2]);
          else if (step === "lrn") {
            x = localResponseNorm(g, x);
            place++;
          } else if ("pool" in step) {
            x = maxPool(g, x, step.pool);
            place++;
          } else {
            x = relu(g, conv(g, String(place), x, step));
            place += 2;
          }
      });
      return g.scope("classifier", () => {
        x = relu(g, linear(g, fc6, flatten(g, x), { out: 4096 }));
        x = relu(g, linear(g, fc7, x, { out: 4096 }));
        return linear(g, fc8, x, { out: classes });
      });
    },
  };
}

const pool = { pool: { kernel: 3, stride: 2 } } as const;
const padded = { pool: { kernel: 3, stride: 2, pad: 1 } } as const;
const three = (out: number, groups = 1) => ({ out, kernel: 3, pad: 1, groups }) as const;

export const alexnets = {
  alexnet: alexnet(
    IMAGENET,
    [
      { out: 64, kernel: 11, stride: 4, pad: 2 },
      pool,
      { out: 192, kernel: 5, pad: 2 },
      pool,
      ...[three(384), three(256), three(256)],
      pool,
    ],
    true,
  ),
  alexnet2012_grouped_lrn_227: alexnet(
    [3, 227, 227],
    [
      { out: 96, kernel: 11, stride: 4 },
      ...(["lrn", pool] as const),
      { out: 256, kernel: 5, pad: 2, groups: 2 },
      ...(["lrn", pool] as const),
      ...[three(384), three(384, 2), three(256, 2)],
      pool,
    ],
  ),
  alexnet_keras_ungrouped_227: alexnet(
    [3, 227, 227],
    [
      { out: 96, kernel: 11, stride: 4 },
      pool,
      { out: 256, kernel: 5, pad: 2 },
      pool,
      ...[three(384), three(384), three(256)],
      pool,
    ],
  ),
  zfnet_paper: alexnet(IMAGENET, [
    { out: 96, kernel: 7, stride: 2, pad: 1 },
    ...([padded, "lrn"] as const),
    { out: 256, kernel: 5, stride: 2 },
    ...([padded, "lrn"] as const),
    ...[three(384), three(384), three(256)],
    pool,
  ]),
  zfnet_keras_seed002: alexnet(IMAGENET, [
    { out: 96, kernel: 7, stride: 2 },
    ...([pool, "same"] as const),
    { out: 256, kernel: 5, stride: 2 },
    pool,
    ...[three(384), three(384), three(256)],
    pool,
  ]),
  zfnet_512_1024_512: alexnet(IMAGENET, [
    { out: 96, kernel: 7, stride: 2, pad: 1 },
    padded,
    { out: 256, kernel: 5, stride: 2 },
    padded,
    ...[three(512), three(1024), three(512)],
    pool,
  ]),
} as const satisfies Readonly<Record<string, Backbone>>;
