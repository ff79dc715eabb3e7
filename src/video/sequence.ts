import { readdir, readFile, stat } from "node:fs/promises";
import { isAbsolute, join, normalize } from "node:path";
import { parse } from "ini";
import { InputError } from "../errors.js";
import { isPicture } from "./_picture.js";
import { type Place, readImages } from "./images.js";
import type { FrameSource, Selection } from "./source.js";

/** Two days at 25 frames per second: every frame costs memory, and what claims more has a broken number in it. */
const mostFrames = 2 ** 22;

/** Of a side of a picture. */
const mostPixels = 2 ** 24;

/** What `seqinfo.ini` says. */
export interface SequenceInfo {
  /** Folder of the pictures, below that of the file. */
  readonly imDir: string;
  readonly frameRate: number;
  readonly seqLength: number;
  readonly imWidth: number;
  readonly imHeight: number;
}

/**
 * Reads a sequence as MOTChallenge lays it out: `seqinfo.ini`, pictures numbered from 1 in `img1/` (or where
 * `imDir` says), detections in `det/det.txt`. Without any picture its frames have only an index and a time.
 *
 * @throws {SyntaxError} where `seqinfo.ini` lacks a key or has a bad value
 */
export async function readSequence(
  name: string,
  folder: string,
  selection: Selection,
  signal?: AbortSignal,
): Promise<FrameSource> {
  const info = parseSequenceInfo(
    await readFile(join(folder, "seqinfo.ini"), "utf8"),
    join(name, "seqinfo.ini"),
  );
  const { seqLength, frameRate, imWidth, imHeight, imDir } = info;
  const pictures = await numberedPictures(join(folder, imDir));
  const hasPictures = pictures.size > 0;
  const places: Place[] = [];
  for (let index = 0; index < seqLength; index++) {
    const path = pictures.get(index + 1);
    if (path !== undefined || !hasPictures) places.push({ index, path });
  }
  const det = join(folder, "det", "det.txt");
  const hasDetections = await stat(det).then(
    (found) => found.isFile(),
    () => false,
  );
  return readImages({
    ...{ name, places, frameRate, selection, signal, hasPictures },
    expected: seqLength,
    size: { width: imWidth, height: imHeight },
    missing: `seqinfo.ini promises ${seqLength} pictures, ${places.length} are there`,
    ...(hasDetections ? { detections: det } : {}),
  });
}

/**
 * Parses the text of a `seqinfo.ini`.
 *
 * @throws {SyntaxError} `Cannot parse "name:line": expected ...`
 */
export function parseSequenceInfo(text: string, name: string): SequenceInfo {
  const { Sequence: section } = parse(text) as Record<string, Record<string, unknown> | undefined>;
  if (section === null || typeof section !== "object")
    throw new SyntaxError(`Cannot parse ${JSON.stringify(name)}: expected a section [Sequence], found none`);
  const fail = (key: string, expected: string): SyntaxError => {
    const value = section[key];
    if (value === undefined)
      return new SyntaxError(
        `Cannot parse ${JSON.stringify(name)}: expected the key "${key}" (${expected}) in [Sequence], found none`,
      );
    const line = text.split(/\r?\n/).findIndex((line) => line.trimStart().startsWith(key)) + 1;
    return new SyntaxError(
      `Cannot parse ${JSON.stringify(`${name}:${line}`)}: expected ${key} to be ${expected}, got ${quote(String(value))}`,
    );
  };
  const whole = (key: string, most: number): number => {
    const value = Number(section[key] === undefined ? Number.NaN : section[key]);
    if (!(Number.isSafeInteger(value) && value >= 1 && value <= most))
      throw fail(key, `a whole number from 1 to ${most}`);
    return value;
  };
  const frameRate = Number(section.frameRate === undefined ? Number.NaN : section.frameRate);
  if (!(Number.isFinite(frameRate) && frameRate > 0)) throw fail("frameRate", "frames per second above 0");
  const imDir = section.imDir === undefined ? "img1" : String(section.imDir);
  if (isAbsolute(imDir) || normalize(imDir).startsWith(".."))
    throw fail("imDir", "a folder inside the sequence's");
  return {
    ...{ imDir, frameRate },
    seqLength: whole("seqLength", mostFrames),
    ...{ imWidth: whole("imWidth", mostPixels), imHeight: whole("imHeight", mostPixels) },
  };
}

/** A value out of a file, fit for one line of an error message. */
const quote = (value: string): string =>
  JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);

/** By the number in their name, which counts from 1; empty where there is no such folder. */
async function numberedPictures(folder: string): Promise<Map<number, string>> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new InputError(`Cannot read ${JSON.stringify(folder)}: expected a folder (${error.message})`, {
      cause: error,
    });
  });
  const found = new Map<number, string>();
  for (const name of names.sort()) {
    const number = /(\d+)\.[^.]+$/.exec(name)?.[1];
    if (number !== undefined && isPicture(name)) found.set(Number(number), join(folder, name));
  }
  return found;
}
