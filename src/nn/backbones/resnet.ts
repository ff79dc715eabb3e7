/**
 * Residual networks. He et al. 2015, "Deep Residual Learning for Image Recognition" (tables 1 and 6); Xie et al. 2016,
 * "Aggregated Residual Transformations" (ResNeXt); Zagoruyko & Komodakis 2016, "Wide Residual Networks". Names as in
 * torchvision.
 */
import { type Activation, relu } from "../activations.js";
import { deformable } from "../deform.js";
import { add, pad, slice } from "../joins.js";
import { batchNorm, type NormOptions } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { maxPool } from "../pools.js";
import { type Backbone, CIFAR, classify, convNorm, IMAGENET } from "./_backbone.js";

/** What distinguishes the members of the family. */
export interface ResNetOptions {
  /** Blocks of each stage. */
  readonly depths: readonly number[];
  /** Two 3x3 convolutions, or 1x1, 3x3, 1x1 with four times the channels at the end. */
  readonly block: "basic" | "bottleneck";
  /** Groups of the 3x3 convolution of a bottleneck. @default 1 */
  readonly groups?: number;
  /** Channels per group where the first stage has 64. @default 64 */
  readonly width?: number;
  /**
   * Where a bottleneck halves the map: in its 3x3 convolution (torchvision, "v1.5") or its first 1x1 (the paper).
   * @default "3x3"
   */
  readonly stride?: "3x3" | "1x1";
  /**
   * How the input of a block meets its output. A: every second pixel and channels of zeros; B: a 1x1 convolution where
   * the shape changes; C: a 1x1 convolution always; none: not at all, a plain network.
   * @default "B"
   */
  readonly shortcut?: "A" | "B" | "C" | "none";
  /** What is done to what a block computes, before its input is added. @default nothing */
  readonly refine?: Activation;
  /** How the batch norms are computed. @default {} */
  readonly norm?: NormOptions;
  /**
   * The 3x3 convolutions of bottlenecks from this stage on (2 is "layer3") find their own places to look at. Dai et al.
   * 2017; `modulated`: Zhu et al. 2018.
   * @default none
   */
  readonly deformable?: { readonly from: number; readonly modulated: boolean };
}

/**
 * Stem and stages, without the classifier: the outputs of the four stages, at 1/4, 1/8, 1/16 and 1/32 of the input.
 *
 * @example
 * const [c2, c3, c4, c5] = resnetFeatures(g, x, { block: "bottleneck", depths: [3, 4, 6, 3] });
 */
export function resnetFeatures(g: Network, image: Tensor, options: ResNetOptions): Tensor[] {
  const x = convNorm(g, ["conv1", "bn1"], image, { out: 64, kernel: 7, stride: 2, pad: 3, ...options.norm });
  return residualStages(g, maxPool(g, x, { kernel: 3, stride: 2, pad: 1 }), options, 64);
}

/** The stages alone: "layer1", "layer2", ..., each twice as wide as the one before and half as high. */
export function residualStages(g: Network, x: Tensor, options: ResNetOptions, firstWidth: number): Tensor[] {
  let y = x;
  return options.depths.map((_, stage) => {
    y = residualStage(g, y, stage, options, { width: firstWidth * 2 ** stage, stride: stage > 0 ? 2 : 1 });
    return y;
  });
}

/**
 * One stage: "layer4" for `stage` 3. Detectors run it on regions (Ren et al. 2015), or with dilation in place of stride
 * (Dai et al. 2016, R-FCN).
 */
export function residualStage(
  g: Network,
  x: Tensor,
  stage: number,
  options: ResNetOptions,
  { width, stride, dilation = 1 }: StageOptions,
): Tensor {
  const deform = stage >= (options.deformable?.from ?? Number.POSITIVE_INFINITY);
  let y = x;
  g.scope(`layer${stage + 1}`, () => {
    for (let k = 0; k < options.depths[stage]!; k++) {
      const at = { width, stride: k === 0 ? stride : 1, dilation, deform };
      y = g.scope(String(k), () => block(g, y, at, options));
    }
  });
  return y;
}

/** How the blocks of a stage slide. */
interface StageOptions {
  readonly width: number;
  /** Of the first block. */
  readonly stride: number;
  /** Of the 3x3 convolutions of bottlenecks. @default 1 */
  readonly dilation?: number;
}

/** The stage that a block belongs to, and whether its 3x3 convolution is deformable. */
type Place = Required<StageOptions> & { readonly deform: boolean };

function block(g: Network, x: Tensor, at: Place, options: ResNetOptions): Tensor {
  const z = options.block === "basic" ? basic(g, x, at, options) : bottleneck(g, x, at, options);
  const y = options.refine ? options.refine(g, z) : z;
  if (options.shortcut === "none") return relu(g, y);
  return relu(g, add(g, y, shortcut(g, x, y.shape[1] as number, at.stride, options)));
}

function basic(g: Network, x: Tensor, { width: out, stride }: Place, { norm }: ResNetOptions): Tensor {
  const y = convNorm(g, ["conv1", "bn1"], x, { out, kernel: 3, stride, pad: 1, ...norm });
  return convNorm(g, ["conv2", "bn2"], y, { out, kernel: 3, pad: 1, activation: null, ...norm });
}

function bottleneck(
  g: Network,
  x: Tensor,
  { width: planes, stride, dilation, deform }: Place,
  { groups = 1, width = 64, stride: where = "3x3", norm, deformable: moved }: ResNetOptions,
): Tensor {
  const out = Math.floor((planes * width) / 64) * groups;
  const [first, second] = where === "3x3" ? [1, stride] : [stride, 1];
  const middle = { out, kernel: 3, stride: second, pad: dilation, dilation, groups };
  let y = convNorm(g, ["conv1", "bn1"], x, { out, kernel: 1, stride: first, ...norm });
  if (deform) {
    const { modulated } = moved!;
    y = deformable(g, ["conv2_offset", "conv2"], y, { ...middle, bias: false, modulated });
    y = relu(g, batchNorm(g, "bn2", y, norm));
  } else y = convNorm(g, ["conv2", "bn2"], y, { ...middle, ...norm });
  return convNorm(g, ["conv3", "bn3"], y, { out: planes * 4, kernel: 1, activation: null, ...norm });
}

function shortcut(g: Network, x: Tensor, out: number, stride: number, options: ResNetOptions): Tensor {
  const { shortcut: kind = "B", norm } = options;
  const channels = x.shape[1] as number;
  const same = stride === 1 && channels === out;
  if (same && kind !== "C") return x;
  if (kind !== "A")
    return convNorm(g, ["downsample.0", "downsample.1"], x, {
      out,
      kernel: 1,
      stride,
      activation: null,
      ...norm,
    });
  return sparse(g, x, out, stride);
}

/** Every second pixel, and channels of zeros: option A. */
export function sparse(g: Network, x: Tensor, out: number, stride: number): Tensor {
  const fewer = slice(g, slice(g, x, 2, { step: stride }), 3, { step: stride });
  return pad(g, fewer, [0, 0, 0, 0], [0, out - (x.shape[1] as number), 0, 0]);
}

function resnet(options: ResNetOptions): Backbone {
  return {
    input: IMAGENET,
    build: (g, x, { classes } = {}) => classify(g, "fc", resnetFeatures(g, x, options).at(-1)!, classes),
  };
}

/** The networks for 32x32 images of section 4.2: 6 n + 2 layers, three stages of 16, 32 and 64 channels. */
function cifar(n: number): Backbone {
  return {
    input: CIFAR,
    build(g, x, { classes = 10 } = {}) {
      const stem = convNorm(g, ["conv1", "bn1"], x, { out: 16, kernel: 3, pad: 1 });
      const options: ResNetOptions = { block: "basic", depths: [n, n, n], shortcut: "A" };
      return classify(g, "fc", residualStages(g, stem, options, 16).at(-1)!, classes);
    },
  };
}

/** Blocks of each stage and kind of block, by the number of layers. */
export const resnetDepths = {
  18: { block: "basic", depths: [2, 2, 2, 2] },
  34: { block: "basic", depths: [3, 4, 6, 3] },
  50: { block: "bottleneck", depths: [3, 4, 6, 3] },
  101: { block: "bottleneck", depths: [3, 4, 23, 3] },
  152: { block: "bottleneck", depths: [3, 8, 36, 3] },
} as const;

export const resnets = {
  resnet18: resnet(resnetDepths[18]),
  resnet34: resnet(resnetDepths[34]),
  resnet50: resnet(resnetDepths[50]),
  resnet101: resnet(resnetDepths[101]),
  resnet152: resnet(resnetDepths[152]),
  resnext50_32x4d: resnet({ ...resnetDepths[50], groups: 32, width: 4 }),
  resnext101_32x8d: resnet({ ...resnetDepths[101], groups: 32, width: 8 }),
  resnext101_64x4d: resnet({ ...resnetDepths[101], groups: 64, width: 4 }),
  wide_resnet50_2: resnet({ ...resnetDepths[50], width: 128 }),
  wide_resnet101_2: resnet({ ...resnetDepths[101], width: 128 }),
  resnet34_optA: resnet({ ...resnetDepths[34], shortcut: "A" }),
  resnet34_optC: resnet({ ...resnetDepths[34], shortcut: "C" }),
  plain34: resnet({ ...resnetDepths[34], shortcut: "none" }),
  resnet50_orig_stride_in_1x1: resnet({ ...resnetDepths[50], stride: "1x1" }),
  resnet101_orig_stride_in_1x1: resnet({ ...resnetDepths[101], stride: "1x1" }),
  resnet152_orig_stride_in_1x1: resnet({ ...resnetDepths[152], stride: "1x1" }),
  resnet50_optC_all_proj: resnet({ ...resnetDepths[50], stride: "1x1", shortcut: "C" }),
  resnet50_dcn_v1: resnet({ ...resnetDepths[50], deformable: { from: 3, modulated: false } }),
  resnet50_dcn_v2: resnet({ ...resnetDepths[50], deformable: { from: 1, modulated: true } }),
  resnet20_cifar_optA: cifar(3),
  resnet32_cifar_optA: cifar(5),
  resnet44_cifar_optA: cifar(7),
  resnet56_cifar_optA: cifar(9),
  resnet110_cifar_optA: cifar(18),
  resnet1202_cifar_optA: cifar(200),
} as const satisfies Readonly<Record<string, Backbone>>;
