/**
 * Deep layer aggregation. Yu et al. 2018, "Deep Layer Aggregation" (figures 2 and 3, table 1): blocks are joined in
 * trees. Names as the authors write them, and timm after them.
 */
import { relu } from "../activations.js";
import { add, concat } from "../joins.js";
import type { Network, Tensor } from "../network.js";
import { maxPool } from "../pools.js";
import { type Backbone, classify, convNorm, IMAGENET } from "./_backbone.js";

/** Channels of the levels of DLA-34, at 1, 1/2, 1/4, 1/8, 1/16 and 1/32 of the image. */
const CHANNELS = [16, 32, 64, 128, 256, 512] as const;
/** Depth of the trees of levels 2 to 5. */
const DEPTHS = [1, 2, 2, 1] as const;

/** How a tree is built. */
interface TreeOptions {
  readonly out: number;
  readonly stride: 1 | 2;
  /** Whether its root also takes what goes into the tree. */
  readonly keepInput: boolean;
  /** See `DlaOptions`. */
  readonly spare: boolean;
}

/** Two 3x3 convolutions; `beside` is added to what they give. */
function block(g: Network, x: Tensor, beside: Tensor, out: number, stride: 1 | 2): Tensor {
  const y = convNorm(g, ["conv1", "bn1"], x, { out, kernel: 3, stride, pad: 1 });
  const z = convNorm(g, ["conv2", "bn2"], y, { out, kernel: 3, pad: 1, activation: null });
  return relu(g, add(g, z, beside));
}

/** Two blocks, or two smaller trees, and one 1x1 convolution on the results of all (the root). */
function tree(
  g: Network,
  depth: number,
  x: Tensor,
  children: readonly Tensor[],
  options: TreeOptions,
): Tensor {
  const { out, stride, keepInput, spare } = options;
  const bottom = stride === 2 ? maxPool(g, x, { kernel: 2 }) : x;
  const project = () =>
    bottom.shape[1] === out
      ? bottom
      : convNorm(g, ["project.0", "project.1"], bottom, { out, kernel: 1, activation: null });
  const leaves = keepInput ? [...children, bottom] : children;
  if (depth === 1) {
    const beside = project();
    const first = g.scope("tree1", () => block(g, x, beside, out, stride));
    const second = g.scope("tree2", () => block(g, first, first, out, 1));
    return convNorm(g, ["root.conv", "root.bn"], concat(g, [second, first, ...leaves]), { out, kernel: 1 });
  }
  if (spare) project();
  const inner = { ...options, keepInput: false };
  const first = g.scope("tree1", () => tree(g, depth - 1, x, [], inner));
  return g.scope("tree2", () => tree(g, depth - 1, first, [...leaves, first], { ...inner, stride: 1 }));
}

/** How the trunk is built. */
export interface DlaOptions {
  /**
   * Whether the trees that hold trees get the authors' 1x1 convolution whose result nothing uses: it is among the
   * published parameters but not in the graph. timm leaves it out.
   * @default false
   */
  readonly spare?: boolean;
}

/**
 * The outputs of the six levels of DLA-34, with 16 to 512 channels, at 1 to 1/32 of the image.
 *
 * @example
 * const [, , quarter] = dla34Features(g, x); // 64 channels at 1/4
 */
export function dla34Features(g: Network, image: Tensor, { spare = false }: DlaOptions = {}): Tensor[] {
  const plain = (name: string, x: Tensor, out: number, kernel: 3 | 7, stride: 1 | 2) =>
    convNorm(g, [`${name}.0`, `${name}.1`], x, { out, kernel, stride, pad: (kernel - 1) / 2 });
  const stem = plain("base_layer", image, CHANNELS[0], 7, 1);
  const maps = [plain("level0", stem, CHANNELS[0], 3, 1)];
  maps.push(plain("level1", maps[0]!, CHANNELS[1], 3, 2));
  for (const [k, depth] of DEPTHS.entries()) {
    const options = { out: CHANNELS[k + 2]!, stride: 2, keepInput: k > 0, spare } as const;
    maps.push(g.scope(`level${k + 2}`, () => tree(g, depth, maps.at(-1)!, [], options)));
  }
  return maps;
}

export const dlas = {
  dla34: {
    input: IMAGENET,
    build: (g, image, { classes } = {}) => classify(g, "fc", dla34Features(g, image).at(-1)!, classes),
  },
} as const satisfies Readonly<Record<string, Backbone>>;
