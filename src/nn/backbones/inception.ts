/**
 * Inception v2 and v3. Szegedy et al. 2015, "Rethinking the Inception Architecture" (table 1, figures 5 to 7, section
 * 6). Names as in torchvision. The paper leaves the widths inside the modules of v2 open: they are those of v3.
 */
import { averagePool } from "../pools.js";
import { type Backbone, classify } from "./_backbone.js";
import { type Branches, type Module, modules, type Style } from "./_branches.js";

/** Pixels 35x35; `five` is the wide branch, `pool` the channels after the pool. */
const a = (five: Branches, pool: number): Branches => ({
  branch1x1: "64 1x1",
  ...five,
  branch3x3dbl_: "64 1x1, 96 3x3, 96 3x3",
  branch_pool: `average, ${pool} 1x1`,
});
const wide: Branches = { branch5x5_: "48 1x1, 64 5x5" };
const narrow: Branches = { branch3x3_: "48 1x1, 64 3x3" };

/** 35x35 to 17x17. */
const b: Branches = {
  branch3x3: "384 3x3/2",
  branch3x3dbl_: "64 1x1, 96 3x3, 96 3x3/2",
  pool: "max",
};

/** 17x17. */
const c = (n: number): Branches => ({
  branch1x1: "192 1x1",
  branch7x7_: `${n} 1x1, ${n} 1x7, 192 7x1`,
  branch7x7dbl_: `${n} 1x1, ${n} 7x1, ${n} 1x7, ${n} 7x1, 192 1x7`,
  branch_pool: "average, 192 1x1",
});

/** 17x17 to 8x8. */
const d: Branches = {
  branch3x3_: "192 1x1, 320 3x3/2",
  branch7x7x3_: "192 1x1, 192 1x7, 192 7x1, 192 3x3/2",
  pool: "max",
};

/** 8x8. */
const e: Branches = {
  branch1x1: "320 1x1",
  branch3x3_: "384 1x1, split 384",
  branch3x3dbl_: "448 1x1, 384 3x3, split 384",
  branch_pool: "average, 192 1x1",
};

const STEM: readonly Module[] = [
  ["Conv2d_1a_3x3", { "": "32 3x3/2" }],
  ["Conv2d_2a_3x3", { "": "32 3x3 valid" }],
  ["Conv2d_2b_3x3", { "": "64 3x3" }],
  ["maxpool1", { "": "max" }],
];

const V2: readonly Module[] = [
  ...STEM,
  ["Conv2d_3b_3x3", { "": "80 3x3 valid" }],
  ["Conv2d_4a_3x3", { "": "192 3x3/2" }],
  ["Conv2d_4b_3x3", { "": "288 3x3" }],
  ["Mixed_5b", a(narrow, 64)],
  ["Mixed_5c", a(narrow, 64)],
  ["Mixed_5d", a(narrow, 64)],
  ["Mixed_6a", b],
  ["Mixed_6b", c(128)],
  ["Mixed_6c", c(160)],
  ["Mixed_6d", c(160)],
  ["Mixed_6e", c(192)],
  ["Mixed_6f", c(192)],
  ["Mixed_7a", d],
  ["Mixed_7b", e],
  ["Mixed_7c", e],
];

const V3: readonly Module[] = [
  ...STEM,
  ["Conv2d_3b_1x1", { "": "80 1x1" }],
  ["Conv2d_4a_3x3", { "": "192 3x3 valid" }],
  ["maxpool2", { "": "max" }],
  ["Mixed_5b", a(wide, 32)],
  ["Mixed_5c", a(wide, 64)],
  ["Mixed_5d", a(wide, 64)],
  ["Mixed_6a", b],
  ["Mixed_6b", c(128)],
  ["Mixed_6c", c(160)],
  ["Mixed_6d", c(160)],
  ["Mixed_6e", c(192)],
  ["Mixed_7a", d],
  ["Mixed_7b", e],
  ["Mixed_7c", e],
];

const STYLE: Style = { eps: 1e-3, countPad: true, first: 1 };

/** `aux`: with the classifier on the last map of 17x17 that helps in training. */
function inception(list: readonly Module[], aux = false): Backbone {
  const reduction = list.findIndex(([name]) => name === "Mixed_7a");
  return {
    input: [3, 299, 299],
    build(g, image, { classes } = {}) {
      const middle = modules(g, image, list.slice(0, reduction), STYLE);
      const output = classify(g, "fc", modules(g, middle, list.slice(reduction), STYLE), classes);
      if (!aux) return output;
      const pooled = averagePool(g, middle, { kernel: 5, stride: 3 });
      const conv = { conv0: { "": "128 1x1" }, conv1: { "": "768 5x5 valid" } };
      const y = g.scope("AuxLogits", () => modules(g, pooled, Object.entries(conv), STYLE));
      return { output, aux: classify(g, "AuxLogits.fc", y, classes) };
    },
  };
}

export const inceptions = {
  inception_v2_rethinking: inception(V2),
  inception_v3: inception(V3),
  inception_v3_aux: inception(V3, true),
} as const satisfies Readonly<Record<string, Backbone>>;
