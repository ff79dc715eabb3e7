/**
 * Files of boxes to be scored or compared, read into columns: MOTChallenge and KITTI text, our own tracks, our own
 * saved detections.
 */
import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { InputError } from "../errors.js";
import { type Benchmark, type Boxes, custom, parseKitti, parseMot } from "../eval/index.js";
import { kittiClasses } from "../eval/rules/kitti.js";

/** Endings of tracks files. Named here, since loading the formats takes longer than scoring a sequence. */
export const endings: readonly string[] = [".json", ".jsonl", ".txt", ".csv"];

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
export async function readBoxesFile(path: string, options: BoxesFileOptions = {}): Promise<Boxes> {
  const { benchmark = custom, kind = "results", length } = options;
  const bytes = readBytes(path);
  if (isBlank(bytes)) throw new InputError(`Cannot use ${JSON.stringify(path)}: the file is empty`);
  const ending = extname(path).toLowerCase();
  if (!endings.includes(ending))
    throw new InputError(
      `Cannot read ${JSON.stringify(path)}: expected a name that ends in ${endings.join(", ")}`,
    );
  if (ending === ".txt" && benchmark.layout === "kitti") return parseKitti(bytes, path, { kind, length });
  // Our own saved detections begin with a comment that lists the labels.
  const isSaved = kind === "detections" && bytes[0] === "#".charCodeAt(0);
  if (ending !== ".txt" || isSaved) {
    const { ownDetections, ownTracks } = await import("./own-files.js");
    return (isSaved ? ownDetections : ownTracks)(bytes.toString("utf8"), path, options);
  }
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
