/** Modules of parallel branches, written as tables. */
import { relu } from "../activations.js";
import { add, concat, multiply } from "../joins.js";
import { conv } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { averagePool, maxPool } from "../pools.js";
import { convNorm } from "./_backbone.js";

/**
 * Steps by the name of their branch, in the order of the results: "64 1x1, 96 3x3" are convolutions with batch norm
 * and ReLU that keep the size; "3x3 valid" has no padding, "3x3/2" no padding and stride 2. "average" and "max" are
 * 3x3 pools of stride 1 and 2, "split 256" a 1x3 and a 3x1 convolution side by side, "split 256 down" the other way
 * round. A name that ends in "." or "_" is followed by the number of the step.
 */
export type Branches = Readonly<Record<string, string>>;

/** What the modules of one network share. */
export interface Style {
  readonly eps: number;
  /** Whether average pools count padding. */
  readonly countPad: boolean;
  /** The number of the first step of a branch. @default 0 */
  readonly first?: 0 | 1;
}

/** A module; with `times` so many, "name.0", "name.1", ... */
export type Module = readonly [
  name: string,
  table: Branches,
  options?: {
    readonly times?: number;
    /** The joined branches go through a 1x1 convolution, times this, and are added to the input. */
    readonly scale?: number;
    /** Whether a sum is left without ReLU. @default false */
    readonly linear?: boolean;
  },
];

/** Modules one after the other. */
export function modules(g: Network, image: Tensor, list: readonly Module[], style: Style): Tensor {
  return list.reduce((start, [name, table, { times, scale, linear = false } = {}]) => {
    let x = start;
    for (let k = 0; k < (times ?? 1); k++)
      x = g.scope(times ? `${name}.${k}` : name, () => {
        const y = branches(g, x, table, style);
        if (scale === undefined) return y;
        const change = conv(g, "conv2d", y, { out: x.shape[1] as number, kernel: 1 });
        const sum = add(g, x, scale === 1 ? change : multiply(g, change, g.floats(scale)));
        return linear ? sum : relu(g, sum);
      });
    return x;
  }, image);
}

/** All branches on the same value, joined by channels. */
function branches(g: Network, x: Tensor, table: Branches, style: Style): Tensor {
  const results = Object.entries(table).map(([name, steps]) =>
    steps.split(", ").reduce((y, step, k) => {
      const number = /[._]$/.test(name) ? k + (style.first ?? 0) : "";
      return stepOf(g, `${name}${number}`, y, step, style);
    }, x),
  );
  return results.length === 1 ? results[0]! : concat(g, results);
}

function stepOf(g: Network, name: string, x: Tensor, step: string, style: Style): Tensor {
  if (step === "average")
    return averagePool(g, x, { kernel: 3, stride: 1, pad: 1, countPad: style.countPad });
  if (step === "max") return maxPool(g, x, { kernel: 3, stride: 2 });
  const split = /^split (\d+)( down)?$/.exec(step);
  if (split) {
    const kernels = split[2] ? ["3x1", "1x3"] : ["1x3", "3x1"];
    return concat(
      g,
      kernels.map((kernel, k) => stepOf(g, `${name}${"ab"[k]}`, x, `${split[1]} ${kernel}`, style)),
    );
  }
  const [, out, height, width, kind] = /^(\d+) (\d)x(\d)(\/2| valid)?$/.exec(step)!;
  const kernel = [Number(height), Number(width)] as const;
  const named = (part: string): string => (name === "" ? part : `${name}.${part}`);
  return convNorm(g, [named("conv"), named("bn")], x, {
    out: Number(out),
    kernel,
    stride: kind === "/2" ? 2 : 1,
    pad: kind ? 0 : [(kernel[0] - 1) / 2, (kernel[1] - 1) / 2],
    eps: style.eps,
  });
}
