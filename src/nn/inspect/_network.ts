/** A network that is not written yet, as the graph of a file. */
import { needed } from "../_lower.js";
import { type Dim, FLOAT_ATTRIBUTES } from "../graph.js";
import type { Network, Node } from "../network.js";
import { DataType } from "../proto.js";
import { type Attribute, FEW, type PlainModel, type Stored } from "./_graph.js";

/** The network without weights: its parameters have shapes only, so one of any size costs nothing. */
export function plainNetwork(net: Network): PlainModel {
  const declared = ({
    name,
    type,
    shape,
  }: {
    name: string;
    type: keyof typeof DataType;
    shape: readonly Dim[];
  }) => ({
    name,
    type: DataType[type],
    shape,
  });
  const nodes = shown(net).map(({ op, inputs, outputs, attributes }) => ({
    name: outputs[0]!,
    op,
    domain: "",
    inputs,
    outputs,
    attributes: new Map(
      Object.entries(attributes).flatMap(([name, value]): [string, Attribute][] =>
        value === undefined ? [] : [[name, plainAttribute(name, value)]],
      ),
    ),
  }));
  const stored = [
    ...net.parameters.map(({ name, shape, role, frozen }) => ({
      name,
      type: DataType.float,
      shape,
      learnt: !frozen && role !== "mean" && role !== "variance",
    })),
    ...net.constants.map(
      ({ name, shape, data }): Stored => ({
        name,
        type:
          data instanceof Float32Array
            ? DataType.float
            : data instanceof Uint8Array
              ? DataType.uint8
              : DataType.int64,
        shape,
        learnt: false,
        ...(data.length <= FEW && { data: Array.from(data as ArrayLike<number | bigint>, Number) }),
      }),
    ),
  ];
  const outputs = net.outputs.map((port) => ({ ...declared(port), name: port.value, port: port.name }));
  const graph = { name: net.name, nodes, stored, inputs: net.inputs.map(declared), outputs, inner: [] };
  return { graph, opset: net.opset, producer: "" };
}

/**
 * The layers that an output needs, as they are written, and those that only training uses and that have weights of their
 * own: published counts have them.
 */
function shown({ nodes, outputs, parameters }: Network): Node[] {
  const wanted = outputs.map((port) => port.value);
  const used = new Set(needed(nodes, new Set(wanted)).flatMap((node) => node.inputs));
  const unused = new Set(parameters.map((p) => p.name).filter((name) => !used.has(name)));
  const own = nodes.filter((node) => node.inputs.some((name) => unused.has(name)));
  return needed(nodes, new Set([...wanted, ...own.map((node) => node.outputs[0]!)]));
}

function plainAttribute(name: string, value: number | string | readonly number[]): Attribute {
  if (typeof value === "string") return { s: value };
  if (typeof value !== "number") return FLOAT_ATTRIBUTES.has(name) ? { floats: value } : { ints: value };
  return FLOAT_ATTRIBUTES.has(name) ? { f: value } : { i: value };
}
