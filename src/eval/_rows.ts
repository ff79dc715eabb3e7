/** From columns in file order to `Boxes`: sorted by frame, identities numbered, refusals of the official kit. */
import { syntaxError } from "./_text.js";
import type { Boxes, Regions } from "./sequence.js";

/** Numbers per row of `Rows.values`. */
export const rowWidth = 8;

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

/** Where the rows come from and how long the sequence is. */
export interface Origin {
  readonly name: string;
  /** Frames in the sequence. */
  readonly length: number;
  /** Number that the file gives to the first frame, for messages. */
  readonly firstFrame: 0 | 1;
  readonly kind: Kind;
}

/**
 * What the rows are. Column 7 (KITTI: the columns for truncation and occlusion) says in truth whether a row counts;
 * in the other two it is the confidence. Detections have no identity: every row gets one of its own.
 */
export type Kind = "truth" | "results" | "detections";

/**
 * Sorts rows by frame, keeping their order within a frame.
 *
 * @throws {SyntaxError} a frame outside the sequence, or an identity twice in a frame.
 */
export function sortRows(rows: Rows, origin: Origin, regions?: Regions): Boxes {
  const { name, length, firstFrame, kind } = origin;
  const { count, values } = rows;
  const starts = new Int32Array(length + 1);
  for (let i = 0; i < count; i++) {
    const frame = values[i * rowWidth];
    if (!(Number.isInteger(frame) && frame >= 0 && frame < length)) {
      throw syntaxError(
        name,
        rows.lines[i],
        `expected a frame number from ${firstFrame} to ${length - 1 + firstFrame} (the sequence's length), got ${frame + firstFrame}`,
      );
    }
    starts[frame + 1]++;
  }
  for (let f = 0; f < length; f++) starts[f + 1] += starts[f];

  const fill = starts.slice();
  const ids = new Int32Array(count);
  const boxes = new Float64Array(4 * count);
  const scores = new Float64Array(count);
  const classes = new Int32Array(count);
  const flags = new Uint8Array(count);
  const lines = new Int32Array(count);
  const numbers = new Map<number, number>();
  const labels: number[] = [];
  for (let i = 0, v = 0; i < count; i++, v += rowWidth) {
    const label = kind === "detections" ? i : values[v + 1];
    let id = numbers.get(label);
    if (id === undefined) {
      if (!Number.isSafeInteger(label)) {
        throw syntaxError(name, rows.lines[i], `expected a whole number as identity, got ${label}`);
      }
      id = labels.length;
      numbers.set(label, id);
      labels.push(label);
    }
    const to = fill[values[v]]++;
    ids[to] = id;
    for (let k = 0; k < 4; k++) boxes[4 * to + k] = values[v + 2 + k];
    scores[to] = kind === "truth" ? 1 : values[v + 6];
    classes[to] = values[v + 7];
    flags[to] = kind === "truth" && values[v + 6] === 0 ? 0 : 1;
    lines[to] = rows.lines[i];
  }
  refuseDuplicates(name, starts, ids, labels, lines, firstFrame);
  return {
    name,
    count,
    frames: length,
    starts,
    ids,
    labels: Float64Array.from(labels),
    boxes,
    scores,
    classes,
    flags,
    lines,
    regions,
  };
}

function refuseDuplicates(
  name: string,
  starts: Int32Array,
  ids: Int32Array,
  labels: readonly number[],
  lines: Int32Array,
  firstFrame: number,
): void {
  const lastRow = new Int32Array(labels.length).fill(-1);
  for (let frame = 0; frame + 1 < starts.length; frame++) {
    for (let row = starts[frame]; row < starts[frame + 1]; row++) {
      const before = lastRow[ids[row]];
      if (before >= starts[frame]) {
        throw syntaxError(
          name,
          lines[row],
          `identity ${labels[ids[row]]} is already in frame ${frame + firstFrame}${lines[before] > 0 ? ` (line ${lines[before]})` : ""}; an identity may appear once per frame`,
        );
      }
      lastRow[ids[row]] = row;
    }
  }
}
