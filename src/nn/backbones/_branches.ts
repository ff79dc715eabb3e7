/** Modules of parallel branches, written as tables. */
import { concat } from "../joins.js";
import type { Network, Tensor } from "../network.js";
import { averagePool, maxPool } from "../pools.js";
import { convNorm } from "./_backbone.js";

/**
 * A convolution with batch norm and ReLU: channels, kernel, and whether it keeps the size (padded), is not padded
 * ("valid"), or is not padded and has stride 2 ("halve"). "average" and "max" are 3x3 pools of stride 1 and 2. A split
 * is a 1x3 and a 3x1 convolution side by side.
 */
export type Step =
  | readonly [out: number, kernel: number | readonly [number, number], kind?: "valid" | "halve"]
  | "average"
  | "max"
  | { readonly split: number };

/** Branches by name, in the order of their results. */
export type Branches = Readonly<Record<string, readonly Step[]>>;

/** What the modules of one network share. */
export interface Style {
  readonly eps?: number;
  /** Whether average pools count padding. */
  readonly countPad?: boolean;
  /** The name of step `k` of `count` in a branch. */
  readonly name: (branch: string, k: number, count: number) => string;
}

/** One step of a branch, under its full name. */
export function step(
  g: Network,
  name: string,
  x: Tensor,
  what: Step,
  { eps, countPad }: Omit<Style, "name">,
): Tensor {
  if (what === "average") return averagePool(g, x, { kernel: 3, stride: 1, pad: 1, countPad });
  if (what === "max") return maxPool(g, x, { kernel: 3, stride: 2 });
  if ("split" in what)
    return concat(g, [
      step(g, `${name}a`, x, [what.split, [1, 3]], { eps }),
      step(g, `${name}b`, x, [what.split, [3, 1]], { eps }),
    ]);
  const [out, kernel, kind] = what;
  const [height, width] = typeof kernel === "number" ? [kernel, kernel] : kernel;
  return convNorm(g, [`${name}.conv`, `${name}.bn`], x, {
    out,
    kernel,
    stride: kind === "halve" ? 2 : 1,
    pad: kind ? 0 : [(height - 1) / 2, (width - 1) / 2],
    eps,
  });
}

/** All branches on the same value, joined by channels. */
export function branches(g: Network, x: Tensor, table: Branches, style: Style): Tensor {
  const results = Object.entries(table).map(([name, steps]) =>
    steps.reduce((y, what, k) => step(g, style.name(name, k, steps.length), y, what, style), x),
  );
  return results.length === 1 ? results[0]! : concat(g, results);
}
