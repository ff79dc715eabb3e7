/**
 * Half precision (IEEE 754 binary16). Weights that were published in it are stored in it, each behind a Cast that
 * ONNX Runtime computes once, when it opens the model: half the file, and the same float32 arithmetic.
 */
import { DataType, type ModelProto, type NodeProto, type TensorProto } from "../../src/nn/index.js";

/** Smaller tensors gain nothing. */
const MIN_SIZE = 64;

/** Stores every float32 tensor of some size as float16 and widens it in the graph. */
export function storeHalf(model: ModelProto): ModelProto {
  const graph = model.graph!;
  const casts: NodeProto[] = [];
  const initializer = (graph.initializer ?? []).map((tensor): TensorProto => {
    const raw = tensor.rawData!;
    if (tensor.dataType !== DataType.float || raw.length < 4 * MIN_SIZE) return tensor;
    const name = `${tensor.name}_half`;
    casts.push({
      opType: "Cast",
      input: [name],
      output: [tensor.name!],
      attribute: [{ name: "to", i: DataType.float, type: 2 }],
    });
    const wide = new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
    const half = Uint16Array.from(wide, toHalf);
    return { name, dims: tensor.dims, dataType: DataType.float16, rawData: new Uint8Array(half.buffer) };
  });
  return { ...model, graph: { ...graph, initializer, node: [...casts, ...graph.node!] } };
}

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

/** The nearest half, ties to even, as its 16 bits. */
export function toHalf(value: number): number {
  scratch[0] = value;
  const bits = scratchBits[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 127 + 15;
  const fraction = bits & 0x7fffff;
  if (exponent === 0xff - 127 + 15) return sign | 0x7c00 | (fraction ? 0x200 : 0);
  if (exponent < -10) return sign;
  // Below 1 the number is subnormal: the leading one becomes part of the fraction, shifted further down.
  const significand = exponent > 0 ? fraction : fraction | 0x800000;
  const shift = exponent > 0 ? 13 : 14 - exponent;
  const kept = significand >>> shift;
  const rest = significand & ((1 << shift) - 1);
  const tie = 1 << (shift - 1);
  const up = rest > tie || (rest === tie && (kept & 1) === 1) ? 1 : 0;
  // A carry out of the fraction raises the exponent, up to infinity: the bits are laid out for that.
  return Math.min((Math.max(exponent, 0) << 10) + kept + up, 0x7c00) | sign;
}

/** The number that 16 bits stand for. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
