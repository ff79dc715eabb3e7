/**
 * Weights in a file of their own. One protobuf message ends at 2 GB, so larger models keep their tensors beside it
 * (https://onnx.ai/onnx/repo-docs/ExternalData.html).
 */
import { encodeModel, inTurn, type Piece } from "./encode.js";
import { type ModelProto, type TensorProto, tensorBytes } from "./proto.js";

/** Runtimes map the file into memory a page at a time. */
const PAGE = 4096;
/** Where a tensor's bytes are in another file. */
const EXTERNAL = 1;

/** How tensors are moved. */
export interface ExternalOptions {
  /** Tensors of fewer bytes stay in the model. @default 1024 */
  readonly minBytes?: number;
}

/** A model in two files. */
export interface ExternalModel {
  /** The ONNX file. */
  readonly model: Uint8Array;
  /** The weights file, in pieces to be written one after the other; each is made when it is its turn. */
  readonly data: Iterable<Uint8Array>;
}

/**
 * A model with its weights in a second file, called `location`, in the same folder. Tensors start at multiples of 4096
 * bytes.
 *
 * @throws {RangeError} when `location` is not a plain file name.
 * @example
 * const { model, data } = encodeExternal(network.model(source), "resnet50.onnx.data");
 * await writeFile("resnet50.onnx", model);
 * await writeFile("resnet50.onnx.data", data);
 */
export function encodeExternal(
  model: ModelProto,
  location: string,
  { minBytes = 1024 }: ExternalOptions = {},
): ExternalModel {
  if (location === "" || /[\\/]/.test(location) || location === "." || location === "..")
    throw new RangeError(`Cannot keep weights in "${location}": expected a file name without a folder`);
  if (!(minBytes >= 0)) throw new RangeError(`Cannot keep weights outside: minBytes is ${minBytes}`);
  const data: Piece[] = [];
  let end = 0;
  const initializer = (model.graph?.initializer ?? []).map((tensor): TensorProto => {
    const { rawData, deferred, ...rest } = tensor;
    const bytes = rawData ?? deferred;
    const length = tensorBytes(tensor);
    if (!bytes || length < minBytes) return tensor;
    const offset = Math.ceil(end / PAGE) * PAGE;
    if (offset > end) data.push(new Uint8Array(offset - end));
    data.push(bytes);
    end = offset + length;
    const entries = { location, offset, length };
    return {
      ...rest,
      dataLocation: EXTERNAL,
      externalData: Object.entries(entries).map(([key, value]) => ({ key, value: String(value) })),
    };
  });
  return { model: encodeModel({ ...model, graph: { ...model.graph, initializer } }), data: inTurn(data) };
}
