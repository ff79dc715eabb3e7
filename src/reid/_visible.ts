/** Which boxes show something, and which part of the frame they show. */

/** Boxes whose visible part is narrower or lower than this many pixels have no appearance. */
const MIN_SIDE = 2;

export interface Visible {
  /** Rows of the boxes that can be seen. */
  readonly rows: readonly number[];
  /** Their part inside the frame, `[x1, y1, x2, y2]` each. */
  readonly boxes: Float32Array;
}

/**
 * Clips boxes to the frame, then narrows them to `innerWidth` of their width: a standing person fills the middle of
 * the box, its sides are background.
 */
export function visible(boxes: Float64Array, width: number, height: number, innerWidth: number): Visible {
  const rows: number[] = [];
  const parts: number[] = [];
  for (let i = 0; i < boxes.length / 4; i++) {
    const x1 = Math.max(0, boxes[4 * i]!);
    const y1 = Math.max(0, boxes[4 * i + 1]!);
    const x2 = Math.min(width, boxes[4 * i + 2]!);
    const y2 = Math.min(height, boxes[4 * i + 3]!);
    // Written so that NaN fails it.
    if (!(x2 - x1 >= MIN_SIDE && y2 - y1 >= MIN_SIDE)) continue;
    const margin = ((x2 - x1) * (1 - innerWidth)) / 2;
    rows.push(i);
    parts.push(x1 + margin, y1, x2 - margin, y2);
  }
  return { rows, boxes: Float32Array.from(parts) };
}
