/** The weights beside a TensorFlow.js model.json: shards that follow each other, described by a manifest. */
import { sizeOf, type Tensor } from "./_tensor.js";
import { fromHalf } from "./fp16.js";

interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: { readonly dtype: string; readonly scale?: number; readonly min?: number };
}

export interface Manifest {
  readonly weightsManifest: readonly {
    readonly paths: readonly string[];
    readonly weights: readonly Entry[];
  }[];
}

/**
 * All weights by name.
 *
 * @param bytes All shards of all groups, joined in the manifest's order.
 */
export function readWeights(manifest: Manifest, bytes: Uint8Array): Map<string, Tensor> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const weights = new Map<string, Tensor>();
  let offset = 0;
  for (const { name, shape, dtype, quantization } of manifest.weightsManifest.flatMap(
    (group) => group.weights,
  )) {
    const stored = quantization?.dtype ?? dtype;
    const type = STORED[stored];
    if (!type) throw new Error(`Cannot read the weight "${name}": unknown type "${stored}"`);
    const data = dtype === "int32" ? new Int32Array(sizeOf(shape)) : new Float32Array(sizeOf(shape));
    const { scale = 1, min = 0 } = quantization ?? {};
    for (let i = 0; i < data.length; i++, offset += type.bytes) {
      const value = type.read(view, offset);
      // TensorFlow.js dequantises in double precision and stores the result as float32.
      data[i] = quantization ? value * scale + min : value;
    }
    weights.set(name, { shape, data });
  }
  if (offset !== bytes.length)
    throw new Error(`Cannot read the weights: the manifest describes ${offset} bytes, got ${bytes.length}`);
  return weights;
}

interface Stored {
  readonly bytes: number;
  read(view: DataView, offset: number): number;
}

const STORED: Readonly<Record<string, Stored | undefined>> = {
  float32: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  int32: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  float16: { bytes: 2, read: (view, at) => fromHalf(view.getUint16(at, true)) },
  uint16: { bytes: 2, read: (view, at) => view.getUint16(at, true) },
  uint8: { bytes: 1, read: (view, at) => view.getUint8(at) },
};
