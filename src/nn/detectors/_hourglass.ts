/** Hourglass-104 and the heads on it. Law & Deng 2018, section 3.4. Names as the authors write them. */
import { relu } from "../activations.js";
import { convNorm, twice } from "../backbones/_backbone.js";
import { add } from "../joins.js";
import { conv } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { residual, unit } from "./_corners.js";

/** Channels of each scale, from 1/4 of the image to 1/128. */
const WIDTHS = [256, 256, 384, 384, 384, 512] as const;
/** Residual modules of each scale. */
const DEPTHS = [2, 2, 2, 2, 2, 4] as const;

/** Channels of what the heads see. */
const WIDTH = 256;

/** Down to the coarsest scale and back, with a way past each scale. */
function hourglass(g: Network, x: Tensor, scale: number): Tensor {
  const [own, below] = [WIDTHS[scale]!, WIDTHS[scale + 1]!];
  const depth = DEPTHS[scale]!;
  const chain = (name: string, from: Tensor, widths: readonly number[], stride: number): Tensor =>
    widths.reduce((y, out, k) => residual(g, `${name}.${k}`, y, out, k === 0 ? stride : 1), from);
  const same = (count: number, width: number): number[] => Array<number>(count).fill(width);
  const past = chain("up1", x, same(depth, own), 1);
  const low = chain("low1", x, same(depth, below), 2);
  const lower =
    scale + 2 < WIDTHS.length
      ? g.scope("low2", () => hourglass(g, low, scale + 1))
      : chain("low2", low, same(DEPTHS[scale + 1]!, below), 1);
  const back = chain("low3", lower, [...same(depth - 1, below), own], 1);
  return add(g, past, twice(g, back));
}

/**
 * What `heads` makes of each of the stacked hourglasses' maps, 256 channels at 1/4 of the image. The last is the
 * result; the others serve training alone, and their weights are part of the published ones.
 */
export function stackedHourglasses<T>(
  g: Network,
  image: Tensor,
  stacks: number,
  heads: (map: Tensor, stack: number) => T,
): T {
  let x = residual(g, "pre.1", unit(g, "pre.0", image, 128, 7, 2), 256, 2);
  for (let k = 0; ; k++) {
    const map = unit(
      g,
      `cnvs.${k}`,
      g.scope(`kps.${k}`, () => hourglass(g, x, 0)),
      WIDTH,
    );
    const said = heads(map, k);
    if (k === stacks - 1) return said;
    const plain = { out: WIDTH, kernel: 1, activation: null };
    const kept = convNorm(g, [`inters_.${k}.0`, `inters_.${k}.1`], x, plain);
    const found = convNorm(g, [`cnvs_.${k}.0`, `cnvs_.${k}.1`], map, plain);
    x = residual(g, `inters.${k}`, relu(g, add(g, kept, found)), WIDTH);
  }
}

/** A 3x3 and a 1x1 convolution. */
export function pointHead(g: Network, name: string, x: Tensor, out: number): Tensor {
  return g.scope(name, () => {
    const y = relu(g, conv(g, "0.conv", x, { out: WIDTH, kernel: 3, pad: 1 }));
    return conv(g, "1", y, { out, kernel: 1 });
  });
}
