/** What every reader gives for one tensor. */
import type { ElementType } from "./_elements.js";

/** A tensor in a file of weights. */
export interface StoredTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: ElementType;
  /**
   * Its values, row-major, read from the file now.
   *
   * @throws {ModelError} when the file ends before them or was closed.
   */
  read(): Float32Array;
}

/** More axes than any layer has. */
export const MAX_RANK = 16;
/** More tensors than any network has; keeps the table of a crafted file small. */
export const MAX_TENSORS = 100_000;

/** Number of elements of a shape; undefined where it is no shape or the product is not exact. */
export function sizeOf(shape: readonly unknown[]): number | undefined {
  if (shape.length > MAX_RANK) return undefined;
  let size = 1;
  for (const side of shape) {
    if (typeof side !== "number" || !Number.isSafeInteger(side) || side < 0) return undefined;
    size *= side;
    if (!Number.isSafeInteger(size)) return undefined;
  }
  return size;
}
