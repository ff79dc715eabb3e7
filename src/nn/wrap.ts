/** Graphs before and behind a model that exists already, as one model. */
import {
  type Field,
  fieldOf,
  fieldsOf,
  joined,
  listFields,
  messageField,
  numberField,
  textIn,
} from "./_wire.js";
import { encodeModel } from "./encode.js";
import type { Graph } from "./graph.js";
import type { GraphProto } from "./proto.js";

/** What goes around a model. */
export interface Wrapping {
  /**
   * Writes the graph that makes the model's inputs. It is told the version of ONNX's operators (opset) that the
   * model is written in; the operators it uses must be those of that version.
   * @default the model's inputs stay inputs
   */
  readonly before?: (opset: number) => Graph;
  /**
   * Writes the graph that takes the model's outputs (also its inputs and those of `before`, if it likes).
   * @default the model's outputs stay outputs
   */
  readonly after?: (opset: number) => Graph;
}

// Field numbers of onnx.proto.
const MODEL = { irVersion: 1, graph: 7, opset: 8 } as const;
const GRAPH = { node: 1, initializer: 5, input: 11, output: 12 } as const;
const NODE_OUTPUT = 2;
const VALUE_INFO = { name: 1, type: 2 } as const;
const TENSOR_TYPE = 1;
const ELEMENT_TYPE = 1;
const TENSOR_NAME = 8;
const OPSET = { domain: 1, version: 2 } as const;

/** From 4 on, constants need not be inputs as well; 8 is what our own graphs declare. */
const LEAST_IR_VERSION = 8;

/**
 * Puts pre-processing and post-processing around any ONNX model: one model comes out that takes what `before` takes
 * and gives what `after` gives. Values are linked by name, as an output of one part that is an input of a later one;
 * an input that no earlier part puts out is an input of the whole, and parts that name the same one share it. The
 * model itself is copied byte for byte, whatever it holds; where its weights lie in other files, the result belongs
 * beside them. Memory: the model's bytes once more.
 *
 * @param model the bytes of an ONNX file
 * @throws {SyntaxError} when the bytes are not an ONNX model.
 * @throws {RangeError} when the parts do not fit together; the message names the value.
 *
 * @example
 * // A classifier of float32 pictures 0..1 [1, 3, h, w] takes rows of bytes now, and names its best class.
 * const wrapped = wrapModel(readFileSync("classifier.onnx"), {
 *   before: () => {
 *     const g = new Graph("before");
 *     const frame = g.input("frame", "uint8", ["height", "width", 3]);
 *     const planes = g.add("Transpose", [g.add("Cast", [frame], { to: 1 })], { perm: [2, 0, 1] });
 *     const batch = g.add("Concat", [g.ints([1]), g.add("Shape", [planes])], { axis: 0 });
 *     const scaled = g.add("Div", [planes, g.floats(255)]);
 *     g.output(g.add("Reshape", [scaled, batch], {}, "images"), "float", [1, 3, "height", "width"]);
 *     return g;
 *   },
 *   after: () => {
 *     const g = new Graph("after");
 *     const logits = g.input("logits", "float", [1, "classes"]);
 *     g.output(g.add("ArgMax", [logits], { axis: 1, keepdims: 0 }, "best"), "int64", [1]);
 *     return g;
 *   },
 * });
 * writeFileSync("wrapped.onnx", wrapped); // frame uint8 [height, width, 3] -> best int64 [1]
 */
export function wrapModel(model: Uint8Array, { before, after }: Wrapping): Uint8Array {
  const file = listFields(model);
  // More than one graph field is one graph in pieces, by the rules of protobuf.
  const inner = file.filter(({ id }) => id === MODEL.graph).flatMap(({ payload }) => listFields(payload));
  if (!inner.some(({ id }) => id === GRAPH.node))
    throw new SyntaxError("not an ONNX model: it holds no graph");
  const opset = opsetOf(model);
  const constants = new Set(
    inner.filter(({ id }) => id === GRAPH.initializer).map(({ payload }) => textIn(payload, TENSOR_NAME)),
  );
  const own = {
    inputs: values(inner, GRAPH.input).filter(({ name }) => !constants.has(name)),
    outputs: values(inner, GRAPH.output),
    names: new Set([...constants, ...nodeOutputs(inner)]),
  };
  const pre = partOf("before", before?.(opset), model, opset);
  const post = partOf("after", after?.(opset), model, opset);
  link(pre, own, post);
  const made = new Set(pre.outputs.map(({ name }) => name));
  const known = new Set([...made, ...own.names]);
  const inputs = new Map<string, Value>();
  for (const value of [
    ...pre.inputs,
    ...own.inputs.filter(({ name }) => !made.has(name)),
    ...post.inputs.filter(({ name }) => !known.has(name)),
  ])
    if (!inputs.has(value.name)) inputs.set(value.name, value);
  const graph = [
    ...pre.nodes,
    // Inputs that are constants as well stay: files of old versions list all of them.
    ...inner
      .filter(
        (f) =>
          f.id !== GRAPH.output &&
          (f.id !== GRAPH.input || constants.has(textIn(f.payload, VALUE_INFO.name))),
      )
      .map(({ raw }) => raw),
    ...post.nodes,
    ...pre.constants,
    ...post.constants,
    ...[...inputs.values()].map(({ raw }) => raw),
    ...(after ? post : own).outputs.map(({ raw }) => raw),
  ];
  const version = Math.max(LEAST_IR_VERSION, file.find(({ id }) => id === MODEL.irVersion)?.number ?? 0);
  return joined([
    numberField(MODEL.irVersion, version),
    ...file.filter(({ id }) => id !== MODEL.irVersion && id !== MODEL.graph).map(({ raw }) => raw),
    ...messageField(MODEL.graph, graph),
  ]);
}

/** An input or output of a graph. */
interface Value {
  readonly name: string;
  readonly type: number;
  readonly raw: Uint8Array;
}

/** A graph of ours, in bytes. */
interface Part {
  readonly nodes: readonly Uint8Array[];
  readonly constants: readonly Uint8Array[];
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

interface Own {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly names: ReadonlySet<string>;
}

function partOf(side: string, graph: Graph | undefined, model: Uint8Array, opset: number): Part {
  if (!graph) return { nodes: [], constants: [], inputs: [], outputs: [] };
  // The prefix occurs nowhere in the model, not even inside its subgraphs.
  let prefix = `${side}/`;
  while (Buffer.from(model.buffer, model.byteOffset, model.length).includes(prefix)) prefix = `_${prefix}`;
  const { graph: plain, ...rest } = graph.model(opset);
  const kept = new Set([...(plain!.input ?? []), ...(plain!.output ?? [])].map(({ name }) => name));
  const renamed = renameValues(plain!, (name) => (name === "" || kept.has(name) ? name : prefix + name));
  const bytes = encodeModel({ ...rest, graph: renamed });
  const fields = listFields(fieldOf(bytes, MODEL.graph)!.payload);
  const raws = (id: number): Uint8Array[] => fields.filter((f) => f.id === id).map(({ raw }) => raw);
  return {
    nodes: raws(GRAPH.node),
    constants: raws(GRAPH.initializer),
    inputs: values(fields, GRAPH.input),
    outputs: values(fields, GRAPH.output),
  };
}

function renameValues(graph: GraphProto, rename: (name: string) => string): GraphProto {
  return {
    ...graph,
    initializer: graph.initializer?.map((tensor) => ({ ...tensor, name: rename(tensor.name!) })),
    input: graph.input?.map((value) => ({ ...value, name: rename(value.name) })),
    output: graph.output?.map((value) => ({ ...value, name: rename(value.name) })),
    node: graph.node?.map((node) => ({
      ...node,
      input: node.input?.map(rename),
      output: node.output?.map(rename),
      attribute: node.attribute?.map((a) => (a.g ? { ...a, g: renameValues(a.g, rename) } : a)),
    })),
  };
}

/** Checks that names meet where they should, and nowhere else. */
function link(pre: Part, own: Own, post: Part): void {
  const refuse = (why: string): never => {
    throw new RangeError(`Cannot wrap the model: ${why}`);
  };
  const list = (of: readonly Value[]): string => of.map(({ name }) => `"${name}"`).join(", ") || "nothing";
  const find = (of: readonly Value[], name: string): Value | undefined => of.find((v) => v.name === name);
  for (const value of pre.outputs) {
    const taker = find(own.inputs, value.name);
    if (!taker && !find(post.inputs, value.name))
      refuse(`the graph before it puts out "${value.name}", the model takes ${list(own.inputs)}`);
    if (taker && taker.type !== value.type)
      refuse(`"${value.name}" has another element type in the graph before it than in the model`);
  }
  for (const { name } of pre.inputs)
    if (own.names.has(name) || find(own.inputs, name))
      refuse(`"${name}" is the name of an input of the graph before it and of a value in the model`);
  for (const value of post.inputs) {
    const maker = find(own.outputs, value.name);
    if (maker && maker.type !== value.type)
      refuse(`"${value.name}" has another element type in the model than in the graph after it`);
    if (!maker && own.names.has(value.name)) refuse(`"${value.name}" is a value in the model, but no output`);
  }
  if (post.outputs.length > 0 && !post.inputs.some(({ name }) => find(own.outputs, name)))
    refuse(`the graph after it takes ${list(post.inputs)}, the model puts out ${list(own.outputs)}`);
  for (const { name } of post.outputs)
    if (own.names.has(name) || [...pre.inputs, ...pre.outputs, ...own.inputs].some((v) => v.name === name))
      refuse(`"${name}" is the name of an output of the graph after it and of a value before`);
}

/**
 * The version of ONNX's operators that a model is written in; 1 where the file does not say.
 *
 * @param model the bytes of an ONNX file
 * @throws {SyntaxError} when the bytes are not an ONNX model.
 *
 * @example
 * if (opsetOf(readFileSync("model.onnx")) < 11) console.log("an old one");
 */
export function opsetOf(model: Uint8Array): number {
  for (const { id, payload } of fieldsOf(model))
    if (id === MODEL.opset && ["", "ai.onnx"].includes(textIn(payload, OPSET.domain)))
      return fieldOf(payload, OPSET.version)?.number ?? 1;
  return 1;
}

const values = (graph: readonly Field[], id: number): Value[] =>
  graph
    .filter((f) => f.id === id)
    .map(({ raw, payload }) => ({
      name: textIn(payload, VALUE_INFO.name),
      type: elementType(fieldOf(payload, VALUE_INFO.type)?.payload),
      raw,
    }));

/** TensorProto.DataType of a TypeProto; 0 for what is no tensor. */
function elementType(type: Uint8Array | undefined): number {
  const tensor = type && fieldOf(type, TENSOR_TYPE);
  return (tensor && fieldOf(tensor.payload, ELEMENT_TYPE)?.number) ?? 0;
}

const nodeOutputs = (graph: readonly Field[]): string[] =>
  graph
    .filter(({ id }) => id === GRAPH.node)
    .flatMap(({ payload }) => listFields(payload).filter(({ id }) => id === NODE_OUTPUT))
    .map(({ payload }) => new TextDecoder().decode(payload));
