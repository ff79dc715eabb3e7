/**
 * Overlap of boxes in flat arrays: box `i` is `[x1, y1, x2, y2]` at `4 * i`. Everything here is in Float64:
 * with Float32 boxes a large part of the decisions at an exact threshold come out differently.
 */

/**
 * Intersection over union of box `i` of `a` and box `j` of `b`, 0..1; 0 where both are empty.
 *
 * @example
 * iou(Float64Array.of(10, 20, 110, 220), 0, Float64Array.of(30, 40, 130, 180), 0); // 0.4912...
 */
export function iou(a: Float64Array, i: number, b: Float64Array, j: number): number {
  const p = 4 * i;
  const q = 4 * j;
  const ax1 = a[p];
  const ay1 = a[p + 1];
  const ax2 = a[p + 2];
  const ay2 = a[p + 3];
  const bx1 = b[q];
  const by1 = b[q + 1];
  const bx2 = b[q + 2];
  const by2 = b[q + 3];
  const w = Math.min(ax2, bx2) - Math.max(ax1, bx1);
  if (w <= 0) return 0;
  const h = Math.min(ay2, by2) - Math.max(ay1, by1);
  if (h <= 0) return 0;
  const inter = w * h;
  const union = (ax2 - ax1) * (ay2 - ay1) + (bx2 - bx1) * (by2 - by1) - inter;
  return union > 0 ? inter / union : 0;
}

/**
 * IoU of every one of the first `n` boxes of `a` with every one of the first `m` of `b`.
 *
 * @param out where to write, at least `n * m` long; a new array by default
 * @returns row-major `n * m`
 * @throws {RangeError} when an array is shorter than the count says
 * @example
 * iouMatrix(truth, truth.length / 4, found, found.length / 4);
 */
export function iouMatrix(
  a: Float64Array,
  n: number,
  b: Float64Array,
  m: number,
  out: Float64Array = new Float64Array(n * m),
): Float64Array {
  if (a.length < 4 * n) throw new RangeError(`Cannot compare ${n} boxes: the array holds ${a.length / 4}`);
  if (b.length < 4 * m) throw new RangeError(`Cannot compare ${m} boxes: the array holds ${b.length / 4}`);
  if (out.length < n * m)
    throw new RangeError(`Cannot write ${n} x ${m} overlaps into ${out.length} numbers`);
  for (let i = 0, k = 0; i < n; i++) {
    for (let j = 0; j < m; j++, k++) out[k] = iou(a, i, b, j);
  }
  return out;
}
