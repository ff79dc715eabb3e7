import type { Embeddings } from "../types.js";

/**
 * Checks a frame's embeddings before anything is changed by them.
 *
 * @throws {RangeError} when there is not one row per detection, or a number is not finite
 */
export function checkEmbeddings({ count, dim, data }: Embeddings, detections: number): void {
  if (count !== detections)
    throw new RangeError(`Cannot track ${detections} detections with ${count} embeddings: expected one each`);
  if (!Number.isSafeInteger(dim) || dim < 1 || data.length < count * dim)
    throw new RangeError(`Cannot use ${count} embeddings of ${dim} numbers: ${data.length} numbers given`);
  // A sum is finite only if all its terms are; Float32 terms cannot overflow a Float64 sum.
  for (let row = 0; row < count; row++) {
    let sum = 0;
    for (let k = row * dim; k < (row + 1) * dim; k++) sum += data[k];
    if (!Number.isFinite(sum)) throw new RangeError(`Cannot use embedding ${row}: expected finite numbers`);
  }
}
