/** Motions of the picture: maps of the plane that keep straight lines straight. */
import type { Affine } from "../types.js";

/** Coordinates further out are no pixels. */
const farthest = 1e9;
/** Nothing grows or shrinks more than this from one frame to the next. */
const most = 10;

/** What a motion must be, for messages. */
export const plausibleMotion = `two rows of finite numbers, factors within ${most}, shifts within ${farthest} pixels, an area scale from ${1 / most ** 2} on`;

/** Whether numbers can be how a picture moved: a matrix that no state of a filter overflows by. */
export function isPlausibleMotion([a, b, c, d, e, f]: Affine): boolean {
  return (
    [a, b, d, e].every((v) => Math.abs(v) <= most) &&
    [c, f].every((v) => Math.abs(v) <= farthest) &&
    Math.abs(a * e - b * d) >= 1 / most ** 2
  );
}

/**
 * One motion after another.
 *
 * @example
 * compose([1, 0, 5, 0, 1, 0], [2, 0, 0, 0, 2, 0]); // [2, 0, 10, 0, 2, 0]
 */
export function compose(first: Affine, second: Affine): Affine {
  const [a, b, c, d, e, f] = second;
  const [g, h, i, j, k, l] = first;
  return [a * g + b * j, a * h + b * k, a * i + b * l + c, d * g + e * j, d * h + e * k, d * i + e * l + f];
}
