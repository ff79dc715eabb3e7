/** From a network to an ONNX graph with weights: unused layers dropped, batch norms folded. */
import { Graph } from "./graph.js";
import type { Network, Node, WeightSource } from "./network.js";
import type { ModelProto } from "./proto.js";
import { type Storage, storeWeights } from "./storage.js";

/** How a network is written. */
export interface EncodeOptions {
  /**
   * Whether batch norms are folded into the convolution or fully connected layer before them.
   * @default true
   */
  readonly fold?: boolean;
  /**
   * Names of inner values (as in the layer table) that become outputs too.
   * @default []
   */
  readonly expose?: readonly string[];
  /** Metadata of the model. @default {} */
  readonly metadata?: Readonly<Record<string, string>>;
  /**
   * How weights are stored. All arithmetic is float32: half precision would be faster on GPUs only, and is not offered.
   * @default "float32"
   */
  readonly storage?: Storage;
}

/** What a batch norm can be folded into: the axis of the output channels in its weights, and which input its bias is. */
const FOLDABLE: Readonly<Record<string, { readonly axis: number; readonly bias: number }>> = {
  Conv: { axis: 0, bias: 2 },
  Gemm: { axis: 0, bias: 2 },
  ConvTranspose: { axis: 1, bias: 2 },
  DeformConv: { axis: 0, bias: 3 },
};

/** The model, its weights still to be made. */
export function lower(
  net: Network,
  source: WeightSource,
  { fold = true, expose = [], metadata, storage = "float32" }: EncodeOptions = {},
): ModelProto {
  const shapes = new Map(net.layers.map((l) => [l.name, l.shape]));
  const ports = [
    ...net.outputs,
    ...expose.map((name) => ({ name, value: name, type: "float" as const, shape: shapes.get(name) })),
  ];
  for (const { name, shape } of ports)
    if (!shape) throw new RangeError(`Cannot expose "${name}": no layer of ${net.name} is called that`);
  const live = needed(net.nodes, new Set(ports.map((p) => p.value)));
  const uses = new Map<string, number>();
  for (const name of [...live.flatMap((n) => n.inputs), ...ports.map((p) => p.value)])
    uses.set(name, (uses.get(name) ?? 0) + 1);

  const g = new Graph(net.name);
  const weights = new Weights(net, g, source);
  for (const { name, type, shape } of net.inputs) g.input(name, type, shape);
  for (const { name, data, shape } of net.constants) if (uses.has(name)) g.constant(data, shape, name);

  // An output's own name goes to the node that makes the value, unless it is known by another already.
  const renamed = new Map<string, string>();
  const inputs = new Set(net.inputs.map((i) => i.name));
  const made = new Set(live.flatMap((n) => n.outputs));
  const copies: [value: string, name: string][] = [];
  for (const { value, name } of ports)
    if (!inputs.has(value) && !renamed.has(value)) renamed.set(value, name);
    else if (renamed.get(value) !== name) copies.push([value, name]);
  // An inner value that has an output's name by chance gives it up.
  const names = new Set(ports.map((p) => p.name));
  const now = (name: string): string =>
    renamed.get(name) ?? (names.has(name) && made.has(name) ? `${name}.inner` : name);

  for (let k = 0; k < live.length; k++) {
    const node = live[k]!;
    const norm = fold ? foldable(node, live, uses) : undefined;
    const values = (norm ? weights.folded(node, norm) : node.inputs).map((name) => now(weights.stored(name)));
    g.addMany(node.op, values, (norm ?? node).outputs.map(now), node.attributes);
    if (norm) live.splice(live.indexOf(norm), 1);
  }
  for (const [value, name] of copies) g.add("Identity", [now(value)], {}, name);
  for (const { name, type, shape } of ports) g.output(name, type, shape!);
  const model = g.model(net.opset, metadata);
  return storeWeights(model, storage);
}

/** The nodes that the wanted values depend on, in order. */
export function needed(nodes: readonly Node[], wanted: Set<string>): Node[] {
  const live: Node[] = [];
  for (const node of [...nodes].reverse())
    if (node.outputs.some((o) => wanted.has(o))) {
      live.push(node);
      for (const input of node.inputs) wanted.add(input);
    }
  return live.reverse();
}

/** The batch norm that is the only user of what this node gives. */
function foldable(node: Node, live: readonly Node[], uses: ReadonlyMap<string, number>): Node | undefined {
  const value = node.outputs[0]!;
  if (!(node.op in FOLDABLE) || uses.get(value) !== 1) return undefined;
  if (node.op === "ConvTranspose" && (node.attributes.group ?? 1) !== 1) return undefined;
  return live.find((n) => n.op === "BatchNormalization" && n.inputs[0] === value);
}

/** Fetches parameters, checks them, and stores each once. */
class Weights {
  readonly #shapes: ReadonlyMap<string, Network["parameters"][number]>;
  readonly #stored = new Set<string>();

  constructor(
    net: Network,
    readonly graph: Graph,
    readonly source: WeightSource,
  ) {
    this.#shapes = new Map(net.parameters.map((p) => [p.name, p]));
  }

  /** The name of a value; a parameter is stored first. */
  stored(name: string): string {
    const parameter = this.#shapes.get(name);
    if (!parameter || this.#stored.has(name)) return name;
    this.#stored.add(name);
    return this.graph.defer(() => this.#fetch(name), parameter.shape, name);
  }

  #fetch(name: string): Float32Array {
    const { shape, role } = this.#shapes.get(name)!;
    const data = this.source(name, shape, role);
    const size = shape.reduce((a, b) => a * b, 1);
    if (data.length !== size)
      throw new RangeError(
        `Cannot use weights for "${name}": shape [${shape}] needs ${size} numbers, got ${data.length}`,
      );
    return data;
  }

  /**
   * The inputs of a layer with its batch norm inside: w' = w s, b' = (b - mean) s + shift with
   * s = scale / sqrt(variance + epsilon), computed in float64 and rounded once.
   */
  folded(node: Node, norm: Node): string[] {
    const { axis, bias: place } = FOLDABLE[node.op]!;
    const weight = node.inputs[1]!;
    const bias = node.inputs[place];
    const [, scale, shift, mean, variance] = norm.inputs as [string, string, string, string, string];
    const names = [`${weight}*${scale}`, `${weight}*${shift}`] as const;
    const inputs = [...node.inputs];
    [inputs[1], inputs[place]] = names;
    if (this.#stored.has(names[0])) return inputs;
    this.#stored.add(names[0]);

    const s = Float64Array.from(this.#fetch(scale));
    const v = this.#fetch(variance);
    const epsilon = norm.attributes.epsilon as number;
    for (let c = 0; c < s.length; c++) s[c]! /= Math.sqrt(v[c]! + epsilon);

    const b = bias ? this.#fetch(bias) : undefined;
    const m = this.#fetch(mean);
    const t = this.#fetch(shift);
    const moved = Float32Array.from(s, (sc, c) => ((b?.[c] ?? 0) - m[c]!) * sc + t[c]!);
    const { shape } = this.#shapes.get(weight)!;
    this.graph.defer(() => scaled(this.#fetch(weight), s, shape, axis), shape, names[0]);
    this.graph.constant(moved, [s.length], names[1]);
    return inputs;
  }
}

/** Weights times a number for each place of one axis. */
function scaled(w: Float32Array, by: Float64Array, shape: readonly number[], axis: number): Float32Array {
  const out = new Float32Array(w.length);
  // Elements that share a place come in runs of `run`, one place after the other.
  const run = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  for (let start = 0, c = 0; start < w.length; start += run, c = c + 1 === by.length ? 0 : c + 1) {
    const s = by[c]!;
    for (let i = start; i < start + run; i++) out[i] = w[i]! * s;
  }
  return out;
}
