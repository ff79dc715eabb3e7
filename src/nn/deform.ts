/** Deformable convolution. Dai et al. 2017 (v1); Zhu et al. 2018 (v2, with modulation). */
import { pair, sides, slide } from "./_windows.js";
import { sigmoid } from "./activations.js";
import { slice } from "./joins.js";
import { type ConvOptions, conv } from "./layers.js";
import type { Network, Tensor } from "./network.js";

/** Where a deformable convolution looks, and how much of what it finds counts. */
export interface Deformation {
  /**
   * How far each tap is moved at each place, in pixels: [n, 2 groups kh kw, h, w], per group and tap (dy, dx), with h
   * and w of the result.
   */
  readonly offsets: Tensor;
  /** What each tap is multiplied by: [n, groups kh kw, h, w]. @default 1 everywhere */
  readonly mask?: Tensor;
}

/**
 * Convolution of [n, c, h, w] whose taps are moved and read bilinearly; what lies outside is 0. `name.weight`
 * [out, c / groups, kh, kw], `name.bias` [out]. Needs opset 19.
 *
 * @throws {RangeError} when the offsets do not have the size of the result.
 * @example
 * const offsets = conv(g, "offset", x, { out: 18, kernel: 3, pad: 1 });
 * const y = deformConv(g, "conv", x, { offsets }, { out: 64, kernel: 3, pad: 1 });
 */
export function deformConv(
  g: Network,
  name: string,
  x: Tensor,
  { offsets, mask }: Deformation,
  { out, kernel, stride = 1, pad = 0, dilation = 1, groups = 1, bias = true }: ConvOptions,
): Tensor {
  const window = { kernel: pair(kernel), stride: pair(stride), dilation: pair(dilation), pads: sides(pad) };
  const size = slide(g.path(name), x.shape, window);
  const taps = window.kernel[0] * window.kernel[1];
  const channels = x.shape[1] as number;
  const deformations = (offsets.shape[1] as number) / (2 * taps);
  if (!Number.isInteger(deformations) || String(offsets.shape.slice(2)) !== String(size))
    throw new RangeError(
      `Cannot build "${g.path(name)}": offsets are [${offsets.shape}], expected [n, ${2 * taps} per group, ${size}]`,
    );
  const [weight, shift] = g.scope(name, () => [
    g.parameter("weight", [out, channels / groups, ...window.kernel], "weight"),
    bias ? g.parameter("bias", [out], "bias") : ("" as const),
  ]);
  const places = (size as number[]).reduce((a, b) => a * b, 1);
  return g.op(
    "DeformConv",
    [x, weight!, offsets, shift!, ...(mask ? [mask] : [])],
    [x.shape[0]!, out, ...size],
    {
      name,
      attributes: {
        kernel_shape: window.kernel,
        strides: window.stride,
        dilations: window.dilation,
        pads: window.pads,
        group: groups,
        offset_group: deformations,
      },
      field: undefined,
      macs: Number.isNaN(places) ? undefined : places * out * (channels / groups) * taps,
      since: 19,
    },
  );
}

/**
 * A deformable convolution that finds its own offsets, with a second convolution of the same window. `modulated` adds
 * a sigmoid of kh kw more channels as the mask ("v2").
 *
 * @example
 * const y = deformable(g, ["conv_offset_mask", "conv"], x, { out: 64, kernel: 3, pad: 1, modulated: true });
 */
export function deformable(
  g: Network,
  [offsetName, name]: readonly [offset: string, conv: string],
  x: Tensor,
  { modulated, ...options }: ConvOptions & { readonly modulated: boolean },
): Tensor {
  const { kernel, stride, pad, dilation } = options;
  const taps = pair(kernel)[0] * pair(kernel)[1];
  const out = (modulated ? 3 : 2) * taps;
  const found = conv(g, offsetName, x, { out, kernel, stride, pad, dilation });
  if (!modulated) return deformConv(g, name, x, { offsets: found }, options);
  const mask = sigmoid(g, slice(g, found, 1, { start: 2 * taps }));
  return deformConv(g, name, x, { offsets: slice(g, found, 1, { end: 2 * taps }), mask }, options);
}
