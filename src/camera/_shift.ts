/** How far a picture has moved as a whole: tried out on a very small one. */
import type { Grey } from "./_grey.js";

/** Shifts up to this share of each side are tried. */
const reach = 0.3;
/** Standing still is believed unless another shift leaves less than this share of the difference. */
const better = 0.9;

/** The shift, in whole pixels, after which two pictures of one size differ least, whatever their brightness. */
export function shiftBetween(from: Grey, to: Grey): readonly [x: number, y: number] {
  const farX = Math.floor(from.width * reach);
  const farY = Math.floor(from.height * reach);
  let shift: readonly [number, number] = [0, 0];
  let least = better * difference(from, to, 0, 0);
  for (let y = -farY; y <= farY; y++)
    for (let x = -farX; x <= farX; x++) {
      const d = difference(from, to, x, y);
      if (d >= least) continue;
      least = d;
      shift = [x, y];
    }
  return shift;
}

/** The variance of the difference of brightness where the pictures overlap. */
function difference({ width, height, data: a }: Grey, { data: b }: Grey, dx: number, dy: number): number {
  const x0 = Math.max(0, -dx);
  const x1 = Math.min(width, width - dx);
  const y0 = Math.max(0, -dy);
  const y1 = Math.min(height, height - dy);
  const n = (x1 - x0) * (y1 - y0);
  let sum = 0;
  let squares = 0;
  for (let y = y0; y < y1; y++) {
    const end = y * width + x1;
    for (let at = y * width + x0, other = at + dy * width + dx; at < end; at++, other++) {
      const d = a[at] - b[other];
      sum += d;
      squares += d * d;
    }
  }
  return (squares - (sum * sum) / n) / n;
}
