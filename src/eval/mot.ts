/**
 * The MOTChallenge text layout: `frame, id, x, y, w, h, confidence or flag, class, ...`, frames from 1, one file
 * per sequence beside a `seqinfo.ini` (motchallenge.net/instructions).
 */

import { readColumns } from "./_columns.js";
import { type Kind, rowWidth } from "./_layout.js";
import { sortRows } from "./_rows.js";
import { quote, syntaxError } from "./_text.js";
import type { Boxes } from "./sequence.js";

const columnNames = ["frame", "id", "x", "y", "width", "height", "confidence", "class"];

/** What is known of the file beside its text. */
export interface MotOptions {
  /** Frames in the sequence. @default the last frame in the file */
  readonly length?: number;
  /** Fewest columns a row must have. @default 6 */
  readonly columns?: number;
  /** @default "results" */
  readonly kind?: Kind;
}

/**
 * Reads MOTChallenge truth, results or detections. In truth column 7 says whether a row counts (`flags`), otherwise
 * it is the confidence (`scores`). Columns after the eighth are not read.
 *
 * @param name stands in messages.
 * @throws {SyntaxError} `Cannot parse "name:line"`: too few columns, no finite number, a frame outside the
 * sequence, an identity twice in a frame, a flag that is no whole number.
 * @example
 * const truth = parseMot("1,7,10,20,30,60,1,1,1\n", "gt.txt", { kind: "truth", length: 25 });
 */
export function parseMot(text: string | Uint8Array, name: string, options: MotOptions = {}): Boxes {
  const { kind = "results", columns = 6 } = options;
  const { count, values, lines } = readColumns(text, name, columnNames, columns);
  let last = 0;
  for (let v = 0; v < values.length; v += rowWidth) {
    toBox(values, v);
    if (values[v] >= last) last = values[v] + 1;
    if (kind === "truth" && !Number.isInteger(values[v + 6])) {
      throw syntaxError(
        name,
        lines[v / rowWidth],
        `expected a flag, 0 or 1, in column 7 of truth, got ${values[v + 6]}`,
      );
    }
  }
  const { length = last } = options;
  return sortRows({ count, values, lines }, { name, length, firstFrame: 1, kind });
}

/** Frame from 0, corners in place of a size, and what a row without confidence and class has. */
function toBox(values: Float64Array, v: number): void {
  values[v] -= 1;
  values[v + 4] += values[v + 2];
  values[v + 5] += values[v + 3];
  if (Number.isNaN(values[v + 6])) values[v + 6] = 1;
  if (Number.isNaN(values[v + 7])) values[v + 7] = 1;
}

/** What a `seqinfo.ini` says that scoring needs. */
export interface SequenceInfo {
  readonly name?: string;
  readonly length: number;
  readonly frameRate?: number;
  readonly width?: number;
  readonly height?: number;
}

/**
 * Reads a `seqinfo.ini`.
 *
 * @param file stands in messages.
 * @throws {SyntaxError} it has no usable `seqLength`.
 */
export function parseSequenceInfo(text: string, file: string): SequenceInfo {
  const values = new Map<string, string>();
  const lines = text.split(/\r?\n/);
  for (const line of lines) {
    const parts = /^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (parts) values.set(parts[1].toLowerCase(), parts[2]);
  }
  const number = (key: string): number | undefined => {
    const value = Number(values.get(key) ?? Number.NaN);
    return Number.isFinite(value) ? value : undefined;
  };
  const length = number("seqlength");
  if (length === undefined || !Number.isInteger(length) || length < 1) {
    const line = lines.findIndex((l) => /^\s*seqLength\s*=/i.test(l)) + 1;
    const value = values.get("seqlength");
    const got = value === undefined ? "no such line" : quote(value);
    throw syntaxError(file, line, `expected seqLength=<number of frames>, got ${got}`);
  }
  return {
    name: values.get("name") || undefined,
    length,
    frameRate: number("framerate"),
    width: number("imwidth"),
    height: number("imheight"),
  };
}
