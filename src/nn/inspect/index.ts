/** Looks into a network without running it: shapes, parameters, work, memory and receptive fields, layer by layer. */
import type { Field } from "../_windows.js";
import type { Dim } from "../graph.js";
import { Network } from "../network.js";
import { bytesPerElement, complaint, type Declared, type PlainModel, typeName } from "./_graph.js";
import { bytesOf, type Findings, infer, type Scope } from "./_infer.js";
import { peak } from "./_memory.js";
import { plainNetwork } from "./_network.js";
import { label } from "./_order.js";
import { readModel } from "./_read.js";
import { sized } from "./_sized.js";
import { count, type Value } from "./_values.js";
import type { ByteSource } from "./_wire-reader.js";

export type { ByteSource } from "./_wire-reader.js";

/** An input, an output or a result inside. A side without number has a name, "?" where it depends on the data. */
export interface InspectedValue {
  readonly name: string;
  /** "float32", "int64", ...; "unknown" where that is not known. */
  readonly type: string;
  /** Undefined where not even the number of sides is known. */
  readonly shape?: readonly Dim[];
}

/** One node of the graph. */
export interface InspectedLayer {
  readonly name: string;
  /** ONNX operator. */
  readonly op: string;
  readonly results: readonly InspectedValue[];
  /** Learnt numbers that appear here first; running means and variances do not count. */
  readonly parameters: number;
  /** Multiply-accumulates of convolutions and matrix products in one run; undefined where sizes are missing. */
  readonly macs?: number;
  /** The same for each row, where the number of rows depends on the data. */
  readonly macsPerRow?: number;
  /** Of the results. Undefined where sizes are missing. */
  readonly bytes?: number;
  /** The part of the image that one number sees, and the step between neighbours. Undefined: all of it, or unknown. */
  readonly field?: Field;
}

/** Sums over a network. */
export interface InspectedTotals {
  readonly parameters: number;
  /** Bytes of all stored tensors. */
  readonly weightBytes: number;
  /** Of the layers whose sizes are known, in one run. */
  readonly macs: number;
  /** For each row of what the data decides the number of, such as proposals. */
  readonly macsPerRow: number;
  /** Of all results, one after the other. */
  readonly activationBytes: number;
  /** Most bytes of results that are needed at one time, each kept until its last use and none written over another. */
  readonly peakBytes: number;
  /** The layer that runs then. */
  readonly peakAt?: string;
  /** Layers whose results have a side without number: they are not in the sums of bytes. */
  readonly unsized: number;
  /** Layers whose multiply-accumulates are not known. */
  readonly uncounted: number;
}

/** All that is said about a network. */
export interface Inspection {
  readonly name: string;
  readonly producer?: string;
  readonly opset?: number;
  readonly inputs: readonly InspectedValue[];
  readonly outputs: readonly InspectedValue[];
  /** In running order. Nodes that compute the same in every run, such as sizes from shapes, are left out. */
  readonly layers: readonly InspectedLayer[];
  readonly totals: InspectedTotals;
  /** Operators that are not known here, with how often they occur: shapes after them may be missing. */
  readonly unknown: Readonly<Record<string, number>>;
}

/** How a network is looked at. */
export interface InspectOptions {
  /** What it is called, in messages too. @default the name of the graph */
  readonly name?: string;
  /** Height and width of the image, where the network leaves them open. @default as it says */
  readonly size?: readonly [height: number, width: number];
}

/**
 * Looks into a network: one that was built here, or the bytes of any ONNX file. Shapes follow from the operators;
 * nothing is run, no weights are read and a file of any size takes little memory. Images come one at a time where
 * the network leaves that open.
 *
 * @throws {ModelError} one line, where the bytes are no ONNX model or contradict themselves.
 * @throws {RangeError} for a size that the network does not take.
 * @example
 * const { totals, layers } = inspect(buildBackbone("vgg16"));
 * totals.parameters; // 138357544
 * layers.find((l) => l.name === "features.28")!.field!.size; // [196, 196]
 */
export function inspect(
  source: Network | Uint8Array | ByteSource,
  { name, size }: InspectOptions = {},
): Inspection {
  const called = name ?? (source instanceof Network ? source.name : "model");
  const model =
    source instanceof Network
      ? plainNetwork(source)
      : readModel(source instanceof Uint8Array ? bytesSource(source) : source, called);
  const stored = new Set(model.graph.stored.map((s) => s.name));
  const inputs = sized(
    model.graph.inputs.filter((input) => !stored.has(input.name)),
    size,
  );
  const found: Findings = { steps: [], unknown: new Map() };
  const scope: Scope = { values: new Map(inputs.map((input) => [input.name, inputValue(input)])) };
  try {
    infer(model.graph, scope, model.opset ?? LATEST, found);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw complaint(called, cause.message, cause);
  }
  const outputs = model.graph.outputs.map(({ name: output }) => scope.values.get(output));
  const missing = outputs.indexOf(undefined);
  if (missing >= 0)
    throw complaint(called, `nothing gives its output "${model.graph.outputs[missing]!.name}"`);
  const layers = found.steps.map(
    ({ node, results, parameters, work }): InspectedLayer => ({
      name: label(node),
      op: node.op,
      results: results.map((value, k) => told(node.outputs[k]!, value)),
      parameters,
      ...(work && (work.perRow ? { macsPerRow: work.macs } : { macs: work.macs })),
      ...(results.every((v) => bytesOf(v) !== undefined) && { bytes: sum(results.map((v) => bytesOf(v)!)) }),
      ...(results[0]?.field && { field: results[0].field }),
    }),
  );
  const { bytes, at } = peak(found.steps, scope, {
    inputs: inputs.map((i) => i.name),
    outputs: model.graph.outputs.map((o) => o.name),
  });
  return {
    name: called,
    ...(model.producer && { producer: model.producer }),
    ...(model.opset !== undefined && { opset: model.opset }),
    inputs: inputs.map((input) => told(input.name, inputValue(input))),
    outputs: model.graph.outputs.map((output, k) => told(output.port ?? output.name, outputs[k]!)),
    layers,
    totals: {
      parameters: sum(layers.map((l) => l.parameters)),
      weightBytes: weightBytes(model),
      macs: sum(layers.map((l) => l.macs ?? 0)),
      macsPerRow: sum(layers.map((l) => l.macsPerRow ?? 0)),
      activationBytes: sum(layers.map((l) => l.bytes ?? 0)),
      peakBytes: bytes,
      ...(at && { peakAt: label(at) }),
      unsized: layers.filter((l) => l.bytes === undefined).length,
      uncounted: layers.filter((l) => l.macs === undefined && l.macsPerRow === undefined).length,
    },
    unknown: Object.fromEntries(found.unknown),
  };
}

/** Stands in where a file does not say which version of the operators it uses. */
const LATEST = 17;

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read(target, position) {
      const part = bytes.subarray(position, position + target.length);
      target.set(part);
      return part.length;
    },
  };
}

/** An image sees itself: its receptive field is one pixel. */
function inputValue({ type, shape }: Declared): Value {
  const isImage = shape?.length === 4 && bytesPerElement(type) !== undefined;
  return {
    type,
    shape,
    ...(isImage && { field: { size: [1, 1], jump: [1, 1] } }),
    constant: false,
    unused: 0,
  };
}

const told = (name: string, { type, shape }: Value): InspectedValue => ({
  name,
  type: typeName(type),
  ...(shape && { shape }),
});

function weightBytes({ graph }: PlainModel): number {
  return sum(graph.stored.map(({ type, shape }) => Math.ceil((bytesPerElement(type) ?? 0) * count(shape)!)));
}
