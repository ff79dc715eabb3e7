/**
 * The KITTI tracking text layout: `frame id class truncated occluded alpha x1 y1 x2 y2 ...`, frames from 0, class
 * names, areas to ignore as class DontCare (cvlibs.net/datasets/kitti/eval_tracking.php, development kit).
 */
import type { Kind } from "./_layout.js";
import { refuseFar, refuseLength, sortRows } from "./_rows.js";
import { quote, syntaxError } from "./_text.js";
import { kittiClasses } from "./rules/kitti.js";
import type { Boxes } from "./sequence.js";

const columnCount = 10;
/** Column of the confidence in results. */
const scoreColumn = 17;
/** The development kit leaves out truth that is truncated or occluded beyond these. */
const maxTruncated = 0;
const maxOccluded = 2;

/** What is known of the file beside its text. */
export interface KittiOptions {
  /** Frames in the sequence. @default the last frame in the file plus one */
  readonly length?: number;
  /** @default "results" */
  readonly kind?: Kind;
}

/**
 * Reads KITTI labels or results. Rows of class DontCare become `regions`; other rows with a negative identity are
 * left out, as the development kit does.
 *
 * @param name stands in messages.
 * @throws {SyntaxError} `Cannot parse "name:line"`: too few columns, an unknown class, no finite number, a frame
 * outside the sequence, an identity twice in a frame.
 */
export function parseKitti(text: string | Uint8Array, name: string, options: KittiOptions = {}): Boxes {
  const { kind = "results" } = options;
  const objects: number[][] = [];
  const objectLines: number[] = [];
  const regions: number[][] = [];
  const lines = (typeof text === "string" ? text : new TextDecoder().decode(text)).split("\n");
  let last = -1;
  for (let i = 0; i < lines.length; i++) {
    const fields = lines[i].trim().split(/\s+/);
    if (fields[0] === "") continue;
    if (fields.length < columnCount) {
      throw syntaxError(name, i + 1, `expected at least ${columnCount} columns, got ${fields.length}`);
    }
    const className = fields[2].toLowerCase();
    if (!Object.hasOwn(kittiClasses, className)) {
      throw syntaxError(name, i + 1, `expected a KITTI class in column 3, got ${quote(fields[2])}`);
    }
    const classNumber = kittiClasses[className];
    const number = (column: number): number => {
      const value = Number(fields[column]);
      if (Number.isFinite(value)) return value;
      throw syntaxError(
        name,
        i + 1,
        `expected a finite number in column ${column + 1}, got ${quote(fields[column])}`,
      );
    };
    const frame = number(0);
    last = Math.max(last, frame);
    const box = [number(6), number(7), number(8), number(9)];
    if (classNumber === kittiClasses.dontcare) {
      regions.push([frame, i + 1, ...box]);
      continue;
    }
    if (kind !== "detections" && number(1) < 0) continue;
    const counts = Math.trunc(number(3)) <= maxTruncated && Math.trunc(number(4)) <= maxOccluded;
    const score = fields.length > scoreColumn ? number(scoreColumn) : 1;
    objects.push([frame, number(1), ...box, kind === "truth" ? Number(counts) : score, classNumber]);
    objectLines.push(i + 1);
  }
  const rows = {
    count: objects.length,
    values: Float64Array.from(objects.flat()),
    lines: Int32Array.from(objectLines),
  };
  const origin = { name, length: options.length ?? last + 1, firstFrame: 0 as const, kind };
  refuseLength(rows, origin);
  return sortRows(rows, origin, sortRegions(regions, name, origin.length));
}

function sortRegions(rows: readonly number[][], name: string, length: number): Boxes["regions"] {
  const starts = new Int32Array(length + 1);
  for (const row of rows) {
    const [frame, line] = row;
    refuseFar(row, 2, name, line);
    if (!(Number.isInteger(frame) && frame >= 0 && frame < length)) {
      throw syntaxError(
        name,
        line,
        `expected a frame number from 0 to ${length - 1} (the sequence's length), got ${frame}`,
      );
    }
    starts[frame + 1]++;
  }
  for (let f = 0; f < length; f++) starts[f + 1] += starts[f];
  const boxes = [...rows].sort((a, b) => a[0] - b[0]).flatMap((row) => row.slice(2));
  return { starts, boxes: Float64Array.from(boxes) };
}

/**
 * Reads a KITTI sequence map: `name empty firstFrame length` per line.
 *
 * @returns length of each sequence by name.
 * @throws {SyntaxError} a line without four columns or without a whole number at its end.
 */
export function parseSequenceMap(text: string, file: string): Map<string, number> {
  const lengths = new Map<string, number>();
  text.split("\n").forEach((line, i) => {
    const fields = line.trim().split(/\s+/);
    if (fields[0] === "") return;
    const length = Number(fields[3]);
    if (fields.length < 4 || !Number.isInteger(length) || length < 1) {
      throw syntaxError(file, i + 1, `expected "name empty first length", got ${quote(line.trim())}`);
    }
    lengths.set(fields[0], length);
  });
  return lengths;
}
