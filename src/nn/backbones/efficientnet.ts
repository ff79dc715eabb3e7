/**
 * EfficientNet. Tan & Le 2019 (table 1, section 3.3); MnasNet, which its blocks come from: Tan et al. 2018 (figure 7).
 * Names as in torchvision.
 */
import { relu, sigmoid, swish } from "../activations.js";
import { add } from "../joins.js";
import type { Network, Tensor } from "../network.js";
import { type Backbone, classify, convNorm, IMAGENET, roundTo8, squeezeExcite } from "./_backbone.js";

type Stage = readonly [expand: number, kernel: number, stride: number, out: number, repeats: number];

const B0: readonly Stage[] = [
  [1, 3, 1, 16, 1],
  [6, 3, 2, 24, 2],
  [6, 5, 2, 40, 2],
  [6, 3, 2, 80, 3],
  [6, 5, 1, 112, 3],
  [6, 5, 2, 192, 4],
  [6, 3, 1, 320, 1],
];

function mbconv(g: Network, x: Tensor, [expand, kernel, , out]: Stage, stride: number, eps: number): Tensor {
  const channels = x.shape[1] as number;
  const inner = channels * expand;
  const each = { activation: swish, eps };
  let [y, place] = [x, 0];
  const next = () => [`${place}.0`, `${place++}.1`] as const;
  if (expand > 1) y = convNorm(g, next(), y, { out: inner, kernel: 1, ...each });
  const pad = (kernel - 1) / 2;
  y = convNorm(g, next(), y, { out: inner, groups: inner, kernel, stride, pad, ...each });
  const squeeze = { out: Math.max(1, Math.floor(channels / 4)), activation: swish, gate: sigmoid };
  y = g.scope(String(place++), () => squeezeExcite(g, ["fc1", "fc2"], y, squeeze));
  y = convNorm(g, next(), y, { out, kernel: 1, activation: null, eps });
  return stride === 1 && channels === out ? add(g, x, y) : y;
}

function efficientnet(width: number, depth: number, side: number, eps = 1e-5): Backbone {
  const wide = (channels: number): number => roundTo8(channels * width);
  return {
    input: [3, side, side],
    build(g, image, { classes } = {}) {
      const each = { activation: swish, eps };
      let x = convNorm(g, ["features.0.0", "features.0.1"], image, {
        out: wide(32),
        kernel: 3,
        stride: 2,
        pad: 1,
        ...each,
      });
      for (const [s, [expand, kernel, stride, out, repeats]] of B0.entries())
        for (let k = 0; k < Math.ceil(repeats * depth); k++)
          x = g.scope(`features.${s + 1}.${k}.block`, () =>
            mbconv(g, x, [expand, kernel, stride, wide(out), repeats], k === 0 ? stride : 1, eps),
          );
      x = convNorm(g, ["features.8.0", "features.8.1"], x, { out: 4 * wide(320), kernel: 1, ...each });
      return classify(g, "classifier.1", x, classes);
    },
  };
}

const MNASNET: readonly Stage[] = [
  [3, 3, 2, 24, 3],
  [3, 5, 2, 40, 3],
  [6, 5, 2, 80, 3],
  [6, 3, 1, 96, 2],
  [6, 5, 2, 192, 4],
  [6, 3, 1, 320, 1],
];

function mnasBlock(g: Network, x: Tensor, [expand, kernel, , out]: Stage, stride: number): Tensor {
  const channels = x.shape[1] as number;
  const inner = channels * expand;
  let y = convNorm(g, ["0", "1"], x, { out: inner, kernel: 1 });
  y = convNorm(g, ["3", "4"], y, { out: inner, groups: inner, kernel, stride, pad: (kernel - 1) / 2 });
  y = convNorm(g, ["6", "7"], y, { out, kernel: 1, activation: null });
  return stride === 1 && channels === out ? add(g, x, y) : y;
}

function mnasnet(width: number): Backbone {
  const wide = (channels: number): number => roundTo8(channels * width);
  return {
    input: IMAGENET,
    build(g, image, { classes } = {}) {
      const x = g.scope("layers", () => {
        let y = convNorm(g, ["0", "1"], image, {
          out: wide(32),
          kernel: 3,
          stride: 2,
          pad: 1,
          activation: relu,
        });
        y = convNorm(g, ["3", "4"], y, { out: wide(32), groups: wide(32), kernel: 3, pad: 1 });
        y = convNorm(g, ["6", "7"], y, { out: wide(16), kernel: 1, activation: null });
        for (const [s, [expand, kernel, stride, out, repeats]] of MNASNET.entries())
          for (let k = 0; k < repeats; k++)
            y = g.scope(`${s + 8}.${k}.layers`, () =>
              mnasBlock(g, y, [expand, kernel, stride, wide(out), repeats], k === 0 ? stride : 1),
            );
        return convNorm(g, ["14", "15"], y, { out: 1280, kernel: 1 });
      });
      return classify(g, "classifier.1", x, classes);
    },
  };
}

export const efficientnets = {
  efficientnet_b0: efficientnet(1.0, 1.0, 224),
  efficientnet_b1: efficientnet(1.0, 1.1, 240),
  efficientnet_b2: efficientnet(1.1, 1.2, 260),
  efficientnet_b3: efficientnet(1.2, 1.4, 300),
  efficientnet_b4: efficientnet(1.4, 1.8, 380),
  efficientnet_b5: efficientnet(1.6, 2.2, 456, 1e-3),
  efficientnet_b6: efficientnet(1.8, 2.6, 528, 1e-3),
  efficientnet_b7: efficientnet(2.0, 3.1, 600, 1e-3),
  mnasnet0_5: mnasnet(0.5),
  mnasnet1_0: mnasnet(1),
} as const satisfies Readonly<Record<string, Backbone>>;
