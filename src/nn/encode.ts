/** The wire format of ONNX files, by protobufjs; fields that `proto.ts` does not know are dropped on reading. */
import protobuf from "protobufjs/light.js";
import { type DeferredBytes, type ModelProto, tensorBytes } from "./proto.js";

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
const MAX_MODEL_BYTES = 2 ** 31 - 1;
/** What is left for the graph itself, which takes kilobytes. */
const GRAPH_BYTES = 2 ** 20;

const weightBytes = ({ graph }: ModelProto): number =>
  (graph?.initializer ?? []).reduce((sum, tensor) => sum + tensorBytes(tensor), 0);

/** Whether one ONNX file can hold the model: such a file has less than 2 GB. */
export const fitsOneFile = (model: ModelProto): boolean =>
  weightBytes(model) <= MAX_MODEL_BYTES - GRAPH_BYTES;

/**
 * The bytes of an ONNX file. The same object always gives the same bytes.
 *
 * @throws {RangeError} when it would be 2 GB or more: see `encodeExternal`.
 */
export function encodeModel(model: ModelProto): Uint8Array {
  const pieces = piecesOf(model);
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + lengthOf(piece), 0));
  let end = 0;
  for (const piece of pieces) {
    bytes.set(bytesOf(piece), end);
    end += lengthOf(piece);
  }
  return bytes;
}

/**
 * The bytes of an ONNX file in pieces, to be written one after the other: weights are made when it is their turn, so
 * that a file of any size takes the memory of its largest tensors.
 *
 * @throws {RangeError} when it would be 2 GB or more: see `encodeExternal`.
 *
 * @example
 * await writeFile("resnet50.onnx", encodePieces(buildBackbone("resnet50").model(source)));
 */
export function encodePieces(model: ModelProto): Iterable<Uint8Array> {
  return inTurn(piecesOf(model));
}

/** Bytes, or what makes them. */
export type Piece = Uint8Array | DeferredBytes;
const lengthOf = (piece: Piece): number => (piece instanceof Uint8Array ? piece.length : piece.bytes);
const bytesOf = (piece: Piece): Uint8Array => (piece instanceof Uint8Array ? piece : piece.make());

/** Makes each piece when it is asked for. */
export function inTurn(pieces: readonly Piece[]): Iterable<Uint8Array> {
  return {
    *[Symbol.iterator]() {
      for (const piece of pieces) yield bytesOf(piece);
    },
  };
}

/** What a file consists of, one after the other. Weights are neither copied nor made here: they are most of it. */
function piecesOf(whole: ModelProto): Piece[] {
  if (!fitsOneFile(whole))
    throw new RangeError(
      `Cannot write "${whole.graph?.name ?? "a model"}" as one file: its weights take ${weightBytes(whole)} bytes and an ONNX file holds less than ${MAX_MODEL_BYTES}; keep them in a second file (encodeExternal)`,
    );
  const { graph, ...model } = whole;
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
