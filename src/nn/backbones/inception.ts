/** Inception v3. Szegedy et al. 2015, "Rethinking the Inception Architecture" (section 6). Names as in torchvision. */
import { maxPool } from "../pools.js";
import { type Backbone, classify } from "./_backbone.js";
import { type Branches, branches, type Step, type Style, step } from "./_branches.js";

const STEM: readonly (readonly [name: string, step: Step] | "pool")[] = [
  ["Conv2d_1a_3x3", [32, 3, "halve"]],
  ["Conv2d_2a_3x3", [32, 3, "valid"]],
  ["Conv2d_2b_3x3", [64, 3]],
  "pool",
  ["Conv2d_3b_1x1", [80, 1]],
  ["Conv2d_4a_3x3", [192, 3, "valid"]],
  "pool",
];

const a = (pool: number): Branches => ({
  branch1x1: [[64, 1]],
  branch5x5: [
    [48, 1],
    [64, 5],
  ],
  branch3x3dbl: [
    [64, 1],
    [96, 3],
    [96, 3],
  ],
  branch_pool: ["average", [pool, 1]],
});

const b: Branches = {
  branch3x3: [[384, 3, "halve"]],
  branch3x3dbl: [
    [64, 1],
    [96, 3],
    [96, 3, "halve"],
  ],
  pool: ["max"],
};

const c = (n: number): Branches => ({
  branch1x1: [[192, 1]],
  branch7x7: [
    [n, 1],
    [n, [1, 7]],
    [192, [7, 1]],
  ],
  branch7x7dbl: [
    [n, 1],
    [n, [7, 1]],
    [n, [1, 7]],
    [n, [7, 1]],
    [192, [1, 7]],
  ],
  branch_pool: ["average", [192, 1]],
});

const d: Branches = {
  branch3x3: [
    [192, 1],
    [320, 3, "halve"],
  ],
  branch7x7x3: [
    [192, 1],
    [192, [1, 7]],
    [192, [7, 1]],
    [192, 3, "halve"],
  ],
  pool: ["max"],
};

const e: Branches = {
  branch1x1: [[320, 1]],
  branch3x3: [[384, 1], { split: 384 }],
  branch3x3dbl: [[448, 1], [384, 3], { split: 384 }],
  branch_pool: ["average", [192, 1]],
};

const MODULES: Readonly<Record<string, Branches>> = {
  Mixed_5b: a(32),
  Mixed_5c: a(64),
  Mixed_5d: a(64),
  Mixed_6a: b,
  Mixed_6b: c(128),
  Mixed_6c: c(160),
  Mixed_6d: c(160),
  Mixed_6e: c(192),
  Mixed_7a: d,
  Mixed_7b: e,
  Mixed_7c: e,
};

const STYLE: Style = {
  eps: 1e-3,
  countPad: true,
  name: (branch, k, count) => (count === 1 || branch === "branch_pool" ? branch : `${branch}_${k + 1}`),
};

const inceptionV3: Backbone = {
  input: [3, 299, 299],
  build(g, image, { classes } = {}) {
    let x = image;
    for (const part of STEM)
      x = part === "pool" ? maxPool(g, x, { kernel: 3, stride: 2 }) : step(g, part[0], x, part[1], STYLE);
    for (const [name, table] of Object.entries(MODULES))
      x = g.scope(name, () => branches(g, x, table, STYLE));
    return classify(g, "fc", x, classes);
  },
};

export const inceptions = { inception_v3: inceptionV3 } as const satisfies Readonly<Record<string, Backbone>>;
