/** An ONNX graph without its weights: what looking at a network needs. */

import { ModelError } from "../../errors.js";

/** A tensor that the file stores. */
export interface Stored {
  readonly name: string;
  /** Element type by its number in onnx.proto. */
  readonly type: number;
  readonly shape: readonly number[];
  /** Its numbers, where there are few. */
  readonly data?: readonly number[];
  /** Whether it is learnt, where that is known: a file cannot tell a constant of the architecture from a weight. */
  readonly learnt?: boolean;
}

/** Value of an attribute: the field that is there is its kind. */
export interface Attribute {
  readonly i?: number;
  readonly f?: number;
  readonly s?: string;
  readonly ints?: readonly number[];
  readonly floats?: readonly number[];
  readonly t?: Stored;
  readonly g?: PlainGraph;
}

/** An operator with the names of what it takes and gives; "" is absent. */
export interface PlainNode {
  readonly name: string;
  readonly op: string;
  /** "" and "ai.onnx" are ONNX's own operators. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

/** A value as the file declares it; a dimension without number has a name, "?" where it has none. */
export interface Declared {
  readonly name: string;
  /** What it is called outside. @default name */
  readonly port?: string;
  readonly type: number;
  readonly shape?: readonly (number | string)[];
}

/** Nodes with what they use. */
export interface PlainGraph {
  readonly name: string;
  readonly nodes: readonly PlainNode[];
  readonly stored: readonly Stored[];
  readonly inputs: readonly Declared[];
  readonly outputs: readonly Declared[];
  /** What the file says of values inside. */
  readonly inner: readonly Declared[];
}

/** A graph with what the file says about itself. */
export interface PlainModel {
  readonly graph: PlainGraph;
  /** Version of ONNX's own operators; undefined where the file does not say. */
  readonly opset?: number;
  readonly producer: string;
}

/** More numbers than this are weights, and no shape, index list or set of scales. */
export const FEW = 1024;

/** No shape has more sides. */
export const MAX_RANK = 64;

/** What is said of a file, in one line whatever its names hold. */
export function complaint(file: string, why: string, cause?: unknown): ModelError {
  const line = why.replaceAll(/\p{Cc}+/gu, " ");
  return new ModelError(
    `Cannot inspect "${file}": ${line.length > 300 ? `${line.slice(0, 300)}...` : line}`,
    { cause },
  );
}

/** Element types: ONNX's name and the size in bytes; strings have none. onnx.proto, TensorProto.DataType. */
const TYPES: Readonly<Record<number, readonly [name: string, bytes: number]>> = {
  1: ["float32", 4],
  2: ["uint8", 1],
  3: ["int8", 1],
  4: ["uint16", 2],
  5: ["int16", 2],
  6: ["int32", 4],
  7: ["int64", 8],
  8: ["string", 0],
  9: ["bool", 1],
  10: ["float16", 2],
  11: ["float64", 8],
  12: ["uint32", 4],
  13: ["uint64", 8],
  14: ["complex64", 8],
  15: ["complex128", 16],
  16: ["bfloat16", 2],
  17: ["float8e4m3fn", 1],
  18: ["float8e4m3fnuz", 1],
  19: ["float8e5m2", 1],
  20: ["float8e5m2fnuz", 1],
  21: ["uint4", 0.5],
  22: ["int4", 0.5],
  23: ["float4e2m1", 0.5],
};

export const FLOAT = 1;
export const UINT8 = 2;
export const INT32 = 6;
export const INT64 = 7;
export const BOOL = 9;

/** "float32", or "unknown". */
export const typeName = (type: number): string => TYPES[type]?.[0] ?? "unknown";

/** Size of one element in bytes; undefined for a type that is not known. */
export const bytesPerElement = (type: number): number | undefined => TYPES[type]?.[1];
