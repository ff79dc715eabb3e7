/** What goes into and comes out of a session. */

export interface TensorData {
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly uint8: Uint8Array;
  readonly int32: Int32Array;
  readonly int64: BigInt64Array;
}
export type TensorType = keyof TensorData;

/** Row-major numbers with a shape; `data.length` is the product of `dims`. */
export interface Tensor<T extends TensorType = TensorType> {
  readonly type: T;
  readonly dims: readonly number[];
  readonly data: TensorData[T];
}

/** An input or output of a model as the file declares it; a dynamic dimension is its name. */
export interface TensorInfo {
  readonly name: string;
  /** ONNX Runtime's name of the element type: "float32", "int64", ... */
  readonly type: string;
  readonly dims: readonly (number | string)[];
}

/** `float32[1,3,height,width]`, as messages show it. */
export const formatInfo = (info: { readonly type: string; readonly dims: TensorInfo["dims"] }): string =>
  `${info.type}[${info.dims.join(",")}]`;
