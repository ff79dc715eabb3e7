/** The catalogue: every network by name, as torchvision and timm write them where they have it. */
import { Network, type Tensor } from "../network.js";
import type { Backbone, BackboneOptions } from "./_backbone.js";
import { alexnets } from "./alexnet.js";
import { attentions } from "./attention.js";
import { blocks } from "./blocks.js";
import { bninceptions } from "./bninception.js";
import { darknets } from "./darknet.js";
import { dcgans } from "./dcgan.js";
import { deepsorts } from "./deepsort.js";
import { densenets } from "./densenet.js";
import { detnets } from "./detnet.js";
import { dlas } from "./dla.js";
import { efficientnets } from "./efficientnet.js";
import { fcns } from "./fcn.js";
import { googlenets } from "./googlenet.js";
import { hourglasses } from "./hourglass.js";
import { hwnets } from "./hwnet.js";
import { inceptions } from "./inception.js";
import { inception4s } from "./inception4.js";
import { lenets } from "./lenet.js";
import { mobilenets } from "./mobilenet.js";
import { nasnets } from "./nasnet.js";
import { osnets } from "./osnet.js";
import { poses } from "./pose.js";
import { resnests } from "./resnest.js";
import { resnets } from "./resnet.js";
import { resnetv2s } from "./resnetv2.js";
import { senets } from "./senet.js";
import { shufflenets } from "./shufflenet.js";
import { sknets } from "./sknet.js";
import { sppnets } from "./sppnet.js";
import { squeezenets } from "./squeezenet.js";
import { unets } from "./unet.js";
import { vggs } from "./vgg.js";
import { xceptions } from "./xception.js";
import { yolos } from "./yolo.js";

/** Every network by name. */
export const backbones = {
  ...lenets,
  ...alexnets,
  ...vggs,
  ...googlenets,
  ...bninceptions,
  ...inceptions,
  ...inception4s,
  ...xceptions,
  ...resnets,
  ...resnetv2s,
  ...attentions,
  ...detnets,
  ...senets,
  ...sknets,
  ...resnests,
  ...densenets,
  ...squeezenets,
  ...mobilenets,
  ...efficientnets,
  ...shufflenets,
  ...nasnets,
  ...osnets,
  ...deepsorts,
  ...hwnets,
  ...unets,
  ...fcns,
  ...poses,
  ...hourglasses,
  ...sppnets,
  ...darknets,
  ...dlas,
  ...yolos,
  ...dcgans,
  ...blocks,
} as const satisfies Readonly<Record<string, Backbone>>;

/** The name of a network of the catalogue. */
export type BackboneName = keyof typeof backbones;

/**
 * A network of the catalogue with its input "input", float32 [batch, channels, height, width], and its outputs declared.
 *
 * @throws {RangeError} for a name that is not in the catalogue or a size that it cannot take.
 * @example
 * const net = buildBackbone("resnet50");
 * net.parameterCount; // 25557032
 * net.macs; // 4089184256
 */
export function buildBackbone(
  name: string,
  {
    size,
    ...options
  }: BackboneOptions & { /** @default the usual */ readonly size?: readonly [h: number, w: number] } = {},
): Network {
  const backbone: Backbone | undefined = Object.hasOwn(backbones, name)
    ? backbones[name as BackboneName]
    : undefined;
  if (!backbone)
    throw new RangeError(
      `Cannot build "${name}": no such network; known are ${Object.keys(backbones).join(", ")}`,
    );
  const [channels, ...usual] = backbone.input;
  if (size && usual.length === 0)
    throw new RangeError(`Cannot build "${name}" for [${size}]: its input is no image`);
  const g = new Network(name);
  const built = backbone.build(g, g.input("input", ["batch", channels, ...(size ?? usual)]), options);
  const outputs = "shape" in built ? { output: built as Tensor } : built;
  for (const [key, value] of Object.entries(outputs)) g.output(key, value);
  return g;
}
