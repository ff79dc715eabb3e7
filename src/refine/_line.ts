/** The boxes at one end of a fragment, and the straight line through them. */

import type { Box } from "../types.js";

/** Boxes in a row, five numbers each: frame, centre, width, height. */
export type Rows = readonly number[];

/** Numbers of one box in `Rows`. */
export const width = 5;

/** One box of `Rows`. */
export function rowOf(frame: number, [x1, y1, x2, y2]: Box): number[] {
  return [frame, (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1];
}

/** A straight line through the boxes of one end: centre, width and height over time. */
export interface Line {
  /** Frame in the middle of the boxes that it was laid through. */
  readonly middle: number;
  /** Centre, width and height there, in pixels. */
  readonly at: readonly [x: number, y: number, w: number, h: number];
  /** Velocity of the centre in pixels per frame, held back where few boxes tell it. */
  readonly velocity: readonly [x: number, y: number];
}

/** One end of a fragment: its outermost box, and the line through those near it. */
export interface End {
  readonly frame: number;
  /** Centre, width and height of the outermost box. */
  readonly box: readonly [x: number, y: number, w: number, h: number];
  readonly line: Line;
}

/** The end at the first or the last of the boxes. */
export function endOf(rows: Rows, at: "first" | "last"): End {
  const i = at === "first" ? 0 : rows.length - width;
  return {
    frame: rows[i],
    box: [rows[i + 1], rows[i + 2], rows[i + 3], rows[i + 4]],
    line: lineThrough(rows),
  };
}

/** Least squares; the fewer boxes, the more the velocity is drawn to nothing. */
function lineThrough(rows: Rows): Line {
  const n = rows.length / width;
  const mean = (c: number): number => {
    let sum = 0;
    for (let i = c; i < rows.length; i += width) sum += rows[i];
    return sum / n;
  };
  const middle = mean(0);
  const [x, y] = [mean(1), mean(2)];
  let spread = n < 4 ? 50 : 10;
  let alongX = 0;
  let alongY = 0;
  for (let i = 0; i < rows.length; i += width) {
    const t = rows[i] - middle;
    spread += t * t;
    alongX += t * (rows[i + 1] - x);
    alongY += t * (rows[i + 2] - y);
  }
  return { middle, at: [x, y, mean(3), mean(4)], velocity: [alongX / spread, alongY / spread] };
}
