/** Xception. Chollet 2016 (figure 5). Names as in timm's "legacy" model. */
import { relu } from "../activations.js";
import { add } from "../joins.js";
import { batchNorm, conv } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { maxPool } from "../pools.js";
import { type Backbone, classify, convNorm } from "./_backbone.js";

/** Channels after each separable convolution; whether the map is halved at the end. */
const BLOCKS: readonly (readonly [widths: readonly number[], halve: boolean])[] = [
  [[128, 128], true],
  [[256, 256], true],
  [[728, 728], true],
  ...Array.from({ length: 8 }, () => [[728, 728, 728], false] as const),
  [[728, 1024], true],
];

function separable(g: Network, [name, norm]: readonly [string, string], x: Tensor, out: number): Tensor {
  const groups = x.shape[1] as number;
  const y = g.scope(name, () => {
    const depthwise = conv(g, "conv1", x, { out: groups, groups, kernel: 3, pad: 1, bias: false });
    return conv(g, "pointwise", depthwise, { out, kernel: 1, bias: false });
  });
  return batchNorm(g, norm, y);
}

/** The first block begins without ReLU, so its places in the sequence are one lower. */
function block(g: Network, x: Tensor, widths: readonly number[], halve: boolean, first: boolean): Tensor {
  let y = x;
  for (const [k, out] of widths.entries()) {
    const place = 3 * k + (first ? 0 : 1);
    y = separable(g, [`rep.${place}`, `rep.${place + 1}`], first && k === 0 ? y : relu(g, y), out);
  }
  if (!halve) return add(g, y, x);
  const options = { out: widths.at(-1)!, kernel: 1, stride: 2, activation: null };
  return add(g, maxPool(g, y, { kernel: 3, stride: 2, pad: 1 }), convNorm(g, ["skip", "skipbn"], x, options));
}

const xception: Backbone = {
  input: [3, 299, 299],
  build(g, image, { classes } = {}) {
    let x = convNorm(g, ["conv1", "bn1"], image, { out: 32, kernel: 3, stride: 2 });
    x = convNorm(g, ["conv2", "bn2"], x, { out: 64, kernel: 3 });
    for (const [k, [widths, halve]] of BLOCKS.entries())
      x = g.scope(`block${k + 1}`, () => block(g, x, widths, halve, k === 0));
    x = relu(g, separable(g, ["conv3", "bn3"], x, 1536));
    x = relu(g, separable(g, ["conv4", "bn4"], x, 2048));
    return classify(g, "fc", x, classes);
  },
};

export const xceptions = { legacy_xception: xception } as const satisfies Readonly<Record<string, Backbone>>;
