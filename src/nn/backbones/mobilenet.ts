/**
 * MobileNets. Howard et al. 2017 (v1, table 1), names as in timm; Sandler et al. 2018 (v2, table 2) and Howard et al.
 * 2019 (v3, tables 1 and 2), names as in torchvision.
 */
import { hardSigmoid, hardSwish, relu, relu6 } from "../activations.js";
import { add, flatten } from "../joins.js";
import { linear, type NormOptions } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { globalAveragePool } from "../pools.js";
import { type Backbone, classify, convNorm, IMAGENET, roundTo8, squeezeExcite } from "./_backbone.js";

/** Channels and stride of the blocks of each stage. */
const V1: readonly (readonly (readonly [out: number, stride: number])[])[] = [
  [[64, 1]],
  ...[128, 256].map((out) => [[out, 2] as const, [out, 1] as const]),
  [[512, 2], ...Array.from({ length: 5 }, () => [512, 1] as const)],
  [
    [1024, 2],
    [1024, 1],
  ],
];

function v1(width: number, activation = relu): Backbone {
  const wide = (channels: number): number => Math.floor(channels * width);
  return {
    input: IMAGENET,
    build(g, image, { classes } = {}) {
      let x = convNorm(g, ["conv_stem", "bn1"], image, {
        out: wide(32),
        kernel: 3,
        stride: 2,
        pad: 1,
        activation,
      });
      for (const [stage, blocks] of V1.entries())
        for (const [k, [out, stride]] of blocks.entries())
          g.scope(`blocks.${stage}.${k}`, () => {
            const groups = x.shape[1] as number;
            const each = { out: groups, groups, kernel: 3, stride, pad: 1, activation };
            x = convNorm(g, ["conv_dw", "bn1"], x, each);
            x = convNorm(g, ["conv_pw", "bn2"], x, { out: wide(out), kernel: 1, activation });
          });
      return classify(g, "classifier", x, classes);
    },
  };
}

/** Expansion, channels, repeats, stride of the first. */
const V2: readonly (readonly [expand: number, out: number, repeats: number, stride: number])[] = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
];

function inverted(g: Network, x: Tensor, expand: number, out: number, stride: number): Tensor {
  const channels = x.shape[1] as number;
  const inner = channels * expand;
  let [y, place] = [x, 0];
  if (expand > 1) y = convNorm(g, pairAt(place++), y, { out: inner, kernel: 1, activation: relu6 });
  y = convNorm(g, pairAt(place++), y, {
    out: inner,
    groups: inner,
    kernel: 3,
    stride,
    pad: 1,
    activation: relu6,
  });
  y = convNorm(g, [String(place), String(place + 1)], y, { out, kernel: 1, activation: null });
  return stride === 1 && channels === out ? add(g, x, y) : y;
}

const pairAt = (place: number) => [`${place}.0`, `${place}.1`] as const;

const v2: Backbone = {
  input: IMAGENET,
  build(g, image, { classes } = {}) {
    let place = 0;
    let x = convNorm(g, ["features.0.0", "features.0.1"], image, {
      out: 32,
      kernel: 3,
      stride: 2,
      pad: 1,
      activation: relu6,
    });
    for (const [expand, out, repeats, stride] of V2)
      for (let k = 0; k < repeats; k++)
        x = g.scope(`features.${++place}.conv`, () => inverted(g, x, expand, out, k === 0 ? stride : 1));
    x = convNorm(g, ["features.18.0", "features.18.1"], x, { out: 1280, kernel: 1, activation: relu6 });
    return classify(g, "classifier.1", x, classes);
  },
};

/** Kernel, expanded channels, channels, squeeze-and-excitation, activation, stride. */
export type V3Block = readonly [
  kernel: number,
  inner: number,
  out: number,
  se: 0 | 1,
  act: "relu" | "hswish",
  stride: number,
];

/** The blocks of MobileNet v3 large. */
export const mobilenetV3Large: readonly V3Block[] = [
  [3, 16, 16, 0, "relu", 1],
  [3, 64, 24, 0, "relu", 2],
  [3, 72, 24, 0, "relu", 1],
  [5, 72, 40, 1, "relu", 2],
  [5, 120, 40, 1, "relu", 1],
  [5, 120, 40, 1, "relu", 1],
  [3, 240, 80, 0, "hswish", 2],
  [3, 200, 80, 0, "hswish", 1],
  [3, 184, 80, 0, "hswish", 1],
  [3, 184, 80, 0, "hswish", 1],
  [3, 480, 112, 1, "hswish", 1],
  [3, 672, 112, 1, "hswish", 1],
  [5, 672, 160, 1, "hswish", 2],
  [5, 960, 160, 1, "hswish", 1],
  [5, 960, 160, 1, "hswish", 1],
];

const SMALL: readonly V3Block[] = [
  [3, 16, 16, 1, "relu", 2],
  [3, 72, 24, 0, "relu", 2],
  [3, 88, 24, 0, "relu", 1],
  [5, 96, 40, 1, "hswish", 2],
  [5, 240, 40, 1, "hswish", 1],
  [5, 240, 40, 1, "hswish", 1],
  [5, 120, 48, 1, "hswish", 1],
  [5, 144, 48, 1, "hswish", 1],
  [5, 288, 96, 1, "hswish", 2],
  [5, 576, 96, 1, "hswish", 1],
  [5, 576, 96, 1, "hswish", 1],
];

/** One block; `expanded` where its first convolution was computed elsewhere. Names "0.0", "0.1", "1.0", ... */
export function mobilenetV3Block(
  g: Network,
  x: Tensor,
  [kernel, inner, out, se, act, stride]: V3Block,
  norm: NormOptions,
  expanded?: Tensor,
): Tensor {
  const channels = x.shape[1] as number;
  const each = { activation: act === "relu" ? relu : hardSwish, ...norm };
  let [y, place] = expanded ? [expanded, 1] : [x, 0];
  if (!expanded && inner !== channels)
    y = convNorm(g, pairAt(place++), y, { out: inner, kernel: 1, ...each });
  const pad = (kernel - 1) / 2;
  y = convNorm(g, pairAt(place++), y, { out: inner, groups: inner, kernel, stride, pad, ...each });
  if (se)
    y = g.scope(String(place++), () =>
      squeezeExcite(g, ["fc1", "fc2"], y, { out: roundTo8(inner / 4), gate: hardSigmoid }),
    );
  y = convNorm(g, pairAt(place), y, { out, kernel: 1, activation: null, ...norm });
  return stride === 1 && channels === out ? add(g, x, y) : y;
}

/**
 * Stem, blocks and the last 1x1 convolution: the outputs of "0", "1", ...
 *
 * @example
 * const maps = mobilenetV3Features(g, x, "large"); // 17 maps, the last with 960 channels at 1/32
 */
export function mobilenetV3Features(
  g: Network,
  image: Tensor,
  size: "large" | "small",
  norm: NormOptions = { eps: 1e-3 },
): Tensor[] {
  const blocks = size === "large" ? mobilenetV3Large : SMALL;
  const each = { activation: hardSwish, ...norm };
  const maps = [convNorm(g, pairAt(0), image, { out: 16, kernel: 3, stride: 2, pad: 1, ...each })];
  for (const [k, block] of blocks.entries())
    maps.push(g.scope(`${k + 1}.block`, () => mobilenetV3Block(g, maps[k]!, block, norm)));
  const out = 6 * blocks.at(-1)![2];
  maps.push(convNorm(g, pairAt(blocks.length + 1), maps.at(-1)!, { out, kernel: 1, ...each }));
  return maps;
}

function v3(size: "large" | "small", width: number): Backbone {
  return {
    input: IMAGENET,
    build(g, image, { classes = 1000 } = {}) {
      const maps = g.scope("features", () => mobilenetV3Features(g, image, size));
      const x = flatten(g, globalAveragePool(g, maps.at(-1)!, "avgpool"));
      const y = hardSwish(g, linear(g, "classifier.0", x, { out: width }));
      return linear(g, "classifier.3", y, { out: classes });
    },
  };
}

export const mobilenets = {
  mobilenetv1_100: v1(1, relu6),
  "mobilenet_v1_1.0": v1(1),
  "mobilenet_v1_0.75": v1(0.75),
  "mobilenet_v1_0.5": v1(0.5),
  "mobilenet_v1_0.25": v1(0.25),
  mobilenet_v2: v2,
  mobilenet_v3_large: v3("large", 1280),
  mobilenet_v3_small: v3("small", 1024),
} as const satisfies Readonly<Record<string, Backbone>>;
