import type { Readable } from "node:stream";
import type { Frame, Integrity } from "../types.js";
import type { Ffmpeg } from "./find.js";

/** How an input is read; everything has a default. */
export interface InputOptions {
  /** Seconds; frames before it are counted and left out. @default 0 */
  readonly start?: number;
  /** Seconds; the first frame at or after it and all later ones are left out. @default the input's end */
  readonly end?: number;
  /** Takes the frames whose index is a multiple of this. @default 1 */
  readonly every?: number;
  /** Takes only the frames of these indices, which rise; at most 5000. Not together with `every`. @default all */
  readonly only?: readonly number[];
  /** Largest picture that is decoded, in pixels: a small file can claim gigabytes. @default 2 ** 25 (8192 x 4096) */
  readonly maxPixels?: number;
  /** Decoding threads of ffmpeg. @default as many as it finds useful */
  readonly threads?: number;
  /** False where only the frames' times are of interest: `data` stays empty, and nothing is converted. @default true */
  readonly pictures?: boolean;
  /** Frames per second of a folder of pictures, which has no time of its own. @default 30 */
  readonly frameRate?: number;
  /** The ffmpeg to use, as a path or as found by `findFfmpeg`. @default found as `findFfmpeg` does */
  readonly ffmpeg?: string | Ffmpeg;
  /** Where FFMPEG_PATH and PATH are looked up. @default nowhere: the library does not read the environment */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What the input "-" reads. @default process.stdin */
  readonly stdin?: Readable;
  /** What the input is called in errors and results, where that is not its path. @default the input as given */
  readonly name?: string;
  /** Ends the reading at once; whoever waits for a frame gets the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Frames, in order, to be read once; leaving the loop ends what stands behind it. */
export interface FrameSource extends AsyncIterable<Frame> {
  /** The input as it was given. */
  readonly name: string;
  /** Of the frames, with the rotation applied. Where a video changes its size, frames keep the first one. */
  readonly width: number;
  readonly height: number;
  /** Average frames per second, where known. */
  readonly frameRate?: number;
  /** How many frames to expect from here, for showing progress; a video's is an estimate. */
  readonly frames?: number;
  /** Seconds, where known. */
  readonly duration?: number;
  /** False where `Frame.data` is empty. */
  readonly hasPictures: boolean;
  /** The program that decodes and its version, where there is one. */
  readonly decoder?: string;
  /** Path of the detections that came with a MOT sequence (`det/det.txt`). */
  readonly detections?: string;
  /** What was really read so far; final once the last frame was taken. */
  integrity(): Integrity;
  /** Ends the reading and waits until nothing of it runs any more; harmless when it has ended. */
  close(): Promise<void>;
}

/** `InputOptions` as they are, where nothing else is asked for. */
export const defaults = { start: 0, every: 1, maxPixels: 2 ** 25, pictures: true, frameRate: 30 } as const;

/** The options that choose frames, complete and checked. */
export interface Selection {
  readonly start: number;
  /** Infinity: to the end. */
  readonly end: number;
  readonly every: number;
  readonly only?: readonly number[];
  readonly maxPixels: number;
  readonly pictures: boolean;
  readonly frameRate: number;
  /** Frames hold planes instead of RGB, see planes.ts, and this is told what ffmpeg says. */
  readonly planes?: { line(line: string): void };
}

/** @throws {RangeError} naming the option that is out of range */
export function select(options: InputOptions): Selection {
  const {
    start = defaults.start,
    end = Number.POSITIVE_INFINITY,
    every = defaults.every,
    maxPixels = defaults.maxPixels,
    pictures = defaults.pictures,
    frameRate = defaults.frameRate,
  } = options;
  if (!(Number.isFinite(start) && start >= 0)) throw outOfRange("start", "seconds from 0", start);
  if (!(end > start)) throw outOfRange("end", `seconds above start (${start})`, end);
  if (!(Number.isSafeInteger(every) && every >= 1)) throw outOfRange("every", "a whole number from 1", every);
  if (!(Number.isSafeInteger(maxPixels) && maxPixels >= 1 && maxPixels < 2 ** 31))
    throw outOfRange("maxPixels", "a whole number of pixels from 1 to 2147483647", maxPixels);
  if (!(Number.isFinite(frameRate) && frameRate > 0))
    throw outOfRange("frameRate", "frames per second above 0", frameRate);
  const { threads, only } = options;
  if (only !== undefined && !isChoice(only, every))
    throw new RangeError('Option "only" must be at most 5000 rising frame numbers, without "every"');
  if (threads !== undefined && !(Number.isSafeInteger(threads) && threads >= 1))
    throw outOfRange("threads", "a whole number from 1", threads);
  return { start, end, every, maxPixels, pictures, frameRate, ...(only && { only }) };
}

const isChoice = (only: readonly number[], every: number): boolean =>
  every === 1 &&
  only.length <= 5000 &&
  only.every((index, i) => Number.isSafeInteger(index) && index > (i > 0 ? only[i - 1]! : -1));

function outOfRange(name: string, expected: string, got: number): RangeError {
  return new RangeError(`Option "${name}" must be ${expected}, got ${got}`);
}
