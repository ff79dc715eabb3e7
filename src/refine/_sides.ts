/** Where people go out of the picture and come in. */
import type { End } from "./_line.js";

/** Heights from a side of the picture within which somebody may have gone out of it. */
const near = 0.25;

/**
 * Tells whether somebody is at the left or the right of where anybody is ever seen.
 *
 * @param inPicture where an end is in the picture, if its coordinates are others
 */
export function sidesOf(
  fragments: readonly { readonly beginning: End; readonly end: End }[],
  inPicture: (end: End) => End["box"] = ({ box }) => box,
): (end: End) => boolean {
  let left = Number.POSITIVE_INFINITY;
  let right = Number.NEGATIVE_INFINITY;
  for (const { beginning, end } of fragments)
    for (const [x, , w] of [inPicture(beginning), inPicture(end)]) {
      left = Math.min(left, x - w / 2);
      right = Math.max(right, x + w / 2);
    }
  // Boxes that a side cuts off are narrow: heights tell how near it is.
  return (end) => {
    const [x, , w, h] = inPicture(end);
    return x - w / 2 < left + near * h || x + w / 2 > right - near * h;
  };
}
