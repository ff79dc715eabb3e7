/** The nodes of a TensorFlow graph in JSON: their attributes, and the value of those that are constant. */
import { sizeOf, type Tensor } from "./_tensor.js";

interface TfAttribute {
  /** Base64, or the bytes as numbers: converters of different ages differ. */
  readonly s?: string | readonly number[];
  readonly i?: string | number;
  readonly f?: number;
  readonly b?: boolean;
  readonly list?: { readonly i?: readonly (string | number)[] };
}

export interface TfNode {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, TfAttribute | undefined>>;
}

/** A node's attributes by type; an absent one is zero, false or empty, as in TensorFlow. */
export interface TfNodeAttributes {
  number(name: string): number;
  flag(name: string): boolean;
  text(name: string): string;
  list(name: string): number[];
}

export function attributesOf(node: TfNode): TfNodeAttributes {
  const of = (name: string): TfAttribute => node.attr?.[name] ?? {};
  return {
    number: (name) => Number(of(name).f ?? of(name).i ?? 0),
    flag: (name) => of(name).b ?? false,
    list: (name) => (of(name).list?.i ?? []).map(Number),
    text: (name) => {
      const { s = "" } = of(name);
      return typeof s === "string" ? Buffer.from(s, "base64").toString() : Buffer.from(s).toString();
    },
  };
}

/** Shape arithmetic that TensorFlow left in the graph: the value of a node whose inputs are all constant. */
export function evaluate(node: TfNode, inputs: readonly Tensor[], attributes: TfNodeAttributes): Tensor {
  const [a, b] = inputs as [Tensor, Tensor];
  switch (node.op) {
    case "Identity":
      return a;
    case "AddV2":
      return {
        shape: a.shape,
        data: Int32Array.from(a.data, (value, i) => value + b.data[i % b.data.length]!),
      };
    case "Pack":
      return { shape: [inputs.length], data: Int32Array.from(inputs, (tensor) => tensor.data[0]!) };
    case "SparseToDense": {
      // inputs: indices, shape, values, the value everywhere else
      if (a.data.length > 0)
        throw new Error(`Cannot convert "${node.name}": only an empty SparseToDense is known`);
      const shape = [...b.data];
      return { shape, data: new Int32Array(sizeOf(shape)).fill(inputs[3]!.data[0]!) };
    }
    case "StridedSlice":
      if (attributes.number("shrink_axis_mask") !== 1 || a.shape.length !== 1)
        throw new Error(`Cannot convert "${node.name}": only a slice of one element is known`);
      return { shape: [], data: a.data.slice(b.data[0]!, b.data[0]! + 1) };
    default:
      throw new Error(`Cannot convert "${node.name}": no rule for the constant operation ${node.op}`);
  }
}
