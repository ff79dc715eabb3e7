/** A network that is not written yet, as the graph of a file. */
import { type Dim, FLOAT_ATTRIBUTES } from "../graph.js";
import type { Network } from "../network.js";
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
  const nodes = net.nodes.map(({ op, inputs, outputs, attributes }) => ({
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

function plainAttribute(name: string, value: number | string | readonly number[]): Attribute {
  if (typeof value === "string") return { s: value };
  if (typeof value !== "number") return FLOAT_ATTRIBUTES.has(name) ? { floats: value } : { ints: value };
  return FLOAT_ATTRIBUTES.has(name) ? { f: value } : { i: value };
}
