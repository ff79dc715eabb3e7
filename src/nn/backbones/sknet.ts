/**
 * Selective kernel networks. Li et al. 2019 (table 1). `sknet50_paper` is the table; the others are timm's, which
 * attend with one convolution for all branches and split the input of the first kind; names as there.
 */
import { relu } from "../activations.js";
import { add, concat, slice } from "../joins.js";
import { conv } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { globalAveragePool, maxPool } from "../pools.js";
import { type Backbone, classify, convNorm, IMAGENET, weigh } from "./_backbone.js";

interface SKNetOptions {
  readonly depths: readonly number[];
  /** Inner channels of the first stage. */
  readonly width: number;
  /** Channels at the end of a block, per inner channel. */
  readonly expansion: 2 | 4;
  readonly groups: number;
  /** Least channels of the attention, which has 1/16 of the block's. */
  readonly least: number;
  /** Whether each kernel sees its own half of the input. @default false */
  readonly halves?: boolean;
  /** One attention convolution with a bias for each kernel, or one without for both. @default false */
  readonly separate?: boolean;
}

/** A 3x3 convolution and one with dilation 2, weighed against each other channel by channel. */
function selective(g: Network, x: Tensor, out: number, stride: number, options: SKNetOptions): Tensor {
  const channels = x.shape[1] as number;
  const path = (k: 0 | 1): Tensor => {
    const half = { start: (k * channels) / 2, end: ((k + 1) * channels) / 2 };
    const dilation = k + 1;
    const kernel = { kernel: 3, stride, pad: dilation, dilation, groups: options.groups };
    const input = options.halves ? slice(g, x, 1, half) : x;
    return convNorm(g, [`paths.${k}.conv`, `paths.${k}.bn`], input, { out, ...kernel });
  };
  const paths = [path(0), path(1)] as const;
  const means = globalAveragePool(g, add(g, ...paths));
  const inner = { out: Math.max(options.least, out / 16), kernel: 1 };
  const squeezed = convNorm(g, ["attn.fc_reduce", "attn.bn"], means, inner);
  const vote = (k: 0 | 1) => conv(g, `attn.fc_select.${k}`, squeezed, { out, kernel: 1 });
  const votes = options.separate
    ? concat(g, [vote(0), vote(1)])
    : conv(g, "attn.fc_select", squeezed, { out: 2 * out, kernel: 1, bias: false });
  return weigh(g, paths, votes);
}

function block(g: Network, x: Tensor, width: number, stride: number, options: SKNetOptions): Tensor {
  const out = width * options.expansion;
  const plain = { out, kernel: 1, activation: null };
  let y = convNorm(g, ["conv1.conv", "conv1.bn"], x, { out: width, kernel: 1 });
  y = g.scope("conv2", () => selective(g, y, width, stride, options));
  y = convNorm(g, ["conv3.conv", "conv3.bn"], y, plain);
  if (x.shape[1] === out && stride === 1) return relu(g, add(g, y, x));
  return relu(g, add(g, y, convNorm(g, ["downsample.0", "downsample.1"], x, { ...plain, stride })));
}

function sknet(options: SKNetOptions): Backbone {
  return {
    input: IMAGENET,
    build(g, image, { classes } = {}) {
      let x = convNorm(g, ["conv1", "bn1"], image, { out: 64, kernel: 7, stride: 2, pad: 3 });
      x = maxPool(g, x, { kernel: 3, stride: 2, pad: 1 });
      for (const [stage, blocks] of options.depths.entries())
        for (let k = 0; k < blocks; k++)
          x = g.scope(`layer${stage + 1}.${k}`, () =>
            block(g, x, options.width * 2 ** stage, stage > 0 && k === 0 ? 2 : 1, options),
          );
      return classify(g, "fc", x, classes);
    },
  };
}

const paper = { width: 128, expansion: 2, groups: 32, least: 32, separate: true } as const;

export const sknets = {
  skresnet50: sknet({ depths: [3, 4, 6, 3], width: 64, expansion: 4, groups: 1, least: 8, halves: true }),
  skresnext50_32x4d: sknet({ depths: [3, 4, 6, 3], width: 128, expansion: 2, groups: 32, least: 32 }),
  sknet50_paper: sknet({ ...paper, depths: [3, 4, 6, 3] }),
  sknet101_paper: sknet({ ...paper, depths: [3, 4, 23, 3] }),
} as const satisfies Readonly<Record<string, Backbone>>;
