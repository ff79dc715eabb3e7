import { constants, createReadStream } from "node:fs";
import { access, readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { orderBy } from "natural-orderby";
import { glob, isDynamicPattern } from "tinyglobby";
import { InputError } from "../errors.js";
import { openHttp } from "./_live-http.js";
import { isPicture } from "./_picture.js";
import { promisedFrames } from "./_promised.js";
import { type Ffmpeg, findFfmpeg } from "./find.js";
import { readImages } from "./images.js";
import { readVideo, type VideoInput } from "./read.js";
import { readSequence } from "./sequence.js";
import { type FrameSource, type InputOptions, type Selection, select } from "./source.js";
import { nameOfAddress, parseNetworkAddress } from "./stream-address.js";

export type { FrameSource, InputOptions } from "./source.js";

/**
 * Opens whatever has frames: a video file, a folder or glob of pictures (in natural order), a MOT sequence
 * folder, a video behind http:// or https://, or "-" for a video on stdin. Any other name is a file's name, whatever it
 * looks like; an input reads no other file than itself, and only an address that was given reaches the network.
 *
 * @param input path, glob, address, or "-"
 * @throws {InputError} one line that names the input, what was expected and what was found
 * @throws {EnvironmentError} where no ffmpeg works
 * @throws {RangeError} for an option out of range
 *
 * @example
 * const source = await openInput("street.mp4", { every: 2 });
 * for await (const frame of source) {
 *   console.log(frame.index, frame.time, frame.data.length);
 *   frame.release?.();
 * }
 * console.log(source.integrity().complete);
 */
export function openInput(input: string, options: InputOptions = {}): Promise<FrameSource> {
  return openFrames(input, options);
}

/** With `planes` frames hold planes instead of RGB; see planes.ts. */
export async function openFrames(
  input: string,
  options: InputOptions,
  planes?: Selection["planes"],
): Promise<FrameSource> {
  const selection = { ...select(options), ...(planes && { planes }) };
  const { stdin = process.stdin, threads, signal, name = input } = options;
  const video = { name, selection, threads, signal };
  if (input === "-") {
    if ("isTTY" in stdin && stdin.isTTY)
      throw new InputError(
        'Cannot read "-": expected a video on stdin, found a terminal; pipe one in (cat FILE | track -)',
      );
    return readVideo({ ...video, from: stdin, ffmpeg: await ffmpegOf(options) });
  }

  const path = resolve(input);
  const isHttp = /^https?:\/\//i.test(input);
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" && (isHttp || isDynamicPattern(input))) return undefined;
    throw new InputError(`Cannot read "${nameOfAddress(input)}": ${notFound(input, error)}`, {
      cause: error,
    });
  });
  if (found === undefined && isHttp) return readHttp(input, video, options);
  if (found === undefined) return pictures(input, await glob(input, { absolute: true }), selection, signal);
  if (found.isDirectory()) {
    const names = await readdir(path);
    if (names.includes("seqinfo.ini")) return readSequence(input, path, selection, signal);
    return pictures(
      input,
      names.map((name) => join(path, name)),
      selection,
      signal,
    );
  }
  if (!found.isFile() && !found.isFIFO())
    throw new InputError(
      `Cannot read "${input}": expected a file or a folder${found.isCharacterDevice() ? "; cameras are watched with --online" : ""}`,
    );
  await access(path, constants.R_OK).catch((error) => {
    throw new InputError(`Cannot read "${input}": expected a readable file, got: permission denied`, {
      cause: error,
    });
  });
  if (found.isFile() && found.size === 0)
    throw new InputError(`Cannot read "${input}": expected a video file, found an empty one (0 bytes)`);
  if (isStill(path)) return pictures(input, [path], selection, signal);
  const ffmpeg = await ffmpegOf(options);
  // A pipe may have a name that only this process knows (/dev/fd/63).
  if (found.isFIFO()) return readVideo({ ...video, from: createReadStream(path), ffmpeg });
  return readVideo({ ...video, from: path, promised: await promisedFrames(path), ffmpeg });
}

/** A video that is downloaded as it is read. */
async function readHttp(
  input: string,
  video: Pick<VideoInput, "selection" | "threads" | "signal">,
  options: InputOptions,
): Promise<FrameSource> {
  const address = parseNetworkAddress(input);
  const ffmpeg = await ffmpegOf(options);
  const { body } = await openHttp(address, video.signal);
  const release = () => void body.destroy();
  return readVideo({ ...video, name: address.name, from: body, release, ffmpeg });
}

/** One after the other by their names, numbers by value: 2 comes before 10. */
async function pictures(
  name: string,
  paths: readonly string[],
  selection: Selection,
  signal: AbortSignal | undefined,
): Promise<FrameSource> {
  const found = orderBy(paths.filter(isPicture), [(path) => path], ["asc"]);
  if (found.length === 0) throw new InputError(`Cannot read "${name}": expected pictures in it, found none`);
  const places = found.map((path, index) => ({ index, path }));
  const { frameRate } = selection;
  return readImages({
    name,
    places,
    expected: found.length,
    frameRate,
    hasPictures: true,
    selection,
    signal,
  });
}

/** A GIF by itself moves. */
function isStill(path: string): boolean {
  return isPicture(path) && !path.toLowerCase().endsWith(".gif");
}

async function ffmpegOf({ ffmpeg, env, signal }: InputOptions): Promise<Ffmpeg> {
  return typeof ffmpeg === "object" ? ffmpeg : findFfmpeg({ ffmpeg, env, signal });
}

function notFound(input: string, error: NodeJS.ErrnoException): string {
  if (error.code !== "ENOENT") return error.message;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(input))
    return "expected a file or http://..., found an address; cameras are watched with --online";
  return "no such file or folder";
}
