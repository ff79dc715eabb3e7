/** Pixels to tensor as an ONNX graph, so that no pixel is touched by JavaScript. */
import { Graph, type Value } from "../nn/index.js";
import type { Fit, ImageInput } from "./fit.js";

/** ONNX opset of the graphs here: `Resize` with `antialias` came with 18. */
export const PREPROCESS_OPSET = 18;

/**
 * The graph from "frame" uint8 [height, width, 3] RGB to `output` float32 [1, 3, height, width] (or without the first
 * axis), as `input` describes it. Built for one size of the picture.
 *
 * Scaling stays in bytes and in the frame's own order: on ONNX Runtime's CPU kernels that takes a third of the time of
 * floats in planes (1920 x 1080 to 640 x 352).
 */
export function preprocessGraph(input: ImageInput, fit: Fit, output: string): Uint8Array {
  const g = new Graph("pre-processing");
  const frame = g.input("frame", "uint8", [fit.sourceHeight, fit.sourceWidth, 3]);
  let x = g.add("Unsqueeze", [frame, g.ints([0])]);
  const scaled = fit.innerHeight !== fit.sourceHeight || fit.innerWidth !== fit.sourceWidth;
  if (scaled) x = resize(g, x, fit);
  const bottom = fit.height - fit.innerHeight;
  const right = fit.width - fit.innerWidth;
  if (bottom > 0 || right > 0) {
    const filling = g.constant(Uint8Array.of(Math.round(input.pad)), []);
    x = g.add("Pad", [x, g.ints([0, 0, 0, 0, 0, bottom, right, 0]), filling]);
  }
  x = g.add("Transpose", [x], { perm: [0, 3, 1, 2] });
  if (input.colour === "bgr") x = g.add("Gather", [x, g.ints([2, 1, 0])], { axis: 1 });
  x = normalise(g, x, input, scaled);
  if (input.layout === "chw") x = g.add("Squeeze", [x, g.ints([0])]);
  g.add("Identity", [x], {}, output);
  const plane = [3, fit.height, fit.width];
  g.output(output, "float", input.layout === "chw" ? plane : [1, ...plane]);
  return g.encode(PREPROCESS_OPSET);
}

function resize(g: Graph, x: Value, fit: Fit): Value {
  return g.add("Resize", [x, "", "", g.ints([1, fit.innerHeight, fit.innerWidth, 3])], {
    mode: "linear",
    coordinate_transformation_mode: "half_pixel",
  });
}

/** (v - mean) / std, in one pass where whole numbers are near enough to the means, else in two. */
function normalise(g: Graph, x: Value, input: ImageInput, scaled: boolean): Value {
  // Scaling in bytes cuts fractions off: half a level is lost on average, and given back here.
  const means = input.mean.map((m) => m - (scaled ? 0.5 : 0));
  const levels = means.map((m) =>
    Math.abs(m - Math.round(m)) <= nearEnough(scaled) ? Math.round(m) : Number.NaN,
  );
  const whole = levels.every((level) => level >= 0 && level <= 255);
  if (!whole && input.std.every((s) => s === 1)) return shift(g, g.add("Cast", [x], { to: 1 }), means, input);
  const scales = g.floats(input.std.map((s) => 1 / s));
  const zeros = g.constant(Uint8Array.from(whole ? levels : [0, 0, 0]), [3]);
  const floats = g.add("DequantizeLinear", [x, scales, zeros], { axis: 1 });
  return whole ? floats : shift(g, floats, means, input);
}

/** In levels. Bytes that were scaled are off by up to half a level anyway. */
const nearEnough = (scaled: boolean): number => (scaled ? 0.25 : 0);

function shift(g: Graph, x: Value, means: readonly number[], { std }: ImageInput): Value {
  const by = means.map((m, c) => -m / std[c]!);
  if (by.every((v) => v === 0)) return x;
  return g.add("Add", [x, g.constant(Float32Array.from(by), [1, 3, 1, 1])]);
}
