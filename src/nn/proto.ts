/**
 * ONNX files as plain objects: the subset of onnx.proto (IR version 10, https://github.com/onnx/onnx, Apache-2.0)
 * that graphs with weights need. `encode.ts` writes and reads them.
 */

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

/** The same tensor with its bytes made. */
export function made({ deferred, ...tensor }: TensorProto): TensorProto {
  return deferred ? { ...tensor, rawData: deferred.make() } : tensor;
}

/** The bytes of a tensor that would be inside the file. */
export const tensorBytes = ({ rawData, deferred }: TensorProto): number =>
  rawData?.length ?? deferred?.bytes ?? 0;
