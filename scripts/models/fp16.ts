/**
 * Half precision (IEEE 754 binary16). Weights that were published in it are stored in it, each behind a Cast that
 * ONNX Runtime computes once, when it opens the model: half the file, and the same float32 arithmetic.
 */
import type { ModelProto } from "../../src/nn/index.js";
import { storeWeights } from "../../src/nn/storage.js";

export { toHalf } from "../../src/nn/storage.js";

/** Stores every float32 tensor of some size as float16 and widens it in the graph. */
export const storeHalf = (model: ModelProto): ModelProto => storeWeights(model, "float16");

/** The number that 16 bits stand for. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
