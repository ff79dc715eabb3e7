/**
 * A network under construction: tensors know their shapes, parameters their published names, and no weight is needed
 * before the network is written. Layers are functions of it (`layers.ts`, `pools.ts`, ...).
 */

import { type EncodeOptions, lower } from "./_lower.js";
import { type Field, union } from "./_windows.js";
import { encodeModel } from "./encode.js";
import type { Attributes, Dim } from "./graph.js";
import type { DataTypeName, ModelProto } from "./proto.js";

/** A value inside a network. Images are [batch, channels, height, width]; a dimension may be a name. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly Dim[];
  /** The part of the input that one element sees; undefined where it sees all of it or where that is unknown. */
  readonly field?: Field;
}

/** What a parameter does; mean and variance are statistics that training does not learn directly. */
export type Role = "weight" | "bias" | "scale" | "shift" | "mean" | "variance" | "other";

/** A stored tensor of a network, named as in the published state dict. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly role: Role;
  /** Set where training leaves it alone: it does not count as learnt. */
  readonly frozen?: boolean;
}

/** Gives the values of a parameter, row-major. Called once per parameter and encoding. */
export type WeightSource = (name: string, shape: readonly number[], role: Role) => Float32Array;

/** One row of the layer table. */
export interface Layer {
  readonly name: string;
  /** ONNX operator. */
  readonly op: string;
  readonly shape: readonly Dim[];
  /** Learnt numbers that appear here first; running means and variances do not count. */
  readonly parameters: number;
  /** Multiply-accumulates of convolutions and fully connected layers per image; undefined for a size without number. */
  readonly macs: number | undefined;
  readonly field?: Field;
}

/** How a node is added with `Network.op`. */
export interface OpOptions {
  /** Last part of its name. @default the operator in lower case, numbered */
  readonly name?: string;
  readonly attributes?: Attributes;
  /** @default the union of the inputs' fields */
  readonly field?: Field | undefined;
  /** @default 0 */
  readonly macs?: number | undefined;
  /** The first version of the ONNX operators that has it. @default the network's */
  readonly since?: number;
}

/** A node before it is written. */
export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

/** A constant that is part of the architecture: indices, axes, anchors. */
export interface Constant {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array | Uint8Array;
}

/** A declared input or output. */
export interface Port {
  readonly name: string;
  readonly value: string;
  readonly type: DataTypeName;
  readonly shape: readonly Dim[];
}

/**
 * Collects layers. The names of parameters are paths: the scopes around a layer, then its own name.
 *
 * @example
 * const g = new Network("tiny");
 * let x = g.input("input", ["batch", 3, 224, 224]);
 * x = g.scope("stem", () => relu(g, conv(g, "conv1", x, { out: 64, kernel: 7, stride: 2, pad: 3 })));
 * g.output("features", x); // float32 [batch, 64, 112, 112]
 * const bytes = g.encode((name, shape) => weights[name]); // "stem.conv1.weight", [64, 3, 7, 7]
 */
export class Network {
  readonly #scopes: string[] = [];
  readonly #parameters = new Map<string, Parameter>();
  readonly #names = new Set<string>();
  readonly #pending: Parameter[] = [];
  readonly #stored = new Set<string>();
  #opset: number;
  readonly nodes: Node[] = [];
  readonly constants: Constant[] = [];
  readonly inputs: Port[] = [];
  readonly outputs: Port[] = [];
  /** The layer table, in order. */
  readonly layers: Layer[] = [];

  /** `opset` is the version of the ONNX operators that the network is written in, at least. */
  constructor(
    readonly name: string,
    opset = 17,
  ) {
    this.#opset = opset;
  }

  /** The version of the ONNX operators that the network needs. */
  get opset(): number {
    return this.#opset;
  }

  /** The parameter table, in order of first use. */
  get parameters(): readonly Parameter[] {
    return [...this.#parameters.values()];
  }

  /** Number of learnt numbers: running means and variances and what is frozen do not count. */
  get parameterCount(): number {
    return this.parameters.reduce((sum, p) => sum + learnt(p), 0);
  }

  /** Multiply-accumulates of convolutions and fully connected layers per image; undefined with unknown sizes. */
  get macs(): number | undefined {
    return this.layers.reduce<number | undefined>(
      (sum, { macs }) => (sum === undefined || macs === undefined ? undefined : sum + macs),
      0,
    );
  }

  /** Declares an input. A float image sees itself: its receptive field is one pixel. */
  input(name: string, shape: readonly Dim[], type: DataTypeName = "float"): Tensor {
    this.#names.add(name);
    this.inputs.push({ name, value: name, type, shape });
    return shape.length === 4 ? { name, shape, field: { size: [1, 1], jump: [1, 1] } } : { name, shape };
  }

  /** Declares a value as an output. */
  output(name: string, value: Tensor, type: DataTypeName = "float"): void {
    this.outputs.push({ name, value: value.name, type, shape: value.shape });
  }

  /** Runs `build` with `name` in front of every name that it gives, and returns what it returns. */
  scope<T>(name: string, build: () => T): T {
    this.#scopes.push(name);
    try {
      return build();
    } finally {
      this.#scopes.pop();
    }
  }

  /** The full name of something here. */
  path(name: string): string {
    return [...this.#scopes, name].join(".");
  }

  /**
   * A stored tensor. The same name again is the same parameter: a module that is called twice shares its weights.
   *
   * @throws {RangeError} when the name was used with another shape or role.
   */
  parameter(name: string, shape: readonly number[], role: Role, frozen = false): Tensor {
    const path = this.path(name);
    const known = this.#parameters.get(path);
    if (known && (String(known.shape) !== String(shape) || known.role !== role))
      throw new RangeError(
        `Cannot share "${path}": it is ${known.role} [${known.shape}], asked for ${role} [${shape}]`,
      );
    if (!known) {
      const parameter = { name: path, shape, role, ...(frozen && { frozen }) };
      this.#parameters.set(path, parameter);
      this.#pending.push(parameter);
      this.#stored.add(path);
    }
    return { name: path, shape };
  }

  /** A constant of the architecture; a bare number is a scalar. Numbers become float32. */
  floats(values: number | ArrayLike<number>, shape?: readonly number[]): Tensor {
    const data = typeof values === "number" ? Float32Array.of(values) : Float32Array.from(values);
    return this.#constant(data, shape ?? (typeof values === "number" ? [] : [data.length]));
  }

  /** int64 numbers, as shapes, axes and indices are; a bare number is a scalar. */
  ints(values: number | readonly number[]): Tensor {
    const list = typeof values === "number" ? [values] : values;
    return this.#constant(BigInt64Array.from(list, BigInt), typeof values === "number" ? [] : [list.length]);
  }

  #constant(data: Constant["data"], shape: readonly number[]): Tensor {
    const name = this.#unique(this.path("constant"));
    this.constants.push({ name, shape, data });
    this.#stored.add(name);
    return { name, shape };
  }

  /** Appends any ONNX operator with one output of a known shape; the empty string stands for an absent input. */
  op(op: string, inputs: readonly (Tensor | "")[], shape: readonly Dim[], options: OpOptions = {}): Tensor {
    return this.opMany(op, inputs, [shape], options)[0]!;
  }

  /** Appends any ONNX operator with one output per given shape. */
  opMany(
    op: string,
    inputs: readonly (Tensor | "")[],
    shapes: readonly (readonly Dim[])[],
    options: OpOptions = {},
  ): Tensor[] {
    this.#opset = Math.max(this.#opset, options.since ?? 0);
    const stem = this.path(options.name ?? op.toLowerCase());
    const outputs = shapes.map((shape) => {
      const seen = inputs.filter((x): x is Tensor => x !== "" && !this.#stored.has(x.name));
      const field = "field" in options ? options.field : union(seen.map((x) => x.field));
      return { name: this.#unique(stem), shape, ...(field && { field }) };
    });
    this.nodes.push({
      op,
      inputs: inputs.map((x) => (x === "" ? "" : x.name)),
      outputs: outputs.map((x) => x.name),
      attributes: options.attributes ?? {},
    });
    const { name, shape, field } = outputs[0]!;
    const parameters = this.#pending.splice(0).reduce((sum, p) => sum + learnt(p), 0);
    const macs = "macs" in options ? options.macs : 0;
    this.layers.push({ name, op, shape, parameters, macs, ...(field && { field }) });
    return outputs;
  }

  #unique(stem: string): string {
    let name = stem;
    for (let n = 2; this.#names.has(name); n++) name = `${stem}_${n}`;
    this.#names.add(name);
    return name;
  }

  /**
   * The finished model, with weights from `source`. Batch norms are folded into the layers before them, in float64,
   * and layers that no output needs are left out. Large weights are asked for when the model is written
   * (`encodePieces`, `writeModel`): the source must last until then.
   *
   * @throws {RangeError} when the source gives an array that does not fill the shape.
   */
  model(source: WeightSource, options?: EncodeOptions): ModelProto {
    return lower(this, source, options);
  }

  /** The finished model as the bytes of an ONNX file; see `model`. Little more than the file is held in memory. */
  encode(source: WeightSource, options?: EncodeOptions): Uint8Array {
    return encodeModel(this.model(source, options));
  }
}

const learnt = ({ shape, role, frozen }: Parameter): number =>
  frozen || role === "mean" || role === "variance" ? 0 : shape.reduce((a, b) => a * b, 1);
