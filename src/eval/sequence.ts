/**
 * The data that scores are computed from: flat columns, frames from 0, rows of one frame next to each other
 * in the order of their file.
 */

/** All boxes of one file (truth or results) of one sequence, as read. */
export interface Boxes {
  /** File or other origin, for messages. */
  readonly name: string;
  readonly count: number;
  /** Length of the sequence, which may exceed the last frame that has boxes. */
  readonly frames: number;
  /** Row at which each frame starts; `frames + 1` long. */
  readonly starts: Int32Array;
  /** Identity of each row: an index into `labels`. */
  readonly ids: Int32Array;
  /** The identities as the file writes them. */
  readonly labels: Float64Array;
  /** `[x1, y1, x2, y2] * count`. */
  readonly boxes: Float64Array;
  /** Confidence of each row; 1 where the file has none. */
  readonly scores: Float64Array;
  /** Class number of each row, in the numbering of the benchmark; 1 where the file has none. */
  readonly classes: Int32Array;
  /** 0 marks truth that must not count (a MOT row with flag 0; KITTI: truncated or heavily occluded). */
  readonly flags: Uint8Array;
  /** Line in the file of each row, from 1. */
  readonly lines: Int32Array;
  /** Areas in which unmatched results are forgiven (KITTI's DontCare). */
  readonly regions?: Regions;
}

/** Areas of each frame without an identity. */
export interface Regions {
  /** `frames + 1` long. */
  readonly starts: Int32Array;
  /** `[x1, y1, x2, y2] * n`. */
  readonly boxes: Float64Array;
}

/**
 * Intersection over union of every truth row with every result row of the same frame that it touches, stored
 * row by row. A pair that is missing has similarity 0.
 */
export interface Overlaps {
  /** Entry at which each truth row starts; `truth.count + 1` long. */
  readonly starts: Int32Array;
  /** Result row of each entry (counted over the whole sequence). */
  readonly columns: Int32Array;
  /** 0 < similarity <= 1. */
  readonly similarities: Float64Array;
}

/** The rows of one file that count, with identities numbered from 0 without holes. */
export interface Side {
  readonly count: number;
  /** Row at which each frame starts; `frames + 1` long. */
  readonly starts: Int32Array;
  /** 0 .. idCount - 1 */
  readonly ids: Int32Array;
  readonly idCount: number;
  /** Row of `source` that each row was taken from. */
  readonly rows: Int32Array;
  readonly source: Boxes;
}

/** One sequence after a benchmark's rules have removed what does not count: the input of every metric. */
export interface Sequence {
  readonly name: string;
  readonly frames: number;
  readonly truth: Side;
  readonly results: Side;
  readonly overlaps: Overlaps;
}

/** How a benchmark wants its files read and what of them counts. One per file of `rules/`. */
export interface Benchmark {
  readonly name: string;
  /** Layout of the text files. */
  readonly layout: "mot" | "kitti";
  /** Fewest columns of a row in each kind of file. */
  readonly columns: { readonly truth: number; readonly results: number; readonly detections: number };
  /** Scored one by one. */
  readonly classes: readonly string[];
  /**
   * Removes what does not count for `className`.
   *
   * @throws {SyntaxError} a row has a class that the benchmark does not know.
   */
  prepare(name: string, truth: Boxes, results: Boxes, className: string): Sequence;
}

/** The double precision epsilon by which the official evaluator widens its thresholds. */
export const epsilon = Number.EPSILON;
