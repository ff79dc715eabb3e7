/** Feature pyramid network. Lin et al. 2017, "Feature Pyramid Networks for Object Detection" (section 3). */
import { relu } from "../activations.js";
import { conv } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { maxPool } from "../pools.js";

/** How a pyramid is built. */
export interface FpnOptions {
  /** Channels of every level. @default 256 */
  readonly out?: number;
  /** Coarser levels on top: every second pixel of the last (one level), or two strided convolutions. @default none */
  readonly extra?: "pool" | "p6p7";
}

/**
 * The pyramid on maps from fine to coarse: each is brought to the same channels by a 1x1 convolution, gets the next
 * coarser one enlarged on top, and is smoothed by a 3x3 convolution. Names as in torchvision: "inner_blocks.0.0",
 * "layer_blocks.0.0", "extra_blocks.p6".
 */
export function fpn(g: Network, maps: readonly Tensor[], { out = 256, extra }: FpnOptions = {}): Tensor[] {
  const inner = maps.map((map, k) => conv(g, `inner_blocks.${k}.0`, map, { out, kernel: 1 }));
  for (let k = inner.length - 2; k >= 0; k--) {
    const larger = enlarge(g, inner[k + 1]!, inner[k]!);
    inner[k] = g.op("Add", [inner[k]!, larger], inner[k]!.shape);
  }
  const levels = inner.map((map, k) => conv(g, `layer_blocks.${k}.0`, map, { out, kernel: 3, pad: 1 }));
  if (extra === "pool") levels.push(maxPool(g, levels.at(-1)!, { kernel: 1, stride: 2 }));
  if (extra === "p6p7") {
    const half = { out, kernel: 3, stride: 2, pad: 1 };
    const p6 = conv(g, "extra_blocks.p6", levels.at(-1)!, half);
    levels.push(p6, conv(g, "extra_blocks.p7", relu(g, p6), half));
  }
  return levels;
}

/** The nearest pixel of a smaller map, at the size of `like`. */
function enlarge(g: Network, x: Tensor, like: Tensor): Tensor {
  const channels = x.shape[1] as number;
  const sides = g.op("Shape", [like], [2], { attributes: { start: 2 } });
  const size = g.op("Concat", [g.ints([1, channels]), sides], [4], { attributes: { axis: 0 } });
  return g.op("Resize", [x, "", "", size], like.shape, {
    attributes: { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" },
  });
}
