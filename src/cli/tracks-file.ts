/**
 * Tracks files in any of our formats, read whole.
 */
import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { InputError } from "../errors.js";
import { formats } from "../format/files.js";
import type { ParsedTracks } from "../types.js";

/** More than any detector tells apart. */
const MOST_CLASSES = 1 << 16;

/** Tracks with the names of their classes, where the file has them. */
export interface NamedTracks extends ParsedTracks {
  readonly labels?: readonly string[];
}

/**
 * Reads a tracks file; the ending says what it is.
 *
 * @throws {InputError} it cannot be read. @throws {SyntaxError} `Cannot parse "file:line": ...`
 */
export function readTracks(path: string): NamedTracks {
  const ending = extname(path).toLowerCase();
  if (!formats.some(({ extension, parse }) => extension === ending && parse))
    throw new InputError(
      `Cannot read ${JSON.stringify(path)}: expected a name that ends in ${formats.map((f) => f.extension).join(", ")}`,
    );
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "no such file" : code === "EISDIR" ? "it is a folder" : message;
    throw new InputError(`Cannot read ${JSON.stringify(path)}: ${why}`, { cause });
  }
  return parseTracks(text, path);
}

/** The tracks in a text whose name ends as one of our formats does. @throws {SyntaxError} `Cannot parse ...` */
export function parseTracks(text: string, path: string): NamedTracks {
  const ending = extname(path).toLowerCase();
  const parsed = formats.find(({ extension }) => extension === ending)!.parse!(text, path);
  return { ...parsed, labels: parsed.header?.labels ?? (ending === ".csv" ? labelsOfCsv(text) : undefined) };
}

/** The rows of our CSV end in class, label, detection. */
function labelsOfCsv(text: string): string[] {
  const labels: string[] = [];
  // A list with one name far out would have a place for each number before it.
  for (const [, index, quoted, plain] of text.matchAll(
    /,(\d+),(?:"((?:[^"]|"")*)"|([^",\r\n]*)),-?\d+\s*$/gm,
  ))
    if (Number(index) < MOST_CLASSES) labels[Number(index)] = quoted?.replaceAll('""', '"') ?? plain!;
  return labels;
}
