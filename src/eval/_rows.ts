/** From columns in file order to `Boxes`: sorted by frame, identities numbered, refusals of the official kit. */
import { syntaxError } from "./_text.js";
import type { Boxes, Regions } from "./sequence.js";

/** Numbers per row of `Rows.values`. */
export const rowWidth = 8;

/** Four days at 25 frames per second: each frame costs memory, and what claims more has a broken number in it. */
const mostFrames = 2 ** 23;

/** Products of coordinates must stay far from overflow. */
const farthest = 1e100;

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
 * @throws {SyntaxError} a frame outside the sequence, an identity twice in a frame, or an absurdly long sequence.
 */
export function sortRows(rows: Rows, origin: Origin, regions?: Regions): Boxes {
  const { name, length: frames, kind } = origin;
  const { count } = rows;
  refuseLength(rows, origin);
  for (let i = 0; i < count; i++) refuseFar(rows.values, i * rowWidth + 2, name, rows.lines[i]);
  const starts = startsOf(rows, origin);
  const { ids, labels } = numberIdentities(rows, origin);
  const sorted = new SortedRows(count, starts, kind);
  for (let i = 0; i < count; i++) sorted.add(rows, i, ids[i]);
  const { boxes, scores, classes, flags, lines } = sorted;
  const lastRow = new Int32Array(labels.length).fill(-1);
  for (let frame = 0; frame < frames; frame++) {
    const row = repeated(starts[frame], starts[frame + 1], sorted.ids, lastRow);
    if (row < 0) continue;
    const before = sorted.ids.indexOf(sorted.ids[row], starts[frame]);
    throw syntaxError(
      name,
      lines[row],
      `identity ${labels[sorted.ids[row]]} is already in frame ${frame + origin.firstFrame}${lines[before] > 0 ? ` (line ${lines[before]})` : ""}; an identity may appear once per frame`,
    );
  }
  return {
    name,
    count,
    frames,
    starts,
    ids: sorted.ids,
    labels: Float64Array.from(labels),
    boxes,
    scores,
    classes,
    flags,
    lines,
    regions,
  };
}

/** @throws {SyntaxError} naming the line, where a row has made the sequence so long. */
export function refuseLength({ count, values, lines }: Rows, { name, length, firstFrame }: Origin): void {
  if (length <= mostFrames) return;
  for (let i = 0; i < count; i++) {
    const frame = values[i * rowWidth];
    if (frame >= mostFrames && frame < length)
      throw syntaxError(
        name,
        lines[i],
        `expected a frame number up to ${mostFrames - 1 + firstFrame}, got ${frame + firstFrame}`,
      );
  }
  throw syntaxError(name, 0, `expected a sequence of at most ${mostFrames} frames, got ${length}`);
}

/** @throws {SyntaxError} where one of four coordinates is farther away than can be computed with. */
export function refuseFar(values: ArrayLike<number>, from: number, name: string, line: number): void {
  for (let c = from; c < from + 4; c++)
    if (!(Math.abs(values[c]) <= farthest))
      throw syntaxError(name, line, `expected a box within ${farthest} pixels, got ${values[c]}`);
}

/** Row at which each frame will start. */
function startsOf({ count, values, lines }: Rows, { name, length, firstFrame }: Origin): Int32Array {
  const starts = new Int32Array(length + 1);
  for (let i = 0; i < count; i++) {
    const frame = values[i * rowWidth];
    if (!(Number.isInteger(frame) && frame >= 0 && frame < length)) {
      throw syntaxError(
        name,
        lines[i],
        `expected a frame number from ${firstFrame} to ${length - 1 + firstFrame} (the sequence's length), got ${frame + firstFrame}`,
      );
    }
    starts[frame + 1]++;
  }
  for (let f = 0; f < length; f++) starts[f + 1] += starts[f];
  return starts;
}

/** Identities numbered from 0 in the order of the file. */
function numberIdentities({ count, values, lines }: Rows, { name, kind }: Origin) {
  const ids = new Int32Array(count);
  if (kind === "detections") {
    for (let i = 0; i < count; i++) ids[i] = i;
    return { ids, labels: Array.from(ids) };
  }
  const labels: number[] = [];
  const numbers = new Map<number, number>();
  // Most identities are small numbers, for which a table is faster than a map.
  const small = new Int32Array(4096).fill(-1);
  let before = Number.NaN;
  let id = -1;
  for (let i = 0; i < count; i++) {
    const label = values[i * rowWidth + 1];
    if (label !== before) {
      before = label;
      const isSmall = label >= 0 && label < small.length && Number.isInteger(label);
      id = isSmall ? small[label] : (numbers.get(label) ?? -1);
      if (id < 0) {
        if (!Number.isSafeInteger(label)) {
          throw syntaxError(name, lines[i], `expected a whole number as identity, got ${label}`);
        }
        id = labels.length;
        labels.push(label);
        if (isSmall) small[label] = id;
        else numbers.set(label, id);
      }
    }
    ids[i] = id;
  }
  return { ids, labels };
}

/** The columns of `Boxes`, filled row by row. */
class SortedRows {
  readonly ids: Int32Array;
  readonly boxes: Float64Array;
  readonly scores: Float64Array;
  readonly classes: Int32Array;
  readonly flags: Uint8Array;
  readonly lines: Int32Array;
  /** Where the next row of each frame goes. */
  readonly #next: Int32Array;
  readonly #isTruth: boolean;

  constructor(count: number, starts: Int32Array, kind: Kind) {
    this.ids = new Int32Array(count);
    this.boxes = new Float64Array(4 * count);
    this.scores = new Float64Array(count);
    this.classes = new Int32Array(count);
    this.flags = new Uint8Array(count);
    this.lines = new Int32Array(count);
    this.#next = starts.slice();
    this.#isTruth = kind === "truth";
  }

  add({ values, lines }: Rows, i: number, id: number): void {
    const v = i * rowWidth;
    const to = this.#next[values[v]]++;
    const { boxes } = this;
    this.ids[to] = id;
    boxes[4 * to] = values[v + 2];
    boxes[4 * to + 1] = values[v + 3];
    boxes[4 * to + 2] = values[v + 4];
    boxes[4 * to + 3] = values[v + 5];
    this.scores[to] = this.#isTruth ? 1 : values[v + 6];
    this.classes[to] = values[v + 7];
    this.flags[to] = this.#isTruth && values[v + 6] === 0 ? 0 : 1;
    this.lines[to] = lines[i];
  }
}

/** As in _text.ts. */
export const kept: unknown = new SortedRows(0, new Int32Array(1), "results");

/** The first row of a frame whose identity is in it already, or -1. */
function repeated(from: number, to: number, ids: Int32Array, lastRow: Int32Array): number {
  for (let row = from; row < to; row++) {
    if (lastRow[ids[row]] >= from) return row;
    lastRow[ids[row]] = row;
  }
  return -1;
}
