/**
 * Detections in the MOTChallenge text format: `frame,-1,left,top,width,height,confidence,-1,-1,-1`, frames from 1.
 *
 * What we write says in a first comment line that column 8 is the class, and lists the labels; readers built on
 * numpy.loadtxt skip such a line. Elsewhere column 8 is a world coordinate or -1 and carries no class.
 */
import type { Detections } from "../types.js";
import { findTarget } from "./_file.js";
import { isBlank, parseRow } from "./_mot.js";
import { type Draft, draftOf, type Lasting, openAll, publishAll } from "./_output.js";
import { readPieces } from "./_pieces.js";
import { cannotParse, linesOf, quote, round } from "./_text.js";

/** Detections of a whole sequence, by frame. */
export interface StoredDetections {
  readonly name: string;
  readonly count: number;
  /** One more than the last frame that has a detection. */
  readonly frames: number;
  /** The frames that have detections, in ascending order. */
  readonly indices: readonly number[];
  /** Class names, where the file lists them; without, every class is 0. */
  readonly labels?: readonly string[];
  /** What was found in the frame with this index (from 0), in the file's order; empty where nothing is stored. */
  at(index: number): Detections;
}

/**
 * Reads detections in the MOTChallenge text format: at least 7 columns, frames in any order and with holes, blank
 * lines and `#` comments skipped, spaces and CRLF allowed.
 *
 * @throws {InputError} where the file cannot be read.
 * @throws {SyntaxError} `Cannot parse "det.txt:14": ...` where a number is missing, not finite or out of range.
 *
 * @example
 * const stored = await readDetections("MOT17-02/det/det.txt");
 * const detector = { labels: stored.labels ?? ["object"], detect: async ({ index }) => stored.at(index) };
 */
export async function readDetections(path: string): Promise<StoredDetections> {
  const columns = new Columns(path);
  for await (const [text, firstLine] of readPieces(path)) columns.add(text, firstLine);
  return columns.finish();
}

/** `readDetections` for a text that is in memory already; `name` is for the error messages. */
export function parseDetections(text: string, name: string): StoredDetections {
  const columns = new Columns(name);
  columns.add(text, 1);
  return columns.finish();
}

/** The comment line at the head of our own files. */
const HEAD = "# detections; column 8 is the class, an index into ";

/** The first line of a detections file. */
export const formatLabels = (labels: readonly string[]): string => `${HEAD}${JSON.stringify(labels)}\n`;

/**
 * The lines of one frame: boxes to a thousandth of a pixel, scores to five decimals, so that tracking them again
 * gives what tracking the originals gave.
 */
export function formatDetections(index: number, { count, boxes, scores, classes }: Detections): string {
  let text = "";
  for (let i = 0; i < count; i++) {
    const [x1, y1, x2, y2] = boxes.subarray(4 * i, 4 * i + 4) as unknown as [number, number, number, number];
    // A box thinner than the rounding still has a size.
    const size = (from: number, to: number) => Math.max(round(to - from, 1e3), 1e-3);
    const box = [round(x1, 1e3), round(y1, 1e3), size(x1, x2), size(y1, y2)];
    text += `${index + 1},-1,${box.join(",")},${round(scores[i]!, 1e5)},${classes[i]},-1,-1\n`;
  }
  return text;
}

/** A detections file while it is written. */
export interface DetectionsFile extends Draft {
  write(index: number, detections: Detections): Promise<void>;
  /** Gives the file its name, in place of what was there before. */
  finish(): Promise<void>;
}

/**
 * Opens a detections file for writing, under a temporary name until `finish`.
 *
 * @throws {OutputError} where it cannot be written or is one of the `inputs`.
 * @throws {InputError} where it is not there as `from` says.
 */
export async function openDetectionsFile(
  path: string,
  labels: readonly string[],
  { inputs = [], ...lasting }: Lasting & { readonly inputs?: readonly string[] } = {},
): Promise<DetectionsFile> {
  const [file] = await openAll([await findTarget(path, inputs)], lasting);
  const draft = draftOf([file!]);
  if (!lasting.from) await file!.write(formatLabels(labels));
  return Object.assign(draft, {
    write: (index: number, detections: Detections) => file!.write(formatDetections(index, detections)),
    finish: () => publishAll([draft]),
  });
}

/** Columns that grow while a file is read, sorted by frame at the end. */
class Columns {
  readonly #name: string;
  #labels: readonly string[] | undefined;
  #count = 0;
  #frames = new Float64Array(1024);
  #boxes = new Float64Array(4 * 1024);
  #scores = new Float64Array(1024);
  #classes = new Int32Array(1024);

  constructor(name: string) {
    this.#name = name;
  }

  add(text: string, firstLine: number): void {
    for (const [line, offset] of linesOf(text)) {
      const number = firstLine + offset - 1;
      if (line.startsWith(HEAD)) this.#labels = parseLabels(line.slice(HEAD.length), this.#name, number);
      if (isBlank(line)) continue;
      if (this.#count === this.#frames.length) this.#grow();
      const row = parseRow(line, this.#name, number);
      const i = this.#count++;
      this.#frames[i] = row.frame;
      this.#boxes.set([row.x1, row.y1, row.x2, row.y2], 4 * i);
      this.#scores[i] = row.score;
      this.#classes[i] = this.#labels ? parseClass(row.extra, this.#labels, this.#name, number) : 0;
    }
  }

  #grow(): void {
    const double = <T extends Float64Array | Int32Array>(from: T): T => {
      const to = new (from.constructor as new (length: number) => T)(2 * from.length);
      to.set(from);
      return to;
    };
    this.#frames = double(this.#frames);
    this.#boxes = double(this.#boxes);
    this.#scores = double(this.#scores);
    this.#classes = double(this.#classes);
  }

  finish(): StoredDetections {
    const frames = this.#frames;
    const order = Uint32Array.from({ length: this.#count }, (_, i) => i);
    // Within a frame the file's order stays: trackers break ties by row.
    order.sort((a, b) => frames[a]! - frames[b]! || a - b);
    const boxes = new Float64Array(4 * order.length);
    const scores = Float64Array.from(order, (i) => this.#scores[i]!);
    const classes = Int32Array.from(order, (i) => this.#classes[i]!);
    const ranges = new Map<number, [from: number, to: number]>();
    order.forEach((row, i) => {
      boxes.set(this.#boxes.subarray(4 * row, 4 * row + 4), 4 * i);
      const range = ranges.get(frames[row]!);
      if (range) range[1] = i + 1;
      else ranges.set(frames[row]!, [i, i + 1]);
    });
    return {
      name: this.#name,
      count: order.length,
      frames: order.length === 0 ? 0 : frames[order[order.length - 1]!]! + 1,
      indices: [...ranges.keys()],
      ...(this.#labels ? { labels: this.#labels } : {}),
      at(index) {
        const [from, to] = ranges.get(index) ?? [0, 0];
        return {
          count: to - from,
          boxes: boxes.slice(4 * from, 4 * to),
          scores: scores.slice(from, to),
          classes: classes.slice(from, to),
        };
      },
    };
  }
}

function parseLabels(text: string, name: string, number: number): readonly string[] {
  try {
    const labels: unknown = JSON.parse(text);
    if (Array.isArray(labels) && labels.every((label) => typeof label === "string")) return labels;
  } catch {} // said below
  throw cannotParse(name, number, `expected a list of labels, got ${quote(text)}`);
}

function parseClass(
  text: string | undefined,
  labels: readonly string[],
  name: string,
  number: number,
): number {
  const index = text === undefined || text === "" ? Number.NaN : Number(text);
  if (!Number.isInteger(index) || index < 0 || index >= labels.length)
    throw cannotParse(
      name,
      number,
      `expected a class from 0 to ${labels.length - 1} in column 8, got ${quote(text ?? "nothing")}`,
    );
  return index;
}
