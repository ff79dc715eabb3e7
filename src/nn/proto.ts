/**
 * ONNX files as plain objects: the subset of onnx.proto (IR version 10, https://github.com/onnx/onnx, Apache-2.0)
 * that graphs with weights need. protobufjs does the wire format; unknown fields are dropped on reading.
 */
import protobuf from "protobufjs/light.js";

/** TensorProto.DataType, the ones in use. */
export const DataType = {
  float: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  double: 11,
} as const;
export type DataTypeName = keyof typeof DataType;

/** AttributeProto.AttributeType, the ones in use. */
export const AttributeType = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
} as const;

/** A stored tensor: `rawData` little-endian, or one of the typed lists. */
export interface TensorProto {
  dims?: number[];
  dataType?: number;
  floatData?: number[];
  int32Data?: number[];
  int64Data?: number[];
  name?: string;
  rawData?: Uint8Array;
  doubleData?: number[];
  externalData?: { key: string; value: string }[];
  /** 1 where the bytes lie in another file, named in `externalData`. */
  dataLocation?: number;
  /** In place of `rawData`: bytes that are made when they are written. */
  deferred?: DeferredBytes;
}

/** So many bytes, made when they are needed. */
export interface DeferredBytes {
  readonly bytes: number;
  make(): Uint8Array;
}

/** A named attribute; `type` says which field holds the value. */
export interface AttributeProto {
  name: string;
  f?: number;
  i?: number;
  s?: Uint8Array;
  t?: TensorProto;
  g?: GraphProto;
  floats?: number[];
  ints?: number[];
  strings?: Uint8Array[];
  type?: number;
}

/** One operator with the names of what it takes and gives. */
export interface NodeProto {
  input?: string[];
  output?: string[];
  name?: string;
  opType: string;
  domain?: string;
  attribute?: AttributeProto[];
}

/** Name, element type and shape of a value. */
export interface ValueInfoProto {
  name: string;
  type?: { tensorType?: { elemType?: number; shape?: { dim?: { dimValue?: number; dimParam?: string }[] } } };
}

/** The nodes in order, with the weights they use. */
export interface GraphProto {
  node?: NodeProto[];
  name?: string;
  initializer?: TensorProto[];
  input?: ValueInfoProto[];
  output?: ValueInfoProto[];
  valueInfo?: ValueInfoProto[];
}

/** A whole ONNX file. */
export interface ModelProto {
  irVersion?: number;
  opsetImport?: { domain?: string; version?: number }[];
  producerName?: string;
  producerVersion?: string;
  docString?: string;
  graph?: GraphProto;
  metadataProps?: { key: string; value: string }[];
}

type FieldSpec = readonly [id: number, type: string, repeated?: boolean];

// Proto2 semantics with packed numbers where onnx.proto packs them.
const MESSAGES: Readonly<Record<string, Readonly<Record<string, FieldSpec>>>> = {
  Entry: { key: [1, "string"], value: [2, "string"] },
  Tensor: {
    dims: [1, "int64", true],
    dataType: [2, "int32"],
    floatData: [4, "float", true],
    int32Data: [5, "int32", true],
    int64Data: [7, "int64", true],
    name: [8, "string"],
    rawData: [9, "bytes"],
    doubleData: [10, "double", true],
    externalData: [13, "Entry", true],
    dataLocation: [14, "int32"],
  },
  Attribute: {
    name: [1, "string"],
    f: [2, "float"],
    i: [3, "int64"],
    s: [4, "bytes"],
    t: [5, "Tensor"],
    g: [6, "Graph"],
    floats: [7, "float", true],
    ints: [8, "int64", true],
    strings: [9, "bytes", true],
    type: [20, "int32"],
  },
  Node: {
    input: [1, "string", true],
    output: [2, "string", true],
    name: [3, "string"],
    opType: [4, "string"],
    attribute: [5, "Attribute", true],
    domain: [7, "string"],
  },
  Dimension: { dimValue: [1, "int64"], dimParam: [2, "string"] },
  Shape: { dim: [1, "Dimension", true] },
  TensorType: { elemType: [1, "int32"], shape: [2, "Shape"] },
  Type: { tensorType: [1, "TensorType"] },
  ValueInfo: { name: [1, "string"], type: [2, "Type"] },
  Graph: {
    node: [1, "Node", true],
    name: [2, "string"],
    initializer: [5, "Tensor", true],
    input: [11, "ValueInfo", true],
    output: [12, "ValueInfo", true],
    valueInfo: [13, "ValueInfo", true],
  },
  OpsetId: { domain: [1, "string"], version: [2, "int64"] },
  Model: {
    irVersion: [1, "int64"],
    producerName: [2, "string"],
    producerVersion: [3, "string"],
    docString: [6, "string"],
    graph: [7, "Graph"],
    opsetImport: [8, "OpsetId", true],
    metadataProps: [14, "Entry", true],
  },
};

function messageTypes(): protobuf.Root {
  const root = new protobuf.Root();
  for (const [name, fields] of Object.entries(MESSAGES)) {
    const type = new protobuf.Type(name);
    for (const [field, [id, of, repeated]] of Object.entries(fields))
      type.add(new protobuf.Field(field, id, of, repeated ? "repeated" : "optional"));
    root.add(type);
  }
  return root;
}

let cached: protobuf.Root | undefined;
function type(name: string): protobuf.Type {
  cached ??= messageTypes();
  return cached.lookupType(name);
}

/** Protobuf readers, ONNX Runtime's among them, refuse messages of 2 GB and more. */
export const MAX_MODEL_BYTES = 2 ** 31 - 1;

/** Bytes of the tensors that would be inside the file. */
export function weightBytes(model: ModelProto): number {
  return (model.graph?.initializer ?? []).reduce((sum, tensor) => sum + sizeOf(tensor), 0);
}

const sizeOf = ({ rawData, deferred }: TensorProto): number => rawData?.length ?? deferred?.bytes ?? 0;

/** The same model with all its bytes made. */
export function settle(model: ModelProto): ModelProto {
  const initializer = model.graph?.initializer?.map(({ deferred, ...tensor }) =>
    deferred ? { ...tensor, rawData: deferred.make() } : tensor,
  );
  return { ...model, graph: { ...model.graph, ...(initializer && { initializer }) } };
}

/**
 * The bytes of an ONNX file. The same object always gives the same bytes.
 *
 * @throws {RangeError} when it would be 2 GB or more: see `encodeExternal`.
 */
export function encodeModel(model: ModelProto): Uint8Array {
  const weights = weightBytes(model);
  // The rest of a graph takes kilobytes; it is given a megabyte here.
  if (weights > MAX_MODEL_BYTES - 2 ** 20)
    throw new RangeError(
      `Cannot write "${model.graph?.name ?? "a model"}" as one file: its weights take ${weights} bytes and an ONNX file holds less than ${MAX_MODEL_BYTES}; keep them in a second file (encodeExternal)`,
    );
  const pieces = piecesOf(model);
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + lengthOf(piece), 0));
  let end = 0;
  for (const piece of pieces) {
    bytes.set(piece instanceof Uint8Array ? piece : piece.make(), end);
    end += lengthOf(piece);
  }
  return bytes;
}

type Piece = Uint8Array | DeferredBytes;
const lengthOf = (piece: Piece): number => (piece instanceof Uint8Array ? piece.length : piece.bytes);

/** What a file consists of, one after the other. Weights are neither copied nor made here: they are most of it. */
function piecesOf({ graph, ...model }: ModelProto): Piece[] {
  const head = type("Model").encode(model).finish();
  if (!graph) return [head];
  const { initializer = [], ...rest } = graph;
  const tensors = initializer.flatMap(({ rawData, deferred, ...tensor }): Piece[] => {
    const bytes = rawData ?? deferred;
    const described = type("Tensor").encode(tensor).finish();
    return field(
      MESSAGES.Graph!.initializer![0],
      bytes ? [described, ...field(MESSAGES.Tensor!.rawData![0], [bytes])] : [described],
    );
  });
  return [head, ...field(MESSAGES.Model!.graph![0], [type("Graph").encode(rest).finish(), ...tensors])];
}

/** A field that has a length: its tag, the length, then what it is made of. */
function field(id: number, parts: readonly Piece[]): Piece[] {
  const length = parts.reduce((sum, part) => sum + lengthOf(part), 0);
  const tag = (id << 3) | 2;
  return [protobuf.Writer.create().uint32(tag).uint32(length).finish(), ...parts];
}

/**
 * Reads an ONNX file.
 *
 * @throws {SyntaxError} when the bytes are not an ONNX model or end early.
 */
export function decodeModel(bytes: Uint8Array): ModelProto {
  let model: ModelProto;
  try {
    model = type("Model").toObject(type("Model").decode(bytes), { longs: Number }) as ModelProto;
  } catch (cause) {
    throw new SyntaxError("not an ONNX model: the bytes do not decode", { cause });
  }
  if (!model.graph?.node?.length) throw new SyntaxError("not an ONNX model: it holds no graph");
  return model;
}
