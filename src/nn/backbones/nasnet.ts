/**
 * NASNet-A. Zoph et al. 2017, "Learning Transferable Architectures" (figures 2 and 4). Names as in timm, padding as in
 * the authors' TensorFlow code: a missing pixel more at the right and at the bottom.
 */
import { relu } from "../activations.js";
import { add, concat, slice } from "../joins.js";
import { batchNorm, conv } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { averagePool, maxPool } from "../pools.js";
import { type Backbone, classify, convNorm } from "./_backbone.js";

const EPS = 1e-3;

/** Padding with which a map of side n gives ceil(n / stride). */
function same(x: Tensor, kernel: number, stride: number): readonly [number, number, number, number] {
  const [rows, columns] = (x.shape.slice(2) as number[]).map((n) =>
    Math.max(0, (Math.ceil(n / stride) - 1) * stride + kernel - n),
  ) as [number, number];
  return [rows >> 1, columns >> 1, rows - (rows >> 1), columns - (columns >> 1)];
}

const average = (g: Network, x: Tensor, stride: 1 | 2): Tensor =>
  averagePool(g, x, { kernel: 3, stride, pad: same(x, 3, stride), countPad: false });
const max = (g: Network, x: Tensor): Tensor => maxPool(g, x, { kernel: 3, stride: 2, pad: same(x, 3, 2) });

/** ReLU, 1x1 convolution, batch norm. */
const pointwise = (g: Network, name: string, x: Tensor, out: number): Tensor =>
  convNorm(g, [`${name}.conv`, `${name}.bn`], relu(g, x), { out, kernel: 1, activation: null, eps: EPS });

/** Two separable convolutions, ReLU before each; the first has the stride and, in the stem, the new width. */
function separable(
  g: Network,
  name: string,
  x: Tensor,
  { out, kernel, stride = 1 }: { readonly out: number; readonly kernel: 3 | 5 | 7; readonly stride?: 1 | 2 },
): Tensor {
  const one = (place: 1 | 2, y: Tensor, width: number, step: 1 | 2): Tensor => {
    const groups = y.shape[1] as number;
    const pad = same(y, kernel, step);
    const deep = { out: groups, groups, kernel, stride: step, pad, bias: false };
    const z = conv(g, `separable_${place}.depthwise_conv2d`, relu(g, y), deep);
    const mixed = conv(g, `separable_${place}.pointwise_conv2d`, z, { out: width, kernel: 1, bias: false });
    return batchNorm(g, `bn_sep_${place}`, mixed, { eps: EPS });
  };
  return g.scope(name, () => one(2, one(1, x, out, stride), out, 1));
}

/** Half as high and wide: every second pixel, and those one further right and down, each to half the channels. */
function halve(g: Network, x: Tensor, out: number): Tensor {
  const active = relu(g, x);
  const [, , height, width] = x.shape as readonly number[];
  const moved = slice(g, slice(g, active, 2, { start: 1 }), 3, { start: 1 });
  const shifted = g.op(
    "Pad",
    [moved, g.ints([0, 0, 0, 0, 0, 0, 1, 1])],
    [...x.shape.slice(0, 2), height!, width!],
  );
  const paths = [active, shifted].map((y, k) =>
    conv(g, `path_${k + 1}.conv`, y, { out: out / 2, kernel: 1, stride: 2, bias: false }),
  );
  return batchNorm(g, "final_path_bn", concat(g, paths), { eps: EPS });
}

/** `previous` is the cell before `x`; where it is larger still, it is halved. */
function normalCell(g: Network, x: Tensor, previous: Tensor, out: number): Tensor {
  const here = pointwise(g, "conv_1x1", x, out);
  const before =
    previous.shape[2] === x.shape[2] ? pointwise(g, "conv_prev_1x1", previous, out) : halve(g, previous, out);
  return concat(g, [
    before,
    add(
      g,
      separable(g, "comb_iter_0_left", here, { out, kernel: 5 }),
      separable(g, "comb_iter_0_right", before, { out, kernel: 3 }),
    ),
    add(
      g,
      separable(g, "comb_iter_1_left", before, { out, kernel: 5 }),
      separable(g, "comb_iter_1_right", before, { out, kernel: 3 }),
    ),
    add(g, average(g, here, 1), before),
    add(g, average(g, before, 1), average(g, before, 1)),
    add(g, separable(g, "comb_iter_4_left", here, { out, kernel: 3 }), here),
  ]);
}

/** Both inputs as they are wanted; `wide` is the one that larger kernels see. */
function reductionCell(g: Network, main: Tensor, wide: Tensor, out: number): Tensor {
  const down = (name: string, x: Tensor, kernel: 5 | 7) => separable(g, name, x, { out, kernel, stride: 2 });
  const first = add(g, down("comb_iter_0_left", main, 5), down("comb_iter_0_right", wide, 7));
  const second = add(g, max(g, main), down("comb_iter_1_right", wide, 7));
  return concat(g, [
    second,
    add(g, average(g, main, 2), down("comb_iter_2_right", wide, 5)),
    add(g, average(g, first, 1), second),
    add(g, separable(g, "comb_iter_4_left", first, { out, kernel: 3 }), max(g, main)),
  ]);
}

/** `stem`: channels of the first convolution; `cells`: normal cells of each stage; `width`: filters of the first. */
function nasnet(side: number, stem: number, cells: number, width: number): Backbone {
  return {
    input: [3, side, side],
    build(g, image, { classes } = {}) {
      const first = convNorm(g, ["conv0.conv", "conv0.bn"], image, {
        out: stem,
        kernel: 3,
        stride: 2,
        activation: null,
        eps: EPS,
      });
      let previous = g.scope("cell_stem_0", () =>
        reductionCell(g, pointwise(g, "conv_1x1", first, width / 4), first, width / 4),
      );
      let x = g.scope("cell_stem_1", () =>
        reductionCell(
          g,
          pointwise(g, "conv_1x1", previous, width / 2),
          halve(g, first, width / 2),
          width / 2,
        ),
      );
      const next = (y: Tensor) => {
        [previous, x] = [x, y];
      };
      for (let stage = 0; stage < 3; stage++) {
        const out = width * 2 ** stage;
        for (let k = 0; k < cells; k++)
          next(g.scope(`cell_${6 * stage + k}`, () => normalCell(g, x, previous, out)));
        if (stage === 2) break;
        next(
          g.scope(`reduction_cell_${stage}`, () => {
            const before = pointwise(g, "conv_prev_1x1", previous, 2 * out);
            return reductionCell(g, pointwise(g, "conv_1x1", x, 2 * out), before, 2 * out);
          }),
        );
      }
      return classify(g, "last_linear", relu(g, x), classes);
    },
  };
}

export const nasnets = {
  nasnetalarge: nasnet(331, 96, 6, 168),
  nasnetamobile: nasnet(224, 32, 4, 44),
} as const satisfies Readonly<Record<string, Backbone>>;
