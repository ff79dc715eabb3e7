/**
 * Rows of the MOTChallenge text files: comma-separated numbers, frames from 1, boxes as left, top, width, height.
 * Results and detections share them (https://motchallenge.net/instructions).
 */
import { cannotParse, quote } from "./_text.js";

/** The columns that every row must have. */
const COLUMNS = ["frame", "id", "left", "top", "width", "height", "confidence"] as const;

/** Trackers refuse coordinates beyond this, where products of them come near to overflow. */
const FARTHEST = 1e9;

/** One row; `frame` already from 0, the box as corners. */
export interface MotRow {
  readonly frame: number;
  readonly id: number;
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  readonly score: number;
  /** Column 8: -1, a world coordinate or a class, depending on the file. */
  readonly extra: string | undefined;
}

/** @throws {SyntaxError} where a column is missing, not a finite number, or out of its range. */
export function parseRow(line: string, name: string, number: number): MotRow {
  const columns = line.split(",");
  if (columns.length < COLUMNS.length)
    throw cannotParse(
      name,
      number,
      `expected at least ${COLUMNS.length} columns (${COLUMNS.join(",")}), got ${columns.length}`,
    );
  const value = (column: number): number => {
    const text = columns[column]!.trim();
    const parsed = text === "" ? Number.NaN : Number(text);
    if (!Number.isFinite(parsed))
      throw cannotParse(name, number, `expected a number for ${COLUMNS[column]}, got ${quote(text)}`);
    return parsed;
  };
  const frame = value(0);
  if (!Number.isSafeInteger(frame) || frame < 1)
    throw cannotParse(name, number, `expected a whole frame number from 1, got ${quote(columns[0]!.trim())}`);
  const [x1, y1, width, height] = [value(2), value(3), value(4), value(5)];
  if (width <= 0) throw cannotParse(name, number, `expected a width above 0, got ${width}`);
  if (height <= 0) throw cannotParse(name, number, `expected a height above 0, got ${height}`);
  const [x2, y2] = [x1 + width, y1 + height];
  for (const side of [x1, y1, x2, y2])
    if (!(Math.abs(side) <= FARTHEST))
      throw cannotParse(name, number, `expected a box within ${FARTHEST} pixels, got ${side}`);
  return {
    frame: frame - 1,
    id: value(1),
    ...{ x1, y1, x2, y2 },
    score: value(6),
    extra: columns[7]?.trim(),
  };
}

/** Whether a line carries nothing: blank, or a comment as numpy.loadtxt skips it. */
export const isBlank = (line: string): boolean => /^\s*(#|$)/.test(line);
