/**
 * Inception v4 and the Inception-ResNets. Szegedy et al. 2016, "Inception-v4, Inception-ResNet and the Impact of
 * Residual Connections" (figures 3 to 15). Names as in timm.
 */
import { relu } from "../activations.js";
import { add, multiply } from "../joins.js";
import { conv } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { type Backbone, classify } from "./_backbone.js";
import { type Branches, branches, type Style } from "./_branches.js";

const named: Style["name"] = (branch, k, count) => (count === 1 ? branch : `${branch}.${k}`);
const split: Style["name"] = (branch, k, count) =>
  count === 1 ? branch : branch === "branch3" ? `${branch}.${k}` : `${branch}_${k}`;

const PUBLISHED: Style = { eps: 1e-3, countPad: false, name: named };
const PAPER: Style = { eps: 1e-5, countPad: false, name: named };

const V4_A: Branches = {
  branch0: [[96, 1]],
  branch1: [
    [64, 1],
    [96, 3],
  ],
  branch2: [
    [64, 1],
    [96, 3],
    [96, 3],
  ],
  branch3: ["average", [96, 1]],
};
const V4_B: Branches = {
  branch0: [[384, 1]],
  branch1: [
    [192, 1],
    [224, [1, 7]],
    [256, [7, 1]],
  ],
  branch2: [
    [192, 1],
    [192, [7, 1]],
    [224, [1, 7]],
    [224, [7, 1]],
    [256, [1, 7]],
  ],
  branch3: ["average", [128, 1]],
};
const V4_C: Branches = {
  branch0: [[256, 1]],
  branch1: [[384, 1], { split: 256 }],
  branch2: [[384, 1], [448, [3, 1]], [512, [1, 3]], { split: 256 }],
  branch3: ["average", [256, 1]],
};

/** Everything before the classifier, in order: "features.0", "features.1", ... */
const V4: readonly Branches[] = [
  { "0": [[32, 3, "halve"]] },
  { "1": [[32, 3, "valid"]] },
  { "2": [[64, 3]] },
  { pool: ["max"], "3.conv": [[96, 3, "halve"]] },
  {
    "4.branch0": [
      [64, 1],
      [96, 3, "valid"],
    ],
    "4.branch1": [
      [64, 1],
      [64, [1, 7]],
      [64, [7, 1]],
      [96, 3, "valid"],
    ],
  },
  { "5.conv": [[192, 3, "halve"]], pool: ["max"] },
];

const V4_REDUCE_A: Branches = {
  branch0: [[384, 3, "halve"]],
  branch1: [
    [192, 1],
    [224, 3],
    [256, 3, "halve"],
  ],
  pool: ["max"],
};
const V4_REDUCE_B: Branches = {
  branch0: [
    [192, 1],
    [192, 3, "halve"],
  ],
  branch1: [
    [256, 1],
    [256, [1, 7]],
    [320, [7, 1]],
    [320, 3, "halve"],
  ],
  pool: ["max"],
};

const times = (n: number, table: Branches): Branches[] => Array.from({ length: n }, () => table);

const inceptionV4: Backbone = {
  input: [3, 299, 299],
  build(g, image, { classes } = {}) {
    const modules = [...times(4, V4_A), V4_REDUCE_A, ...times(7, V4_B), V4_REDUCE_B, ...times(3, V4_C)];
    const x = g.scope("features", () => {
      let y = image;
      for (const table of V4) y = branches(g, y, table, PUBLISHED);
      for (const [k, table] of modules.entries()) {
        const style = table === V4_C ? { ...PUBLISHED, name: split } : PUBLISHED;
        y = g.scope(String(k + V4.length), () => branches(g, y, table, style));
      }
      return y;
    });
    return classify(g, "last_linear", x, classes);
  },
};

/** Branches, a 1x1 convolution without activation, scaled, added to the input. */
function residual(
  g: Network,
  x: Tensor,
  table: Branches,
  scale: number,
  style: Style,
  activation = true,
): Tensor {
  const y = conv(g, "conv2d", branches(g, x, table, style), { out: x.shape[1] as number, kernel: 1 });
  const sum = add(g, x, scale === 1 ? y : multiply(g, y, g.floats(scale)));
  return activation ? relu(g, sum) : sum;
}

/** A module by name: plain, or residual blocks with a scale. */
type Module = readonly [name: string, table: Branches, blocks?: readonly [count: number, scale: number]];

function inceptionResNet(modules: readonly Module[], style: Style, head: string): Backbone {
  return {
    input: [3, 299, 299],
    build(g, image, { classes } = {}) {
      let x = image;
      for (const [name, table, blocks] of modules)
        if (!blocks)
          x = name === "" ? branches(g, x, table, style) : g.scope(name, () => branches(g, x, table, style));
        else
          for (let k = 0; k < blocks[0]; k++)
            x = g.scope(`${name}.${k}`, () => residual(g, x, table, blocks[1], style));
      if (head === "classif") {
        x = g.scope("block8", () => residual(g, x, C_V2, 1, style, false));
        x = branches(g, x, { conv2d_7b: [[1536, 1]] }, style);
      }
      return classify(g, head, x, classes);
    },
  };
}

const C_V2: Branches = {
  branch0: [[192, 1]],
  branch1: [
    [192, 1],
    [224, [1, 3]],
    [256, [3, 1]],
  ],
};

const V2: readonly Module[] = [
  ["", { conv2d_1a: [[32, 3, "halve"]] }],
  ["", { conv2d_2a: [[32, 3, "valid"]] }],
  ["", { conv2d_2b: [[64, 3]] }],
  ["", { maxpool_3a: ["max"] }],
  ["", { conv2d_3b: [[80, 1]] }],
  ["", { conv2d_4a: [[192, 3, "valid"]] }],
  ["", { maxpool_5a: ["max"] }],
  [
    "mixed_5b",
    {
      branch0: [[96, 1]],
      branch1: [
        [48, 1],
        [64, 5],
      ],
      branch2: [
        [64, 1],
        [96, 3],
        [96, 3],
      ],
      branch3: ["average", [64, 1]],
    },
  ],
  [
    "repeat",
    {
      branch0: [[32, 1]],
      branch1: [
        [32, 1],
        [32, 3],
      ],
      branch2: [
        [32, 1],
        [48, 3],
        [64, 3],
      ],
    },
    [10, 0.17],
  ],
  [
    "mixed_6a",
    {
      branch0: [[384, 3, "halve"]],
      branch1: [
        [256, 1],
        [256, 3],
        [384, 3, "halve"],
      ],
      pool: ["max"],
    },
  ],
  [
    "repeat_1",
    {
      branch0: [[192, 1]],
      branch1: [
        [128, 1],
        [160, [1, 7]],
        [192, [7, 1]],
      ],
    },
    [20, 0.1],
  ],
  [
    "mixed_7a",
    {
      branch0: [
        [256, 1],
        [384, 3, "halve"],
      ],
      branch1: [
        [256, 1],
        [288, 3, "halve"],
      ],
      branch2: [
        [256, 1],
        [288, 3],
        [320, 3, "halve"],
      ],
      pool: ["max"],
    },
  ],
  ["repeat_2", C_V2, [9, 0.2]],
];

const V1: readonly Module[] = [
  ["", { conv2d_1a: [[32, 3, "halve"]] }],
  ["", { conv2d_2a: [[32, 3, "valid"]] }],
  ["", { conv2d_2b: [[64, 3]] }],
  ["", { maxpool_3a: ["max"] }],
  ["", { conv2d_3b: [[80, 1]] }],
  ["", { conv2d_4a: [[192, 3, "valid"]] }],
  ["", { conv2d_4b: [[256, 3, "halve"]] }],
  [
    "repeat",
    {
      branch0: [[32, 1]],
      branch1: [
        [32, 1],
        [32, 3],
      ],
      branch2: [
        [32, 1],
        [32, 3],
        [32, 3],
      ],
    },
    [5, 0.17],
  ],
  [
    "mixed_6a",
    {
      pool: ["max"],
      branch0: [[384, 3, "halve"]],
      branch1: [
        [192, 1],
        [192, 3],
        [256, 3, "halve"],
      ],
    },
  ],
  [
    "repeat_1",
    {
      branch0: [[128, 1]],
      branch1: [
        [128, 1],
        [128, [1, 7]],
        [128, [7, 1]],
      ],
    },
    [10, 0.1],
  ],
  [
    "mixed_7a",
    {
      pool: ["max"],
      branch0: [
        [256, 1],
        [384, 3, "halve"],
      ],
      branch1: [
        [256, 1],
        [256, 3, "halve"],
      ],
      branch2: [
        [256, 1],
        [256, 3],
        [256, 3, "halve"],
      ],
    },
  ],
  [
    "repeat_2",
    {
      branch0: [[192, 1]],
      branch1: [
        [192, 1],
        [192, [1, 3]],
        [192, [3, 1]],
      ],
    },
    [5, 0.2],
  ],
];

export const inception4s = {
  inception_v4: inceptionV4,
  inception_resnet_v2: inceptionResNet(V2, PUBLISHED, "classif"),
  inception_resnet_v1_paper: inceptionResNet(V1, PAPER, "fc"),
} as const satisfies Readonly<Record<string, Backbone>>;
