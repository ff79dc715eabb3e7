/**
 * Inception v4 and the Inception-ResNets. Szegedy et al. 2016, "Inception-v4, Inception-ResNet and the Impact of
 * Residual Connections" (figures 3 to 15): `_paper` as printed there, the others as published later, with timm's names.
 */
import { type Backbone, classify } from "./_backbone.js";
import { type Branches, type Module, modules, type Style } from "./_branches.js";

const PUBLISHED: Style = { eps: 1e-3, countPad: false };
const PAPER: Style = { eps: 1e-5, countPad: false };

/** Figure 3, and the order in which it was published. */
const stem = (first: "1x7" | "7x1", second: "1x7" | "7x1"): readonly Branches[] => [
  { "": "32 3x3/2" },
  { "": "32 3x3 valid" },
  { "": "64 3x3" },
  { pool: "max", conv: "96 3x3/2" },
  { "branch0.": "64 1x1, 96 3x3 valid", "branch1.": `64 1x1, 64 ${first}, 64 ${second}, 96 3x3 valid` },
  { conv: "192 3x3/2", pool: "max" },
];
const times = (n: number, table: Branches): Branches[] => Array.from({ length: n }, () => table);
const numbered = (tables: readonly Branches[], scope: string): Module[] =>
  tables.map((table, k) => [`${scope}${k}`, table]);

const V4: readonly Branches[] = [
  ...stem("1x7", "7x1"),
  ...times(4, {
    branch0: "96 1x1",
    "branch1.": "64 1x1, 96 3x3",
    "branch2.": "64 1x1, 96 3x3, 96 3x3",
    "branch3.": "average, 96 1x1",
  }),
  { branch0: "384 3x3/2", "branch1.": "192 1x1, 224 3x3, 256 3x3/2", pool: "max" },
  ...times(7, {
    branch0: "384 1x1",
    "branch1.": "192 1x1, 224 1x7, 256 7x1",
    "branch2.": "192 1x1, 192 7x1, 224 1x7, 224 7x1, 256 1x7",
    "branch3.": "average, 128 1x1",
  }),
  { "branch0.": "192 1x1, 192 3x3/2", "branch1.": "256 1x1, 256 1x7, 320 7x1, 320 3x3/2", pool: "max" },
  ...times(3, {
    branch0: "256 1x1",
    branch1_: "384 1x1, split 256",
    branch2_: "384 1x1, 448 3x1, 512 1x3, split 256",
    "branch3.": "average, 256 1x1",
  }),
];

const V4_PAPER: readonly Branches[] = [
  ...stem("7x1", "1x7"),
  ...times(4, {
    "branch3.": "average, 96 1x1",
    branch0: "96 1x1",
    "branch1.": "64 1x1, 96 3x3",
    "branch2.": "64 1x1, 96 3x3, 96 3x3",
  }),
  { pool: "max", branch0: "384 3x3/2", "branch1.": "192 1x1, 224 3x3, 256 3x3/2" },
  ...times(7, {
    "branch3.": "average, 128 1x1",
    branch0: "384 1x1",
    "branch1.": "192 1x1, 224 1x7, 256 7x1",
    "branch2.": "192 1x1, 192 7x1, 224 1x7, 224 7x1, 256 1x7",
  }),
  { pool: "max", "branch0.": "192 1x1, 192 3x3/2", "branch1.": "256 1x1, 256 1x7, 320 7x1, 320 3x3/2" },
  ...times(3, {
    "branch3.": "average, 256 1x1",
    branch0: "256 1x1",
    branch1_: "384 1x1, split 256",
    branch2_: "384 1x1, 448 1x3, 512 3x1, split 256 down",
  }),
];

const RESNET_A: Branches = {
  branch0: "32 1x1",
  "branch1.": "32 1x1, 32 3x3",
  "branch2.": "32 1x1, 48 3x3, 64 3x3",
};
const RESNET_B: Branches = { branch0: "192 1x1", "branch1.": "128 1x1, 160 1x7, 192 7x1" };
const RESNET_C: Branches = { branch0: "192 1x1", "branch1.": "192 1x1, 224 1x3, 256 3x1" };
const REDUCE_A: Branches = { branch0: "384 3x3/2", "branch1.": "256 1x1, 256 3x3, 384 3x3/2" };
const REDUCE_B: Branches = {
  "branch0.": "256 1x1, 384 3x3/2",
  "branch1.": "256 1x1, 288 3x3/2",
  "branch2.": "256 1x1, 288 3x3, 320 3x3/2",
};

/** The beginning of Inception v3. */
const CONVOLUTIONS: readonly Module[] = [
  ["conv2d_1a", { "": "32 3x3/2" }],
  ["conv2d_2a", { "": "32 3x3 valid" }],
  ["conv2d_2b", { "": "64 3x3" }],
  ["maxpool_3a", { "": "max" }],
  ["conv2d_3b", { "": "80 1x1" }],
  ["conv2d_4a", { "": "192 3x3 valid" }],
];

const RESNET_V1: readonly Module[] = [
  ...CONVOLUTIONS,
  ["conv2d_4b", { "": "256 3x3/2" }],
  ["repeat", { ...RESNET_A, "branch2.": "32 1x1, 32 3x3, 32 3x3" }, { times: 5, scale: 0.17 }],
  ["mixed_6a", { pool: "max", branch0: "384 3x3/2", "branch1.": "192 1x1, 192 3x3, 256 3x3/2" }],
  ["repeat_1", { branch0: "128 1x1", "branch1.": "128 1x1, 128 1x7, 128 7x1" }, { times: 10, scale: 0.1 }],
  [
    "mixed_7a",
    {
      pool: "max",
      "branch0.": "256 1x1, 384 3x3/2",
      "branch1.": "256 1x1, 256 3x3/2",
      "branch2.": "256 1x1, 256 3x3, 256 3x3/2",
    },
  ],
  ["repeat_2", { branch0: "192 1x1", "branch1.": "192 1x1, 192 1x3, 192 3x1" }, { times: 5, scale: 0.2 }],
];

const RESNET_V2_PAPER: readonly Module[] = [
  ...numbered(stem("7x1", "1x7"), "stem."),
  ["repeat", RESNET_A, { times: 5, scale: 0.17 }],
  ["mixed_6a", { pool: "max", ...REDUCE_A }],
  ["repeat_1", RESNET_B, { times: 10, scale: 0.1 }],
  ["mixed_7a", { pool: "max", ...REDUCE_B }],
  ["repeat_2", RESNET_C, { times: 5, scale: 0.2 }],
];

const RESNET_V2: readonly Module[] = [
  ...CONVOLUTIONS,
  ["maxpool_5a", { "": "max" }],
  [
    "mixed_5b",
    {
      branch0: "96 1x1",
      "branch1.": "48 1x1, 64 5x5",
      "branch2.": "64 1x1, 96 3x3, 96 3x3",
      "branch3.": "average, 64 1x1",
    },
  ],
  ["repeat", RESNET_A, { times: 10, scale: 0.17 }],
  ["mixed_6a", { ...REDUCE_A, pool: "max" }],
  ["repeat_1", RESNET_B, { times: 20, scale: 0.1 }],
  ["mixed_7a", { ...REDUCE_B, pool: "max" }],
  ["repeat_2", RESNET_C, { times: 9, scale: 0.2 }],
  ["block8", RESNET_C, { scale: 1, linear: true }],
  ["conv2d_7b", { "": "1536 1x1" }],
];

const inception = (list: readonly Module[], style: Style, head: string): Backbone => ({
  input: [3, 299, 299],
  build: (g, image, { classes } = {}) => classify(g, head, modules(g, image, list, style), classes),
});

export const inception4s = {
  inception_v4: inception(numbered(V4, "features."), PUBLISHED, "last_linear"),
  inception_v4_paper: inception(numbered(V4_PAPER, "features."), PAPER, "fc"),
  inception_resnet_v2: inception(RESNET_V2, PUBLISHED, "classif"),
  inception_resnet_v1_paper: inception(RESNET_V1, PAPER, "fc"),
  inception_resnet_v2_paper: inception(RESNET_V2_PAPER, PAPER, "fc"),
} as const satisfies Readonly<Record<string, Backbone>>;
