/** How the rows of a file lie in memory before they are sorted. */

/** Numbers per row of `Rows.values`. */
export const rowWidth = 8;

/** Products of coordinates must stay far from overflow. */
export const farthest = 1e100;

/** One file's rows in the order of the file. */
export interface Rows {
  readonly count: number;
  /**
   * Row-major, `rowWidth` numbers each: frame (from 0), identity, x1, y1, x2, y2, confidence (results) or flag
   * (truth), class.
   */
  readonly values: Float64Array;
  /** Line of each row, from 1. */
  readonly lines: Int32Array;
}

/**
 * What the rows are. Column 7 (KITTI: the columns for truncation and occlusion) says in truth whether a row counts;
 * in the other two it is the confidence. Detections have no identity: every row gets one of its own.
 */
export type Kind = "truth" | "results" | "detections";
