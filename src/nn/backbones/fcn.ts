/**
 * Fully convolutional networks on VGG-16. Shelhamer et al. 2016 (figure 3), with the offsets and the 100 pixels of
 * padding of the authors' Caffe networks. "f" are the convolutions of VGG, "up" go up, "sp" score a pool.
 */
import { relu } from "../activations.js";
import { add, slice } from "../joins.js";
import { conv, convTranspose } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { maxPool } from "../pools.js";
import type { Backbone } from "./_backbone.js";
import { vggLayers } from "./vgg.js";

/** The outputs of VGG's five pools. */
function pools(g: Network, image: Tensor): Tensor[] {
  const maps: Tensor[] = [];
  let x = image;
  g.scope("f", () => {
    let place = 0;
    for (const layer of vggLayers.D)
      if (layer === "pool") {
        x = maxPool(g, x, { kernel: 2, ceil: true });
        maps.push(x);
        place++;
      } else {
        x = relu(g, conv(g, String(place), x, { out: layer, kernel: 3, pad: place === 0 ? 100 : 1 }));
        place += 2;
      }
  });
  return maps;
}

/** As much of a map as another has, from an offset on. */
function crop(g: Network, x: Tensor, like: Tensor, offset: number): Tensor {
  const window = (axis: number) => ({ start: offset, end: offset + (like.shape[axis] as number) });
  return slice(g, slice(g, x, 2, window(2)), 3, window(3));
}

/** `stride`: of the finest map that the scores come from. */
function fcn(stride: 32 | 16 | 8): Backbone {
  return {
    input: [3, 500, 500],
    build(g, image, { classes = 21 } = {}) {
      const maps = pools(g, image);
      const up = (name: string, x: Tensor, by: number) =>
        convTranspose(g, name, x, { out: classes, kernel: 2 * by, stride: by, bias: false });
      const score = (name: string, x: Tensor) => conv(g, name, x, { out: classes, kernel: 1 });
      let x = relu(g, conv(g, "fc.0", maps[4]!, { out: 4096, kernel: 7 }));
      x = score("sc", relu(g, conv(g, "fc.3", x, { out: 4096, kernel: 1 })));
      if (stride === 32) return crop(g, up("up", x, 32), image, 19);
      x = up("up2", x, 2);
      x = add(g, x, crop(g, score("sp4", maps[3]!), x, 5));
      if (stride === 16) return crop(g, up("up", x, 16), image, 27);
      x = up("up22", x, 2);
      x = add(g, x, crop(g, score("sp3", maps[2]!), x, 9));
      return crop(g, up("up", x, 8), image, 31);
    },
  };
}

export const fcns = {
  fcn32s_vgg16_caffe: fcn(32),
  fcn16s_vgg16_caffe: fcn(16),
  fcn8s_vgg16_caffe: fcn(8),
} as const satisfies Readonly<Record<string, Backbone>>;
