/** ShuffleNets. Zhang et al. 2017 (v1, table 1); Ma et al. 2018 (v2, table 5), names as in torchvision. */
import { relu } from "../activations.js";
import { add, channelShuffle, concat, slice } from "../joins.js";
import type { Network, Tensor } from "../network.js";
import { averagePool, maxPool } from "../pools.js";
import { type Backbone, classify, convNorm, IMAGENET } from "./_backbone.js";

const REPEATS = [4, 8, 4] as const;

function stem(g: Network, image: Tensor): Tensor {
  const x = convNorm(g, ["conv1.0", "conv1.1"], image, { out: 24, kernel: 3, stride: 2, pad: 1 });
  return maxPool(g, x, { kernel: 3, stride: 2, pad: 1 });
}

/** Channels of the first stage of v1 by the number of groups. */
const V1_WIDTHS = { 1: 144, 2: 200, 3: 240, 4: 272, 8: 384 } as const;

function v1Unit(
  g: Network,
  x: Tensor,
  out: number,
  groups: number,
  firstGroups: number,
  stride: 1 | 2,
): Tensor {
  const inner = out / 4;
  let y = convNorm(g, ["conv1", "bn1"], x, { out: inner, kernel: 1, groups: firstGroups });
  y = channelShuffle(g, y, groups);
  const each = { out: inner, groups: inner, kernel: 3, stride, pad: 1, activation: null };
  y = convNorm(g, ["conv2", "bn2"], y, each);
  const left = stride === 2 ? out - (x.shape[1] as number) : out;
  y = convNorm(g, ["conv3", "bn3"], y, { out: left, kernel: 1, groups, activation: null });
  return relu(
    g,
    stride === 1 ? add(g, x, y) : concat(g, [averagePool(g, x, { kernel: 3, stride, pad: 1 }), y]),
  );
}

function v1(groups: keyof typeof V1_WIDTHS): Backbone {
  return {
    input: IMAGENET,
    build(g, image, { classes } = {}) {
      let x = stem(g, image);
      for (const [stage, repeats] of REPEATS.entries())
        for (let k = 0; k < repeats; k++) {
          const out = V1_WIDTHS[groups] * 2 ** stage;
          // 24 channels are too few for groups.
          const firstGroups = stage === 0 && k === 0 ? 1 : groups;
          x = g.scope(`stage${stage + 2}.${k}`, () =>
            v1Unit(g, x, out, groups, firstGroups, k === 0 ? 2 : 1),
          );
        }
      return classify(g, "fc", x, classes);
    },
  };
}

function branch(g: Network, x: Tensor, out: number, stride: 1 | 2): Tensor {
  const y = convNorm(g, ["0", "1"], x, { out, kernel: 1 });
  const z = convNorm(g, ["3", "4"], y, { out, groups: out, kernel: 3, stride, pad: 1, activation: null });
  return convNorm(g, ["5", "6"], z, { out, kernel: 1 });
}

function v2Unit(g: Network, x: Tensor, width: number, stride: 1 | 2): Tensor {
  const out = width / 2;
  if (stride === 1) {
    const kept = slice(g, x, 1, { end: out });
    const rest = slice(g, x, 1, { start: out });
    return channelShuffle(g, concat(g, [kept, g.scope("branch2", () => branch(g, rest, out, 1))]), 2);
  }
  const near = g.scope("branch1", () => {
    const groups = x.shape[1] as number;
    const y = convNorm(g, ["0", "1"], x, {
      out: groups,
      groups,
      kernel: 3,
      stride,
      pad: 1,
      activation: null,
    });
    return convNorm(g, ["2", "3"], y, { out, kernel: 1 });
  });
  return channelShuffle(g, concat(g, [near, g.scope("branch2", () => branch(g, x, out, 2))]), 2);
}

function v2(widths: readonly [number, number, number], last: number): Backbone {
  return {
    input: IMAGENET,
    build(g, image, { classes } = {}) {
      let x = stem(g, image);
      for (const [stage, repeats] of REPEATS.entries())
        for (let k = 0; k < repeats; k++)
          x = g.scope(`stage${stage + 2}.${k}`, () => v2Unit(g, x, widths[stage]!, k === 0 ? 2 : 1));
      return classify(g, "fc", convNorm(g, ["conv5.0", "conv5.1"], x, { out: last, kernel: 1 }), classes);
    },
  };
}

export const shufflenets = {
  shufflenet_v1_g1: v1(1),
  shufflenet_v1_g2: v1(2),
  shufflenet_v1_g3: v1(3),
  shufflenet_v1_g4: v1(4),
  shufflenet_v1_g8: v1(8),
  shufflenet_v2_x0_5: v2([48, 96, 192], 1024),
  shufflenet_v2_x1_0: v2([116, 232, 464], 1024),
  shufflenet_v2_x1_5: v2([176, 352, 704], 1024),
  shufflenet_v2_x2_0: v2([244, 488, 976], 2048),
} as const satisfies Readonly<Record<string, Backbone>>;
