/**
 * TensorFlow.js graph models (https://www.tensorflow.org/js/guide/save_load) as ONNX. TensorFlow computes on NHWC,
 * ONNX on NCHW: a value is kept in whatever layout it was computed in, together with the order of its axes, so that
 * the transposes between the two vanish except where a reshape really needs one.
 */
import { type Attributes, Graph, type ModelProto, type Value as Name } from "../../src/nn/index.js";
import { conv, convWeights, depthwiseWeights, maxPool, relu6, type Window } from "./_layers.js";
import { floats, inverse, sizeOf, type Tensor, transpose } from "./_tensor.js";
import { attributesOf, evaluate, type TfNode, type TfNodeAttributes } from "./_tf-graph.js";

export interface TfjsOptions {
  /** Name of the node that the picture enters by, and its shape there. */
  readonly input: {
    readonly node: string;
    readonly shape: readonly number[];
    readonly layout: "nchw" | "nhwc";
  };
  /** Name in the ONNX file -> name of the node. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Sizes that do not depend on the picture's; in a reshape the largest other one follows it. */
  readonly fixed: readonly number[];
}

/** A tensor at run time: transposing `name` by `order` gives the tensor that TensorFlow means, of this `shape`. */
interface Value {
  readonly name: Name;
  readonly order: readonly number[];
  readonly shape: readonly number[];
}
type Result = Value | Tensor;

const isValue = (result: Result): result is Value => "order" in result;
/** NHWC out of NCHW. */
const FROM_NCHW = [0, 2, 3, 1];
const OPSET = 13;

/** The model of `nodes`, with dynamic height and width. */
export function convertTfjs(
  nodes: readonly TfNode[],
  weights: ReadonlyMap<string, Tensor>,
  options: TfjsOptions,
): ModelProto {
  return new Converter(nodes, weights, options).run();
}

class Converter {
  readonly #g = new Graph("throughline");
  readonly #nodes: ReadonlyMap<string, TfNode>;
  readonly #weights: ReadonlyMap<string, Tensor>;
  readonly #options: TfjsOptions;
  /** By node name, with ":1" and so on for further outputs. */
  readonly #results = new Map<string, Result>();

  constructor(nodes: readonly TfNode[], weights: ReadonlyMap<string, Tensor>, options: TfjsOptions) {
    this.#nodes = new Map(nodes.map((node) => [node.name, node]));
    this.#weights = weights;
    this.#options = options;
  }

  run(): ModelProto {
    const { input, outputs, fixed } = this.#options;
    const channels = input.shape[input.layout === "nchw" ? 1 : 3]!;
    const name = this.#g.input("images", "float", [1, channels, "height", "width"]);
    const order = input.layout === "nchw" ? [0, 1, 2, 3] : FROM_NCHW;
    this.#results.set(input.node, { name, order, shape: input.shape });
    for (const [output, node] of Object.entries(outputs)) {
      const value = this.#value(node);
      this.#g.add("Identity", [this.#inOrder(value, identity(value.shape.length))], {}, output);
      this.#g.output(
        output,
        "float",
        value.shape.map((size) => (size === 1 || fixed.includes(size) ? size : `${output}_rows`)),
      );
    }
    return this.#g.model(OPSET);
  }

  #result(reference: string): Result {
    const key = reference.replace(/:0$/, "");
    const known = this.#results.get(key);
    if (known) return known;
    const name = key.replace(/:\d+$/, "");
    const node = this.#nodes.get(name);
    if (!node) throw new Error(`Cannot convert the graph: it has no node "${name}"`);
    const results = this.#convert(node);
    results.forEach((result, i) => {
      this.#results.set(i === 0 ? name : `${name}:${i}`, result);
    });
    return this.#results.get(key)!;
  }

  #value(reference: string): Value {
    const result = this.#result(reference);
    if (isValue(result)) return result;
    throw new Error(`Cannot convert "${reference}": expected a value computed from the picture`);
  }

  #tensor(reference: string): Tensor {
    const result = this.#result(reference);
    if (!isValue(result)) return result;
    throw new Error(`Cannot convert "${reference}": expected a constant`);
  }

  /** What the node computes, one result per output. */
  #convert(node: TfNode): Result[] {
    if (node.op === "Const") return [this.#weights.get(node.name)!];
    const inputs = (node.input ?? []).filter((name) => !name.startsWith("^"));
    const attributes = attributesOf(node);
    const results = inputs.map((name) => this.#result(name));
    if (node.op === "Shape")
      return [{ shape: [results[0]!.shape.length], data: Int32Array.from(results[0]!.shape) }];
    if (!results.some(isValue)) return [evaluate(node, results as Tensor[], attributes)];
    const value = (i: number) => this.#value(inputs[i]!);
    const tensor = (i: number) => this.#tensor(inputs[i]!);
    switch (node.op) {
      case "Identity":
        return [results[0]!];
      case "Transpose":
        return [transposed(value(0), [...tensor(1).data])];
      case "Conv2D":
        return [this.#conv(value(0), tensor(1), attributes)];
      case "DepthwiseConv2dNative":
        return [this.#conv(value(0), tensor(1), attributes, true)];
      case "FusedBatchNorm":
        return [this.#batchNorm(value(0), [1, 2, 3, 4].map(tensor), attributes)];
      case "Add":
      case "AddV2":
      case "BiasAdd":
        return [this.#elementwise("Add", results[0]!, results[1]!)];
      case "AddN":
        return [results.reduce((a, b) => this.#elementwise("Add", a, b))];
      case "Mul":
        return [this.#elementwise("Mul", results[0]!, results[1]!)];
      case "Relu6":
        return [{ ...value(0), name: relu6(this.#g, value(0).name) }];
      case "LeakyRelu":
        return [this.#same("LeakyRelu", value(0), { alpha: attributes.number("alpha") })];
      case "Sigmoid":
        return [this.#same("Sigmoid", value(0))];
      case "Pad":
        return [this.#pad(value(0), tensor(1), 0)];
      case "PadV2":
        return [this.#pad(value(0), tensor(1), tensor(2).data[0]!)];
      case "MaxPool":
        return [this.#maxPool(value(0), attributes)];
      case "ConcatV2":
        return [
          this.#concat(
            inputs.slice(0, -1).map((name) => this.#value(name)),
            tensor(inputs.length - 1).data[0]!,
          ),
        ];
      case "SplitV":
        return this.#split(value(0), [...tensor(1).data], tensor(2).data[0]!);
      case "Reshape":
        return [this.#reshape(value(0), [...tensor(1).data])];
      case "Squeeze":
        return [this.#squeeze(value(0), attributes.list("squeeze_dims"))];
      case "ResizeBilinear":
        return [this.#resize(value(0), [...tensor(1).data], attributes)];
      default:
        throw new Error(`Cannot convert "${node.name}": no rule for the operation ${node.op}`);
    }
  }

  /** The same numbers stored so that `order` applies. */
  #inOrder(value: Value, order: readonly number[]): Name {
    const perm = inverse(order).map((axis) => value.order[axis]!);
    return perm.every((axis, i) => axis === i)
      ? value.name
      : this.#g.add("Transpose", [value.name], { perm });
  }

  #same(op: string, value: Value, attributes: Attributes = {}): Value {
    return { ...value, name: this.#g.add(op, [value.name], attributes) };
  }

  #conv(x: Value, weights: Tensor, attributes: TfNodeAttributes, depthwise = false): Value {
    const window = windowOf(attributes);
    const oihw = depthwise ? depthwiseWeights(weights) : convWeights(weights);
    const group = x.shape[3]! / oihw.shape[1]!;
    const name = conv(this.#g, this.#inOrder(x, FROM_NCHW), oihw, undefined, window, group);
    const kernel = oihw.shape.slice(2);
    return { name, order: FROM_NCHW, shape: [x.shape[0]!, ...windowed(x, kernel, window), oihw.shape[0]!] };
  }

  #maxPool(x: Value, attributes: TfNodeAttributes): Value {
    const window = windowOf(attributes);
    const [height, width] = attributes.list("ksize").slice(1, 3) as [number, number];
    const name = maxPool(this.#g, this.#inOrder(x, FROM_NCHW), [height, width], window);
    return {
      name,
      order: FROM_NCHW,
      shape: [x.shape[0]!, ...windowed(x, [height, width], window), x.shape[3]!],
    };
  }

  #batchNorm(x: Value, tensors: readonly Tensor[], attributes: TfNodeAttributes): Value {
    const [gamma, beta, mean, variance] = tensors.map(floats) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const epsilon = attributes.number("epsilon");
    const scale = gamma.map((value, c) => value / Math.sqrt(variance[c]! + epsilon));
    const shift = beta.map((value, c) => value - (mean[c]! * gamma[c]!) / Math.sqrt(variance[c]! + epsilon));
    const shape = [scale.length];
    return this.#elementwise("Add", this.#elementwise("Mul", x, { shape, data: scale }), {
      shape,
      data: shift,
    });
  }

  #elementwise(op: "Add" | "Mul", a: Result, b: Result): Value {
    const [value, other] = isValue(a) ? [a, b] : [b as Value, a];
    const rank = value.shape.length;
    if (isValue(other)) {
      if (other.shape.length !== rank)
        throw new Error(`Cannot convert: ${op} of ${rank} and ${other.shape.length} axes`);
      const name = this.#g.add(op, [value.name, this.#inOrder(other, value.order)]);
      return { ...value, name };
    }
    const shape = [...Array<number>(rank - other.shape.length).fill(1), ...other.shape];
    const stored = transpose({ ...other, shape }, inverse(value.order));
    return { ...value, name: this.#g.add(op, [value.name, this.#g.constant(floats(stored), stored.shape)]) };
  }

  #pad(x: Value, pads: Tensor, fill: number): Value {
    const before = x.shape.map((_, axis) => pads.data[2 * axis]!);
    const after = x.shape.map((_, axis) => pads.data[2 * axis + 1]!);
    const shape = x.shape.map((size, axis) => size + before[axis]! + after[axis]!);
    if (shape.every((size, axis) => size === x.shape[axis])) return x;
    const stored = inverse(x.order);
    const amounts = [...stored.map((axis) => before[axis]!), ...stored.map((axis) => after[axis]!)];
    const name = this.#g.add("Pad", [x.name, this.#g.ints(amounts), this.#g.floats(fill)], {
      mode: "constant",
    });
    return { ...x, name, shape };
  }

  #concat(values: readonly Value[], signedAxis: number): Value {
    const { order, shape: first } = values[0]!;
    const axis = (signedAxis + first.length) % first.length;
    const names = values.map((value) => this.#inOrder(value, order));
    const shape = first.with(
      axis,
      values.reduce((sum, value) => sum + value.shape[axis]!, 0),
    );
    return { name: this.#g.add("Concat", names, { axis: order[axis]! }), order, shape };
  }

  #split(x: Value, sizes: readonly number[], signedAxis: number): Value[] {
    const axis = (signedAxis + x.shape.length) % x.shape.length;
    const names = this.#g.addMany("Split", [x.name, this.#g.ints(sizes)], sizes.length, {
      axis: x.order[axis]!,
    });
    return names.map((name, i) => ({ ...x, name, shape: x.shape.with(axis, sizes[i]!) }));
  }

  #reshape(x: Value, wanted: readonly number[]): Value {
    const rest = sizeOf(x.shape) / sizeOf(wanted.filter((size) => size !== -1));
    const shape = wanted.map((size) => (size === -1 ? rest : size));
    const free = shape.filter((size) => size !== 1 && !this.#options.fixed.includes(size));
    const target = free.length > 0 ? shape.with(shape.indexOf(Math.max(...free)), -1) : shape;
    const name = this.#g.add("Reshape", [this.#inOrder(x, identity(x.shape.length)), this.#g.ints(target)]);
    return { name, order: identity(shape.length), shape };
  }

  #squeeze(x: Value, axes: readonly number[]): Value {
    const name = this.#g.add("Squeeze", [this.#inOrder(x, identity(x.shape.length)), this.#g.ints(axes)]);
    const shape = x.shape.filter((_, axis) => !axes.includes(axis));
    return { name, order: identity(shape.length), shape };
  }

  #resize(x: Value, [height, width]: readonly number[], attributes: TfNodeAttributes): Value {
    if (!attributes.flag("half_pixel_centers") || attributes.flag("align_corners"))
      throw new Error("Cannot convert ResizeBilinear: only half pixel centres are known");
    const scales = this.#g.floats([1, 1, height! / x.shape[1]!, width! / x.shape[2]!]);
    const name = this.#g.add("Resize", [this.#inOrder(x, FROM_NCHW), "", scales], {
      mode: "linear",
      coordinate_transformation_mode: "half_pixel",
    });
    return { name, order: FROM_NCHW, shape: [x.shape[0]!, height!, width!, x.shape[3]!] };
  }
}

const identity = (rank: number): number[] => Array.from({ length: rank }, (_, i) => i);

const transposed = ({ name, order, shape }: Value, axes: readonly number[]): Value => ({
  name,
  order: axes.map((axis) => order[axis]!),
  shape: axes.map((axis) => shape[axis]!),
});

/** NHWC attributes: batch and channel are never strided. */
function windowOf(attributes: TfNodeAttributes): Window {
  const middle = (name: string) => attributes.list(name).slice(1, 3) as [number, number];
  const dilation = middle("dilations");
  const padding = attributes.text("padding") === "SAME" ? "same" : "valid";
  return { stride: middle("strides"), dilation: dilation.length ? dilation : [1, 1], padding };
}

/** Height and width after a convolution or pooling of an NHWC value. */
function windowed(
  x: Value,
  kernel: readonly number[],
  { stride, dilation = [1, 1], padding }: Window,
): number[] {
  return kernel.map((size, i) => {
    const reach = padding === "same" ? 0 : (size - 1) * dilation[i]!;
    return Math.ceil((x.shape[i + 1]! - reach) / stride[i]!);
  });
}
