/**
 * Networks for body poses. Convolutional pose machines: Wei et al. 2016 (figure 2); OpenPose: Cao et al. 2016 (figure
 * 3), the networks that were published with them. Names are those of their Caffe layers.
 */
import { relu } from "../activations.js";
import { concat, slice } from "../joins.js";
import { conv } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { averagePool, maxPool } from "../pools.js";
import type { Backbone } from "./_backbone.js";

/** A convolution that keeps the size. */
const same = (g: Network, name: string, x: Tensor, out: number, kernel: number): Tensor =>
  conv(g, name, x, { out, kernel, pad: (kernel - 1) / 2 });

/** 14 parts and the background. Input: the image and a map of where the person is, as the fourth channel. */
const cpm: Backbone = {
  input: [4, 368, 368],
  build(g, input, { classes: parts = 15 } = {}) {
    const image = slice(g, input, 1, { end: 3 });
    const centre = averagePool(g, slice(g, input, 1, { start: 3 }), { kernel: 9, stride: 8, ceil: true });
    const active = (name: string, x: Tensor, out: number, kernel: number) =>
      relu(g, same(g, name, x, out, kernel));
    const tower = (stage: number): Tensor => {
      let y = image;
      for (let k = 1; k <= 3; k++)
        y = maxPool(g, active(`conv${k}_stage${stage}`, y, 128, 9), { kernel: 3, stride: 2, ceil: true });
      return y;
    };
    let x = active("conv4_stage1", tower(1), 32, 5);
    x = active("conv6_stage1", active("conv5_stage1", x, 512, 9), 512, 1);
    let beliefs = same(g, "conv7_stage1", x, parts, 1);
    const outputs: Record<string, Tensor> = { stage1: beliefs };
    const maps = tower(2);
    for (let stage = 2; stage <= 6; stage++) {
      const features = active(stage === 2 ? "conv4_stage2" : `conv1_stage${stage}`, maps, 32, 5);
      let y = concat(g, [features, beliefs, centre]);
      for (const [k, kernel] of [11, 11, 11, 1].entries())
        y = active(`Mconv${k + 1}_stage${stage}`, y, 128, kernel);
      beliefs = same(g, `Mconv5_stage${stage}`, y, parts, 1);
      outputs[`stage${stage}`] = beliefs;
    }
    return { stage1: outputs.stage1!, stage2: outputs.stage2!, stage6: outputs.stage6! };
  },
};

const TRUNK = [
  ["conv1_1", 64],
  ["conv1_2", 64],
  "pool",
  ["conv2_1", 128],
  ["conv2_2", 128],
  "pool",
  ["conv3_1", 256],
  ["conv3_2", 256],
  ["conv3_3", 256],
  ["conv3_4", 256],
  "pool",
  ["conv4_1", 512],
  ["conv4_2", 512],
  ["conv4_3_CPM", 256],
  ["conv4_4_CPM", 128],
] as const;

/** Convolutions in a row by name, channels and kernel; ReLU after all but the last. */
function row(
  g: Network,
  x: Tensor,
  layers: readonly (readonly [name: string, out: number, kernel: number])[],
): Tensor {
  return layers.reduce((y, [name, out, kernel], k) => {
    const z = same(g, name, y, out, kernel);
    return k < layers.length - 1 ? relu(g, z) : z;
  }, x);
}

/** Fields that join parts (branch 1) and maps of parts and background (branch 2), first and last stage. */
function openpose(fields: number, maps: number): Backbone {
  const branch = [
    ["L1", fields],
    ["L2", maps],
  ] as const;
  return {
    input: [3, 368, 368],
    build(g, image) {
      let x = image;
      for (const layer of TRUNK)
        x = layer === "pool" ? maxPool(g, x, { kernel: 2 }) : relu(g, same(g, layer[0], x, layer[1], 3));
      const features = x;
      let results = branch.map(([name, out]) =>
        row(g, features, [
          ...[1, 2, 3].map((k) => [`conv5_${k}_CPM_${name}`, 128, 3] as const),
          [`conv5_4_CPM_${name}`, 512, 1],
          [`conv5_5_CPM_${name}`, out, 1],
        ]),
      );
      const first = results;
      for (let stage = 2; stage <= 6; stage++) {
        const joined = concat(g, [...results, features]);
        results = branch.map(([name, out]) =>
          row(g, joined, [
            ...[1, 2, 3, 4, 5].map((k) => [`Mconv${k}_stage${stage}_${name}`, 128, 7] as const),
            [`Mconv6_stage${stage}_${name}`, 128, 1],
            [`Mconv7_stage${stage}_${name}`, out, 1],
          ]),
        );
      }
      return { stage1_L1: first[0]!, stage1_L2: first[1]!, stage6_L1: results[0]!, stage6_L2: results[1]! };
    },
  };
}

export const poses = {
  cpm_leeds_368: cpm,
  openpose_coco_368x368: openpose(38, 19),
  openpose_mpi_368x368: openpose(28, 16),
} as const satisfies Readonly<Record<string, Backbone>>;
