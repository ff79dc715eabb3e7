/**
 * Weights in fewer bytes. They are widened to float32 inside the graph by operators on constants alone, which ONNX
 * Runtime computes once when it opens the model: the file is smaller, the arithmetic and its speed are as before. To
 * compute in float16 would help GPUs only, and was left out while it could not be measured on one.
 */
import { DataType, type ModelProto, made, type NodeProto, type TensorProto } from "./proto.js";

/**
 * How weights are stored. "float16": IEEE half precision, half the file. "int8": weights of convolutions and fully
 * connected layers as 8-bit whole numbers with one scale per output channel, a quarter of the file; the rest float32.
 */
export type Storage = "float32" | "float16" | "int8";

/** Smaller tensors gain nothing: numbers of elements. */
const MIN_HALF = 64;
const MIN_INT8 = 1024;
const LARGEST_HALF = 65504;

/** Axis of the output channels in the weights of a node, where there is one. */
function outAxis({ opType, attribute = [] }: NodeProto): number | undefined {
  const int = (name: string) => attribute.find((a) => a.name === name)?.i ?? 0;
  if (opType === "Conv") return 0;
  if (opType === "ConvTranspose") return int("group") > 1 ? undefined : 1;
  if (opType === "Gemm") return int("transB") ? 0 : 1;
  return opType === "MatMul" ? 1 : undefined;
}

/**
 * The same model with its weights stored so. What does not fit stays float32: numbers beyond 65504 have no half.
 *
 * @example
 * const small = encodeModel(storeWeights(decodeModel(bytes), "float16"));
 */
export function storeWeights(model: ModelProto, storage: Storage): ModelProto {
  if (storage === "float32") return model;
  const graph = model.graph!;
  const nodes: NodeProto[] = [];
  const initializer: TensorProto[] = [];
  const axes = new Map<string, number | undefined>();
  for (const node of graph.node ?? []) {
    const name = node.input?.[1];
    // Used in two ways, it has no one axis.
    if (name) axes.set(name, axes.has(name) && axes.get(name) !== outAxis(node) ? undefined : outAxis(node));
  }
  for (const tensor of graph.initializer ?? []) {
    // One by one: no two are in memory as float32.
    const whole = made(tensor);
    const stored = storage === "float16" ? half(whole) : int8(whole, axes.get(tensor.name!));
    initializer.push(...(stored?.tensors ?? [tensor]));
    nodes.push(...(stored?.nodes ?? []));
  }
  return { ...model, graph: { ...graph, initializer, node: [...nodes, ...(graph.node ?? [])] } };
}

interface Stored {
  readonly tensors: TensorProto[];
  readonly nodes: NodeProto[];
}

function half(tensor: TensorProto): Stored | undefined {
  const data = floatsOf(tensor);
  if (!data || data.length < MIN_HALF) return undefined;
  const codes = new Uint16Array(data.length);
  for (let i = 0; i < data.length; i++) {
    if (Math.abs(data[i]!) > LARGEST_HALF) return undefined;
    codes[i] = toHalf(data[i]!);
  }
  const name = `${tensor.name}_half`;
  return {
    tensors: [{ name, dims: tensor.dims!, dataType: DataType.float16, rawData: bytesOf(codes) }],
    nodes: [widen(name, tensor.name!)],
  };
}

/** Symmetric: zero stays zero, and the largest weight of each channel becomes 127 or -127. */
function int8(tensor: TensorProto, axis: number | undefined): Stored | undefined {
  const data = floatsOf(tensor);
  const dims = tensor.dims ?? [];
  if (!data || data.length < MIN_INT8 || axis === undefined || dims.length < 2) return undefined;
  const channels = dims[axis]!;
  // Elements that share a channel come in runs of `run`, one channel after the other.
  const run = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const scales = new Float32Array(channels);
  eachRun(data.length, run, channels, (start, end, c) => {
    for (let i = start; i < end; i++) scales[c] = Math.max(scales[c]!, Math.abs(data[i]!) / 127);
  });
  const codes = new Int8Array(data.length);
  eachRun(data.length, run, channels, (start, end, c) => {
    const scale = scales[c]! || 1;
    for (let i = start; i < end; i++) codes[i] = Math.max(-127, Math.min(127, Math.round(data[i]! / scale)));
  });
  const [name, scale, wide] = ["int8", "scale", "wide"].map((part) => `${tensor.name}_${part}`) as [
    string,
    string,
    string,
  ];
  const shape = dims.map((_, k) => (k === axis ? channels : 1));
  return {
    tensors: [
      { name, dims, dataType: DataType.int8, rawData: bytesOf(codes) },
      { name: scale, dims: shape, dataType: DataType.float, rawData: bytesOf(scales) },
    ],
    nodes: [widen(name, wide), { opType: "Mul", input: [wide, scale], output: [tensor.name!] }],
  };
}

function eachRun(
  length: number,
  run: number,
  channels: number,
  visit: (start: number, end: number, channel: number) => void,
): void {
  for (let start = 0, c = 0; start < length; start += run, c = c + 1 === channels ? 0 : c + 1)
    visit(start, start + run, c);
}

const widen = (from: string, to: string): NodeProto => ({
  opType: "Cast",
  input: [from],
  output: [to],
  attribute: [{ name: "to", i: DataType.float, type: 2 }],
});

/** The numbers of a float32 tensor; undefined for others, and for those in another file. */
function floatsOf({ dataType, rawData, dataLocation }: TensorProto): Float32Array | undefined {
  if (dataType !== DataType.float || !rawData || dataLocation || rawData.length % 4 !== 0) return undefined;
  if (rawData.byteOffset % 4 === 0)
    return new Float32Array(rawData.buffer, rawData.byteOffset, rawData.length / 4);
  return new Float32Array(new Uint8Array(rawData).buffer);
}

const bytesOf = (data: ArrayBufferView): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

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
