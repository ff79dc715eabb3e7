/** Weights on their way from one format to another: a shape and its numbers, row-major. */

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Axis `i` of the result is axis `order[i]` of `tensor`. */
export function transpose<T extends Tensor>(tensor: T, order: readonly number[]): T {
  const shape = order.map((axis) => tensor.shape[axis]!);
  const strides = tensor.shape.map((_, axis) => sizeOf(tensor.shape.slice(axis + 1)));
  const steps = order.map((axis) => strides[axis]!);
  const data = tensor.data.slice();
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < data.length; to++) {
    data[to] = tensor.data[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= steps[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return { ...tensor, shape, data };
}

/** The order that undoes `order`. */
export function inverse(order: readonly number[]): number[] {
  const result = order.map(() => 0);
  order.forEach((axis, i) => {
    result[axis] = i;
  });
  return result;
}

/** Numbers that must be float32, such as a convolution's weights. */
export function floats(tensor: Tensor): Float32Array {
  if (tensor.data instanceof Float32Array) return tensor.data;
  throw new TypeError(`expected float32 numbers of shape [${tensor.shape}], got int32`);
}
