/**
 * A network being written: nodes are appended in order and values are names. The model that comes out is
 * ordinary ONNX.
 */
import { encodeModel } from "./encode.js";
import {
  type AttributeProto,
  AttributeType,
  DataType,
  type DataTypeName,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "./proto.js";

/** The name of a tensor inside the graph. */
export type Value = string;
/** A number is fixed, a string a named dynamic dimension. */
export type Dim = number | string;
/** Attributes of a node by their ONNX names; `undefined` leaves one out. */
export type Attributes = Readonly<Record<string, number | string | readonly number[] | undefined>>;

/** Attributes that ONNX defines as floats; every other number is an int. */
export const FLOAT_ATTRIBUTES = new Set([
  "alpha",
  "beta",
  "epsilon",
  "gamma",
  "bias",
  "spatial_scale",
  "cubic_coeff_a",
  "value_float",
]);

/**
 * Collects inputs, constants, nodes and outputs, and writes them as an ONNX model.
 *
 * @example
 * const g = new Graph("halve");
 * const x = g.input("x", "float", ["n"]);
 * g.output(g.add("Mul", [x, g.floats(0.5)], {}, "y"), "float", ["n"]);
 * const bytes = g.encode(17);
 */
export class Graph {
  readonly #nodes: NodeProto[] = [];
  readonly #initializers: TensorProto[] = [];
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];
  #count = 0;

  constructor(readonly name: string) {}

  /** Declares an input of the model. */
  input(name: string, type: DataTypeName, shape: readonly Dim[]): Value {
    this.#inputs.push(valueInfo(name, type, shape));
    return name;
  }

  /** Declares an existing value as an output of the model, under its own name. */
  output(value: Value, type: DataTypeName, shape: readonly Dim[]): void {
    this.#outputs.push(valueInfo(value, type, shape));
  }

  /** A tensor stored in the model. `data` is row-major; the element type follows the array's. */
  constant(
    data: Float32Array | Float64Array | BigInt64Array | Int32Array | Uint8Array | Uint16Array,
    shape: readonly number[],
    name = this.#fresh("const"),
  ): Value {
    const size = shape.reduce((a, b) => a * b, 1);
    if (size !== data.length)
      throw new RangeError(
        `Cannot store "${name}": shape [${shape}] needs ${size} numbers, got ${data.length}`,
      );
    this.#initializers.push({ name, dims: [...shape], dataType: typeOf(data), rawData: bytesOf(data) });
    return name;
  }

  /** Float32 weights that are made when the model is written: of large ones, only one is in memory at a time. */
  defer(make: () => Float32Array, shape: readonly number[], name: string): Value {
    const deferred = { bytes: 4 * shape.reduce((a, b) => a * b, 1), make: () => bytesOf(make()) };
    this.#initializers.push({ name, dims: [...shape], dataType: DataType.float, deferred });
    return name;
  }

  /** int64 numbers, as shapes, axes and indices are; a bare number is a scalar. */
  ints(values: number | readonly number[]): Value {
    const list = typeof values === "number" ? [values] : values;
    return this.constant(BigInt64Array.from(list, BigInt), typeof values === "number" ? [] : [list.length]);
  }

  /** float32 numbers; a bare number is a scalar. */
  floats(values: number | readonly number[]): Value {
    const list = typeof values === "number" ? [values] : values;
    return this.constant(Float32Array.from(list), typeof values === "number" ? [] : [list.length]);
  }

  /** Appends a node with one output and returns it. */
  add(op: string, inputs: readonly Value[], attributes: Attributes = {}, name?: string): Value {
    return this.addMany(op, inputs, [name ?? this.#fresh(op.toLowerCase())], attributes)[0]!;
  }

  /** Appends a node with several outputs, named, or so many fresh ones. */
  addMany(
    op: string,
    inputs: readonly Value[],
    outputs: readonly string[] | number,
    attributes: Attributes = {},
  ): Value[] {
    const names =
      typeof outputs === "number"
        ? Array.from({ length: outputs }, () => this.#fresh(op.toLowerCase()))
        : [...outputs];
    this.#nodes.push({ opType: op, input: [...inputs], output: names, attribute: attributesOf(attributes) });
    return names;
  }

  #fresh(prefix: string): string {
    return `${prefix}_${++this.#count}`;
  }

  /** The finished model. */
  model(opset: number, metadata: Readonly<Record<string, string>> = {}): ModelProto {
    return {
      irVersion: 8,
      producerName: "throughline",
      opsetImport: [{ domain: "", version: opset }],
      graph: {
        name: this.name,
        node: this.#nodes,
        initializer: this.#initializers,
        input: this.#inputs,
        output: this.#outputs,
      },
      metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    };
  }

  /** The finished model as the bytes of an ONNX file. */
  encode(opset: number, metadata?: Readonly<Record<string, string>>): Uint8Array {
    return encodeModel(this.model(opset, metadata));
  }
}

function attributesOf(attributes: Attributes): AttributeProto[] {
  const list: AttributeProto[] = [];
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    if (typeof value === "string")
      list.push({ name, s: new TextEncoder().encode(value), type: AttributeType.string });
    else if (typeof value !== "number")
      list.push(
        FLOAT_ATTRIBUTES.has(name)
          ? { name, floats: [...value], type: AttributeType.floats }
          : { name, ints: [...value], type: AttributeType.ints },
      );
    else
      list.push(
        FLOAT_ATTRIBUTES.has(name)
          ? { name, f: value, type: AttributeType.float }
          : { name, i: value, type: AttributeType.int },
      );
  }
  return list;
}

function valueInfo(name: string, type: DataTypeName, shape: readonly Dim[]): ValueInfoProto {
  const dim = shape.map((d) => (typeof d === "number" ? { dimValue: d } : { dimParam: d }));
  return { name, type: { tensorType: { elemType: DataType[type], shape: { dim } } } };
}

function typeOf(data: ArrayBufferView): number {
  if (data instanceof Float32Array) return DataType.float;
  if (data instanceof Float64Array) return DataType.double;
  if (data instanceof BigInt64Array) return DataType.int64;
  if (data instanceof Int32Array) return DataType.int32;
  if (data instanceof Uint16Array) return DataType.float16;
  return DataType.uint8;
}

const bytesOf = (data: ArrayBufferView): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
