/** Backbones as detectors use them: the maps that regions are looked for in. */
import { relu } from "../activations.js";
import { mobilenetV3Features } from "../backbones/mobilenet.js";
import { type resnetDepths, resnetFeatures } from "../backbones/resnet.js";
import { vggFeatures, vggLayers } from "../backbones/vgg.js";
import { conv, type NormOptions } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { localResponseNorm, maxPool } from "../pools.js";
import { fpn } from "./_fpn.js";
import type { Level } from "./_roi.js";

/** Maps for proposals, and those (with their scales) that regions are read from. */
export interface Trunk {
  readonly maps: readonly Tensor[];
  readonly levels: readonly Level[];
}

/** Appends a backbone to `g`. */
export type BuildTrunk = (g: Network, image: Tensor, norm?: NormOptions) => Trunk;

/** A member of `resnetDepths`. */
export type ResNetDepth = (typeof resnetDepths)[keyof typeof resnetDepths];

const alone = (map: Tensor): Trunk => ({ maps: [map], levels: [{ map, scale: 1 / 16 }] });

/**
 * A residual network and a pyramid at 1/4 to 1/64, regions from the first four. Norms as in torchvision's published
 * detectors: frozen, with nothing added to the variance.
 */
export const resnetFpn =
  (depth: ResNetDepth): BuildTrunk =>
  (g, image, norm = { eps: 0, frozen: true }) => {
    const stages = g.scope("body", () => resnetFeatures(g, image, { ...depth, norm }));
    const maps = g.scope("fpn", () => fpn(g, stages, { extra: "pool" }));
    return { maps, levels: maps.slice(0, 4).map((map, k) => ({ map, scale: 1 / 2 ** (2 + k) })) };
  };

/** The first three stages of a residual network: one map at 1/16. The last stage runs on the regions. */
export const resnetC4 =
  ({ block, depths }: ResNetDepth): BuildTrunk =>
  (g, image, norm = { frozen: true }) =>
    alone(
      g.scope("body", () => resnetFeatures(g, image, { block, depths: depths.slice(0, 3), norm })).at(-1)!,
    );

/**
 * MobileNet v3 large and a pyramid of two maps at 1/32 and one at 1/64. Two maps of one scale are one level for regions:
 * all come from the first.
 */
export const mobilenetFpn: BuildTrunk = (g, image, norm = { frozen: true }) => {
  const features = g.scope("body", () => mobilenetV3Features(g, image, "large", norm));
  const maps = g.scope("fpn", () => fpn(g, [features[13]!, features[16]!], { extra: "pool" }));
  return { maps, levels: [{ map: maps[0]!, scale: 1 / 32 }] };
};

/** The convolutions of VGG-16 without the last pool: one map at 1/16. With `ceil` the pools round up as Caffe's do. */
export const vggTrunk =
  (ceil: boolean): BuildTrunk =>
  (g, image) =>
    alone(vggFeatures(g, image, vggLayers.D.slice(0, -1), false, ceil));

/** The convolutions of Zeiler & Fergus 2013 as Faster R-CNN's authors have them: one map at 1/16. */
export const zfTrunk: BuildTrunk = (g, image) =>
  g.scope("features", () => {
    const normPool = (x: Tensor): Tensor =>
      maxPool(g, localResponseNorm(g, x, { size: 3, alpha: 5e-5, beta: 0.75, k: 1 }), {
        kernel: 3,
        stride: 2,
        pad: 1,
        ceil: true,
      });
    let x = normPool(relu(g, conv(g, "conv1", image, { out: 96, kernel: 7, stride: 2, pad: 3 })));
    x = normPool(relu(g, conv(g, "conv2", x, { out: 256, kernel: 5, stride: 2, pad: 2 })));
    for (const [k, out] of [384, 384, 256].entries())
      x = relu(g, conv(g, `conv${k + 3}`, x, { out, kernel: 3, pad: 1 }));
    return alone(x);
  });
