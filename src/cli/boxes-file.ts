/**
 * Files of boxes to be scored or compared, read into columns: MOTChallenge and KITTI text, our own tracks, our own
 * saved detections.
 */
import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { InputError } from "../errors.js";
import { type Benchmark, type Boxes, custom, fromTracks, parseKitti, parseMot } from "../eval/index.js";
import { kittiClasses } from "../eval/rules/kitti.js";
import { parseDetections } from "../format/detections.js";
import { formats } from "../format/files.js";
import type { FrameTracks, ParsedTracks } from "../types.js";

/** Endings of tracks files. */
export const endings: readonly string[] = formats.map((format) => format.extension);

export interface BoxesFileOptions {
  /** Whose class numbers, columns and layout. @default custom */
  readonly benchmark?: Benchmark;
  /** @default "results" */
  readonly kind?: "truth" | "results" | "detections";
  /** Frames in the sequence, where known. @default what the file says */
  readonly length?: number;
  /** Told what the scores do not show. */
  readonly onNote?: (note: string) => void;
}

/**
 * Reads a file of boxes; the ending says what it is.
 *
 * @throws {InputError} it cannot be read, is empty, or holds nothing that the benchmark scores.
 * @throws {SyntaxError} `Cannot parse "file:line": ...`
 */
export function readBoxesFile(path: string, options: BoxesFileOptions = {}): Boxes {
  const { benchmark = custom, kind = "results", length } = options;
  const bytes = readBytes(path);
  if (isBlank(bytes)) throw new InputError(`Cannot use ${JSON.stringify(path)}: the file is empty`);
  const ending = extname(path).toLowerCase();
  if (ending !== ".txt") {
    const text = bytes.toString("utf8");
    return fromParsed(parseTracks(path, ending, text), path, text, options);
  }
  if (benchmark.layout === "kitti") return parseKitti(bytes, path, { kind, length });
  // Our own saved detections begin with a comment that lists the labels.
  if (kind === "detections" && bytes[0] === "#".charCodeAt(0)) return fromDetections(bytes, path, options);
  return parseMot(bytes, path, { kind, length, columns: benchmark.columns[kind] });
}

/** Whether a label file is KITTI's: column 3 is the name of a class. Undefined where it has no rows. */
export function isKitti(path: string): boolean | undefined {
  const line = readBytes(path)
    .toString("latin1")
    .split("\n", 100)
    .find((row) => row.trim() !== "");
  if (line === undefined) return undefined;
  return Object.hasOwn(kittiClasses, (line.trim().split(/\s+/)[2] ?? "").toLowerCase());
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason =
      { ENOENT: "no such file", EISDIR: "it is a folder", EACCES: "permission denied" }[code ?? ""] ??
      message;
    throw new InputError(`Cannot read ${JSON.stringify(path)}: ${reason}`, { cause });
  }
}

/** Nothing but blanks and a byte order mark. */
const isBlank = (bytes: Buffer): boolean =>
  bytes.length < 1 << 16 && /^[\s\u{feff}]*$/u.test(bytes.toString("utf8"));

/** Tracks with the names of their classes, where the file has them. */
interface NamedTracks extends ParsedTracks {
  readonly labels?: readonly string[];
}

function parseTracks(path: string, ending: string, text: string): NamedTracks {
  const format = formats.find(({ extension }) => extension === ending);
  if (!format?.parse)
    throw new InputError(
      `Cannot read ${JSON.stringify(path)}: expected a name that ends in ${endings.join(", ")}`,
    );
  const parsed = format.parse(text, path);
  return { ...parsed, labels: parsed.header?.labels ?? (ending === ".csv" ? labelsOfCsv(text) : undefined) };
}

/** The rows of our CSV end in class, label, detection. */
function labelsOfCsv(text: string): string[] {
  const labels: string[] = [];
  for (const [, index, quoted, plain] of text.matchAll(
    /,(\d+),(?:"((?:[^"]|"")*)"|([^",\r\n]*)),-?\d+\s*$/gm,
  ))
    labels[Number(index)] = quoted?.replaceAll('""', '"') ?? plain!;
  return labels;
}

function fromParsed(parsed: NamedTracks, path: string, text: string, options: BoxesFileOptions): Boxes {
  const { benchmark = custom, length = lengthOf(parsed), onNote } = options;
  const { footer, labels } = parsed;
  if (footer ? !footer.integrity.complete : /\.jsonl$/i.test(path))
    onNote?.(
      `${JSON.stringify(path)} holds a part of its input only: the run was cut short or the input damaged`,
    );
  refuseImpossible(parsed.frames, path, text, length);
  return fromTracks(ofBenchmark(parsed.frames, labels ?? [], path, benchmark, onNote), path, length);
}

/** @throws {SyntaxError} a frame beyond the sequence, an identity twice in a frame; with the line of the frame. */
function refuseImpossible(frames: readonly FrameTracks[], path: string, text: string, length: number): void {
  const seen = new Map<number, Set<number>>();
  const refuse = (what: string, index: number, id?: number): SyntaxError =>
    new SyntaxError(`Cannot parse ${JSON.stringify(`${path}${lineOf(text, index, id)}`)}: ${what}`);
  for (const { index, tracks } of frames) {
    if (index >= length)
      throw refuse(
        `expected a frame number from 0 to ${length - 1} (the sequence's length), got ${index}`,
        index,
      );
    const ids = seen.get(index) ?? new Set();
    seen.set(index, ids);
    for (const { id } of tracks) {
      if (ids.has(id))
        throw refuse(
          `identity ${id} is already in frame ${index}; an identity may appear once per frame`,
          index,
          id,
        );
      ids.add(id);
    }
  }
}

/** The last line about a frame, as our formats write it: one line per frame, in CSV per identity. */
function lineOf(text: string, index: number, id?: number): string {
  const frame = new RegExp(`"frame":\\s*${index}\\b`);
  const row = new RegExp(`^${index},[^,]*,${id ?? ""}`);
  const line = text.split("\n").findLastIndex((content) => frame.test(content) || row.test(content));
  return line < 0 ? "" : `:${line + 1}`;
}

/** Frames without tracks count too; a damaged or skipping run counts fewer frames than the last one's number. */
function lengthOf({ frames, footer }: ParsedTracks): number {
  let last = -1;
  for (const { index } of frames) last = Math.max(last, index);
  return Math.max(last + 1, footer?.integrity.frames ?? 0);
}

function fromDetections(
  bytes: Buffer,
  path: string,
  { benchmark = custom, length, onNote }: BoxesFileOptions,
): Boxes {
  const stored = parseDetections(bytes.toString("utf8"), path);
  let id = 0;
  const frames = Array.from({ length: stored.frames }, (_, index): FrameTracks => {
    const { count, boxes, scores, classes } = stored.at(index);
    const tracks = Array.from({ length: count }, (_, i) => ({
      id: ++id,
      box: [boxes[4 * i]!, boxes[4 * i + 1]!, boxes[4 * i + 2]!, boxes[4 * i + 3]!] as const,
      score: scores[i]!,
      class: classes[i]!,
      detection: i,
    }));
    return { index, time: index, tracks };
  });
  return fromTracks(ofBenchmark(frames, stored.labels ?? [], path, benchmark, onNote), path, length);
}

/** The number that a benchmark has for a class of ours; undefined where it does not score it. */
function classNumber(benchmark: Benchmark, label: string): number | undefined {
  const name = label.toLowerCase();
  if (benchmark.layout === "kitti") return kittiClasses[name === "person" ? "pedestrian" : name];
  return name === "person" || name === "pedestrian" ? 1 : undefined;
}

/** Tracks with the class numbers of the benchmark, without the classes that it does not know. */
function ofBenchmark(
  frames: readonly FrameTracks[],
  labels: readonly string[],
  path: string,
  benchmark: Benchmark,
  onNote: BoxesFileOptions["onNote"],
): readonly FrameTracks[] {
  if (benchmark === custom) return frames;
  const leftOut = new Set<string>();
  let count = 0;
  let kept = 0;
  const known = frames.map((frame) => ({
    ...frame,
    tracks: frame.tracks.flatMap((track) => {
      const label = labels[track.class] ?? `class ${track.class}`;
      const number = classNumber(benchmark, label);
      if (number !== undefined) {
        kept++;
        return { ...track, class: number };
      }
      leftOut.add(label);
      count++;
      return [];
    }),
  }));
  const names = [...leftOut].sort().join(", ");
  if (count > 0 && kept === 0)
    throw new InputError(
      `Cannot use ${JSON.stringify(path)}: ${benchmark.name} scores ${benchmark.classes.join(" and ")}, the file has ${names} only`,
    );
  if (count > 0)
    onNote?.(
      `${JSON.stringify(path)}: ${count} boxes of ${names} are left out; ${benchmark.name} scores ${benchmark.classes.join(" and ")}`,
    );
  return known;
}
