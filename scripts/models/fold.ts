/**
 * Folds what follows a convolution channel by channel (batch normalisation, bias: Mul and Add of constants) into
 * its weights. Computed in float64 and rounded once, so that the result is the same on every machine.
 */
import {
  DataType,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from "../../src/nn/index.js";

/** The same function with fewer nodes; tensors that nothing reads any more are gone. */
export function fold(model: ModelProto): ModelProto {
  const graph = model.graph!;
  const initializers = new Map(graph.initializer!.map((tensor) => [tensor.name!, tensor]));
  const nodes: NodeProto[] = [];
  const gone = new Set<NodeProto>();
  const consumers = consumersOf(graph);
  const outputs = new Set(graph.output!.map((output) => output.name));
  for (const node of graph.node!) {
    if (gone.has(node)) continue;
    if (node.opType !== "Conv") {
      nodes.push(node);
      continue;
    }
    const weights = initializers.get(node.input![1]!)!;
    const channels = weights.dims![0]!;
    const scale = new Float64Array(channels).fill(1);
    const shift = new Float64Array(channels);
    if (node.input![2]) shift.set(numbers(initializers.get(node.input![2])!));
    let output = node.output![0]!;
    for (;;) {
      const users = consumers.get(output) ?? [];
      const next = users.length === 1 && !outputs.has(output) ? users[0] : undefined;
      const constant = next && perChannel(next, output, initializers, channels);
      if (!next || !constant) break;
      for (let c = 0; c < channels; c++) {
        if (next.opType === "Mul") {
          scale[c]! *= constant[c]!;
          shift[c]! *= constant[c]!;
        } else shift[c]! += constant[c]!;
      }
      gone.add(next);
      output = next.output![0]!;
    }
    if (output === node.output![0]) {
      nodes.push(node);
      continue;
    }
    const folded = numbers(weights);
    const perFilter = folded.length / channels;
    for (let i = 0; i < folded.length; i++) folded[i]! *= scale[Math.floor(i / perFilter)]!;
    const [w, b] = [`${output}_weights`, `${output}_bias`];
    initializers.set(w, float32(w, weights.dims!, folded));
    initializers.set(b, float32(b, [channels], shift));
    nodes.push({ ...node, input: [node.input![0]!, w, b], output: [output] });
  }
  const used = new Set(nodes.flatMap((node) => node.input ?? []));
  const initializer = [...initializers.values()].filter((tensor) => used.has(tensor.name!));
  return { ...model, graph: { ...graph, node: nodes, initializer } };
}

/** The constant of a Mul or Add with `value`, one number per channel; undefined where the node is something else. */
function perChannel(
  node: NodeProto,
  value: string,
  initializers: ReadonlyMap<string, TensorProto>,
  channels: number,
): Float64Array | undefined {
  if (node.opType !== "Mul" && node.opType !== "Add") return undefined;
  const other = node.input!.find((name) => name !== value);
  const tensor = other === undefined ? undefined : initializers.get(other);
  if (!tensor) return undefined;
  const data = numbers(tensor);
  const dims = tensor.dims ?? [];
  if (data.length === 1) return new Float64Array(channels).fill(data[0]!);
  // NCHW: the channel is the second of four axes, or the first of the three that are left of them.
  return data.length === channels && dims.length >= 3 && dims.at(-3) === channels ? data : undefined;
}

function consumersOf(graph: GraphProto): Map<string, NodeProto[]> {
  const consumers = new Map<string, NodeProto[]>();
  for (const node of graph.node!)
    for (const name of node.input ?? []) consumers.set(name, [...(consumers.get(name) ?? []), node]);
  return consumers;
}

function numbers(tensor: TensorProto): Float64Array {
  const raw = tensor.rawData!;
  if (tensor.dataType !== DataType.float) throw new TypeError(`expected "${tensor.name}" to be float32`);
  return Float64Array.from(new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length)));
}

function float32(name: string, dims: number[], data: Float64Array): TensorProto {
  const bytes = new Uint8Array(Float32Array.from(data).buffer);
  return { name, dims, dataType: DataType.float, rawData: bytes };
}
