/** From columns in file order to `Boxes`: sorted by frame, identities numbered, refusals of the official kit. */
import { farthest, type Kind, type Rows, rowWidth } from "./_layout.js";
import { Register } from "./_register.js";
import { syntaxError } from "./_text.js";
import type { Boxes, Regions } from "./sequence.js";

/** Four days at 25 frames per second: each frame costs memory, and what claims more has a broken number in it. */
const mostFrames = 2 ** 23;

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
 * Sorts rows by frame, keeping their order within a frame.
 *
 * @throws {SyntaxError} a frame outside the sequence, an identity twice in a frame, or an absurdly long sequence.
 */
export function sortRows(rows: Rows, origin: Origin, regions?: Regions): Boxes {
  const { name, length: frames, kind } = origin;
  const { count } = rows;
  refuseLength(rows, origin);
  const register = new Register(count, frames, kind);
  for (let i = 0; i < count; i++) if (!register.add(rows.values, i)) refuse(rows, origin);
  const { ids, labels } = register;
  const starts = register.starts();
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

/** Says what is wrong with rows of which one cannot be used. @throws {SyntaxError} */
function refuse({ count, values, lines }: Rows, { name, length, firstFrame }: Origin): never {
  for (let i = 0; i < count; i++) refuseFar(values, i * rowWidth + 2, name, lines[i]);
  for (let i = 0; i < count; i++) {
    const frame = values[i * rowWidth];
    if (Number.isInteger(frame) && frame >= 0 && frame < length) continue;
    throw syntaxError(
      name,
      lines[i],
      `expected a frame number from ${firstFrame} to ${length - 1 + firstFrame} (the sequence's length), got ${frame + firstFrame}`,
    );
  }
  const wrong = lines.findIndex((_, i) => !Number.isSafeInteger(values[i * rowWidth + 1]));
  throw syntaxError(
    name,
    lines[wrong],
    `expected a whole number as identity, got ${values[wrong * rowWidth + 1]}`,
  );
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

/** As in _columns.ts. */
export const kept: unknown = new SortedRows(0, new Int32Array(1), "results");

/** The first row of a frame whose identity is in it already, or -1. */
function repeated(from: number, to: number, ids: Int32Array, lastRow: Int32Array): number {
  for (let row = from; row < to; row++) {
    if (lastRow[ids[row]] >= from) return row;
    lastRow[ids[row]] = row;
  }
  return -1;
}
