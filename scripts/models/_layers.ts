/** TensorFlow's convolution layers in ONNX, NCHW; the three source formats share them. */
import type { Attributes, Graph, Value } from "../../src/nn/index.js";
import { floats, type Tensor, transpose } from "./_tensor.js";

export interface Window {
  /** [height, width] */
  readonly stride: readonly [number, number];
  readonly dilation?: readonly [number, number];
  readonly padding: "same" | "valid";
}

/** `weights`: [out, in / group, height, width]. */
export function conv(
  g: Graph,
  x: Value,
  weights: Tensor,
  bias: Tensor | undefined,
  window: Window,
  group = 1,
): Value {
  const inputs = [x, g.constant(floats(weights), weights.shape)];
  if (bias) inputs.push(g.constant(floats(bias), [bias.data.length]));
  const [, , height, width] = weights.shape as [number, number, number, number];
  return g.add("Conv", inputs, {
    ...windowOf([height, width], window),
    dilations: window.dilation ?? [1, 1],
    group,
  });
}

/** The weights of a TensorFlow Conv2D, [height, width, in, out]. */
export const convWeights = (w: Tensor): Tensor => transpose(w, [3, 2, 0, 1]);

/** The weights of a TensorFlow depthwise convolution, [height, width, in, multiplier]. */
export function depthwiseWeights(w: Tensor): Tensor {
  const [height, width, channels, multiplier] = w.shape as [number, number, number, number];
  return { ...transpose(w, [2, 3, 0, 1]), shape: [channels * multiplier, 1, height, width] };
}

export function maxPool(g: Graph, x: Value, size: readonly [number, number], window: Window): Value {
  return g.add("MaxPool", [x], windowOf(size, window));
}

export function relu6(g: Graph, x: Value): Value {
  return g.add("Clip", [x, g.floats(0), g.floats(6)]);
}

function windowOf(size: readonly [number, number], { stride, dilation, padding }: Window): Attributes {
  const base = { kernel_shape: size, strides: stride };
  if (padding === "valid") return { ...base, auto_pad: "VALID" };
  // How much "same" pads depends on the picture's size, unless the stride is 1.
  if (stride.some((s) => s !== 1)) return { ...base, auto_pad: "SAME_UPPER" };
  const total = size.map((k, i) => (k - 1) * (dilation?.[i] ?? 1));
  const before = total.map((t) => Math.floor(t / 2));
  return { ...base, pads: [...before, ...total.map((t, i) => t - before[i]!)] };
}
