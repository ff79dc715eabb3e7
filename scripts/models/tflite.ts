/**
 * TensorFlow Lite files (schema.fbs, https://github.com/tensorflow/tensorflow, Apache-2.0) of convolutional
 * detectors with float weights, as ONNX with dynamic height and width.
 */
import { Graph, type ModelProto, type Value } from "../../src/nn/index.js";
import { Table } from "./_flatbuffer.js";
import { conv, relu6, type Window } from "./_layers.js";
import { type Tensor, transpose } from "./_tensor.js";
import { fromHalf } from "./fp16.js";

const OPSET = 13;

// schema.fbs: BuiltinOperator, TensorType, Padding, ActivationFunctionType
const OPERATORS: Readonly<Record<number, string>> = {
  0: "ADD",
  2: "CONCATENATION",
  3: "CONV_2D",
  4: "DEPTHWISE_CONV_2D",
  6: "DEQUANTIZE",
  14: "LOGISTIC",
  22: "RESHAPE",
};
const FLOAT32 = 0;
const FLOAT16 = 1;
const INT32 = 2;
const SAME = 0;
const NO_ACTIVATION = 0;
const RELU6 = 3;

interface Operator {
  readonly name: string;
  readonly inputs: readonly number[];
  readonly output: number;
  readonly options: Table | undefined;
}

/**
 * @param outputs Names for the model's outputs, in the file's order; each is [1, n, k] with n following the
 * picture's size.
 */
export function convertTflite(bytes: Uint8Array, outputs: readonly string[]): ModelProto {
  const model = Table.root(bytes);
  // A code beyond 127 is in field 3; smaller ones may be in either.
  const codes = model.tables(1).map((code) => code.int32(3) || code.int8(0));
  const subgraph = model.tables(2)[0]!;
  const buffers = model.tables(4);
  const tensors = subgraph.tables(0);
  const shapes = tensors.map((tensor) => tensor.ints(0));
  const operators = subgraph.tables(3).map(
    (operator): Operator => ({
      name: OPERATORS[codes[operator.int32(0)]!] ?? `number ${codes[operator.int32(0)]}`,
      inputs: operator.ints(1),
      output: operator.ints(2)[0]!,
      options: operator.table(4),
    }),
  );
  const [input] = subgraph.ints(1);

  const g = new Graph("throughline");
  const constants = new Map<number, Tensor>();
  const values = new Map<number, Value>([[input!, g.input("images", "float", [1, 3, "height", "width"])]]);
  /** Values that left NCHW: a reshape put them in TensorFlow's own order. */
  const rows = new Set<number>();

  const constant = (index: number): Tensor => {
    const known = constants.get(index) ?? readTensor(tensors[index]!, buffers);
    constants.set(index, known);
    return known;
  };
  const value = (index: number): Value => {
    const known = values.get(index);
    if (known === undefined) throw new Error(`Cannot convert: tensor ${index} is used before it is computed`);
    return known;
  };

  for (const { name, inputs, output, options } of operators) {
    const [first] = inputs as [number];
    switch (name) {
      case "DEQUANTIZE":
        constants.set(output, constant(first));
        break;
      case "CONV_2D":
      case "DEPTHWISE_CONV_2D": {
        // Options: padding, stride w, stride h, then for depthwise the multiplier; activation, dilation w, h.
        const depthwise = name === "DEPTHWISE_CONV_2D";
        const skip = depthwise ? 1 : 0;
        const o = options!;
        const window: Window = {
          padding: o.int8(0) === SAME ? "same" : "valid",
          stride: [o.int32(2, 1), o.int32(1, 1)],
          dilation: [o.int32(5 + skip, 1), o.int32(4 + skip, 1)],
        };
        const weights = transpose(constant(inputs[1]!), depthwise ? [3, 0, 1, 2] : [0, 3, 1, 2]);
        const bias = inputs[2] === undefined || inputs[2] < 0 ? undefined : constant(inputs[2]);
        const group = depthwise ? weights.shape[0]! : 1;
        values.set(
          output,
          activated(g, conv(g, value(first), weights, bias, window, group), o.int8(3 + skip)),
        );
        break;
      }
      case "ADD":
        values.set(output, activated(g, g.add("Add", inputs.map(value)), options?.int8(0) ?? NO_ACTIVATION));
        break;
      case "RESHAPE": {
        const nhwc = rows.has(first)
          ? value(first)
          : g.add("Transpose", [value(first)], { perm: [0, 2, 3, 1] });
        values.set(output, g.add("Reshape", [nhwc, g.ints(shapes[output]!.with(1, -1))]));
        rows.add(output);
        break;
      }
      case "CONCATENATION":
        if (!inputs.every((index) => rows.has(index)))
          throw new Error("Cannot convert: CONCATENATION of pictures");
        values.set(output, g.add("Concat", inputs.map(value), { axis: options!.int32(0) }));
        rows.add(output);
        break;
      default:
        throw new Error(`Cannot convert: no rule for the operation ${name}`);
    }
  }
  subgraph.ints(2).forEach((index, i) => {
    const name = outputs[i]!;
    g.add("Identity", [value(index)], {}, name);
    g.output(name, "float", [1, "rows", shapes[index]!.at(-1)!]);
  });
  return g.model(OPSET);
}

function activated(g: Graph, x: Value, activation: number): Value {
  if (activation === NO_ACTIVATION) return x;
  if (activation === RELU6) return relu6(g, x);
  throw new Error(`Cannot convert: no rule for the activation ${activation}`);
}

function readTensor(tensor: Table, buffers: readonly Table[]): Tensor {
  const shape = tensor.ints(0);
  const { buffer } = buffers[tensor.int32(2)]!.bytes(0);
  const type = tensor.int8(1);
  if (type === FLOAT32) return { shape, data: new Float32Array(buffer) };
  if (type === FLOAT16) return { shape, data: Float32Array.from(new Uint16Array(buffer), fromHalf) };
  if (type === INT32) return { shape, data: new Int32Array(buffer) };
  throw new Error(`Cannot convert: no rule for the tensor type ${type}`);
}
