/** Pixels to tensor as an ONNX graph, so that no pixel is touched by JavaScript. */
import { Graph, type Value } from "../nn/index.js";
import type { Fit, ImageInput } from "./fit.js";

/** Older versions of ONNX's operators cannot scale pictures as it is done here. */
export const LEAST_OPSET = 11;

/** Of `preprocessGraph`. */
export interface PreprocessOptions {
  /**
   * False for pictures that have the right size already.
   * @default true
   */
  readonly scaled?: boolean;
  /**
   * Version of ONNX's operators, from 11 on.
   * @default 18
   */
  readonly opset?: number;
}

/**
 * The graph from "frame" uint8 [height, width, 3] RGB to `output` float32 [1, 3, height, width] (or without the first
 * axis), as `input` describes it. Pictures may be of any size: where they go is the input "fit", int64 [4], which
 * `fitNumbers` makes.
 *
 * Scaling stays in bytes and in the frame's own order: on ONNX Runtime's CPU kernels that takes a third of the time of
 * floats in planes (1920 x 1080 to 640 x 352).
 */
export function preprocessGraph(
  input: ImageInput,
  output: string,
  { scaled = true, opset = 18 }: PreprocessOptions = {},
): Graph {
  const g = new Graph("before");
  const frame = g.input("frame", "uint8", ["frame_height", "frame_width", 3]);
  const padded = input.fit !== "stretch";
  const fit = scaled || padded ? g.input("fit", "int64", [4]) : "";
  const part = (from: number): Value => g.add("Slice", [fit, g.ints([from]), g.ints([from + 2])]);
  let x = g.add("Reshape", [frame, g.add("Concat", [g.ints([1]), g.add("Shape", [frame])], { axis: 0 })]);
  if (scaled) x = resize(g, x, part(0));
  x = g.add("Transpose", [x], { perm: [0, 3, 1, 2] });
  if (input.colour === "bgr") x = g.add("Gather", [x, g.ints([2, 1, 0])], { axis: 1 });
  // Padding of bytes and scales per channel came with 13.
  const early = opset < 13;
  if (early) x = g.add("Cast", [x], { to: FLOAT });
  if (padded) {
    const pad = Math.round(input.pad);
    const filling = early ? g.floats(pad) : g.constant(Uint8Array.of(pad), []);
    const ends = g.add("Concat", [g.ints([0, 0, 0, 0, 0, 0]), part(2)], { axis: 0 });
    x = g.add("Pad", [x, ends, filling]);
  }
  // Scaling in bytes cuts fractions off: half a level is lost on average, and given back here.
  const means = input.mean.map((m) => m - (scaled ? 0.5 : 0));
  x = early ? normaliseFloats(g, x, means, input) : normalise(g, x, means, input, scaled);
  if (input.layout === "chw")
    x = g.add("Reshape", [x, g.add("Slice", [g.add("Shape", [x]), g.ints([1]), g.ints([4])])]);
  g.add("Identity", [x], {}, output);
  const plane = [3, "height", "width"];
  g.output(output, "float", input.layout === "chw" ? plane : [1, ...plane]);
  return g;
}

/** What `preprocessGraph` calls "fit": height and width of the scaled picture, then the rows and columns to fill. */
export const fitNumbers = (fit: Fit): BigInt64Array =>
  BigInt64Array.of(
    BigInt(fit.innerHeight),
    BigInt(fit.innerWidth),
    BigInt(fit.height - fit.innerHeight),
    BigInt(fit.width - fit.innerWidth),
  );

/** Whether a picture has another size than its place in the tensor. */
export const isScaled = (fit: Fit): boolean =>
  fit.innerHeight !== fit.sourceHeight || fit.innerWidth !== fit.sourceWidth;

const FLOAT = 1;

function resize(g: Graph, x: Value, size: Value): Value {
  const sizes = g.add("Concat", [g.ints([1]), size, g.ints([3])], { axis: 0 });
  // Region and scales do not count, but had to be there before 13.
  return g.add("Resize", [x, g.floats([]), g.floats([]), sizes], {
    mode: "linear",
    coordinate_transformation_mode: "half_pixel",
  });
}

/** (v - mean) / std, in one pass where whole numbers are near enough to the means, else in two. */
function normalise(
  g: Graph,
  x: Value,
  means: readonly number[],
  { std }: ImageInput,
  scaled: boolean,
): Value {
  const levels = means.map((m) =>
    Math.abs(m - Math.round(m)) <= nearEnough(scaled) ? Math.round(m) : Number.NaN,
  );
  const whole = levels.every((level) => level >= 0 && level <= 255);
  if (!whole && std.every((s) => s === 1)) return shift(g, g.add("Cast", [x], { to: FLOAT }), means, std);
  const scales = g.floats(std.map((s) => 1 / s));
  const zeros = g.constant(Uint8Array.from(whole ? levels : [0, 0, 0]), [3]);
  const floats = g.add("DequantizeLinear", [x, scales, zeros], { axis: 1 });
  return whole ? floats : shift(g, floats, means, std);
}

/** In levels. Bytes that were scaled are off by up to half a level anyway. */
const nearEnough = (scaled: boolean): number => (scaled ? 0.25 : 0);

function normaliseFloats(g: Graph, x: Value, means: readonly number[], { std }: ImageInput): Value {
  const factors = Float32Array.from(std, (s) => 1 / s);
  const scaled = std.every((s) => s === 1) ? x : g.add("Mul", [x, g.constant(factors, [1, 3, 1, 1])]);
  return shift(g, scaled, means, std);
}

function shift(g: Graph, x: Value, means: readonly number[], std: ImageInput["std"]): Value {
  const by = means.map((m, c) => -m / std[c]!);
  if (by.every((v) => v === 0)) return x;
  return g.add("Add", [x, g.constant(Float32Array.from(by), [1, 3, 1, 1])]);
}
