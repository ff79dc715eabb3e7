import { rename, rm } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { OutputError } from "../errors.js";
import { logArguments, parseLine } from "./_log.js";
import { listCodecs } from "./codecs.js";
import { runFfmpeg } from "./ffmpeg.js";
import { type Ffmpeg, findFfmpeg } from "./find.js";

/** How a video is written; everything has a default. */
export interface EncodeOptions {
  /** Frames per second. @default 25 */
  readonly frameRate?: number;
  /** Constant quality from 0 (best) to 51 (worst), where the encoder is H.264. @default 23 */
  readonly quality?: number;
  /** The ffmpeg to use, as a path or as found by `findFfmpeg`. @default found as `findFfmpeg` does */
  readonly ffmpeg?: string | Ffmpeg;
}

/** What is used where `EncodeOptions` say nothing. */
export const encodeDefaults = { frameRate: 25, quality: 23 } as const;

/** RGB bytes, row-major, `width * height * 3` of them. A `Frame` is one. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * Writes pictures of one size as a video: H.264 where this ffmpeg has it, else MPEG-4. The container follows
 * the name (".mp4", ".mkv", ".avi"). A video that does not come to its end leaves nothing behind, and what
 * stood there before is untouched. Odd sizes get a black row or column, which the codecs ask for.
 *
 * @param pictures are taken one by one; `release` of a frame stays the caller's
 * @throws {OutputError} where it cannot be written
 * @throws {RangeError} for pictures of different sizes, or an option out of range
 *
 * @example
 * await encodeVideo(await openInput("in.mp4", { every: 2 }), "out.mp4", { frameRate: 15 });
 */
export async function encodeVideo(
  pictures: AsyncIterable<Picture> | Iterable<Picture>,
  path: string,
  options: EncodeOptions = {},
): Promise<void> {
  const { frameRate = encodeDefaults.frameRate, quality = encodeDefaults.quality } = options;
  if (!(Number.isFinite(frameRate) && frameRate > 0))
    throw new RangeError(`Option "frameRate" must be frames per second above 0, got ${frameRate}`);
  if (!(Number.isFinite(quality) && quality >= 0 && quality <= 51))
    throw new RangeError(`Option "quality" must be from 0 to 51, got ${quality}`);
  const ffmpeg =
    typeof options.ffmpeg === "object" ? options.ffmpeg : await findFfmpeg({ ffmpeg: options.ffmpeg });
  const { videoEncoders } = await listCodecs(ffmpeg.path);

  const iterator = iterate(pictures);
  const first = await iterator.next();
  if (first.done) throw new OutputError(`Cannot write "${path}": expected at least one picture, got none`);
  const { width, height } = first.value;
  let failure: { readonly error: unknown } | undefined;
  const bytes = Readable.from(
    toBytes(first.value, iterator, (error) => {
      failure = { error };
    }),
  );
  const target = resolve(path);
  const extension = extname(target);
  const unfinished = join(dirname(target), `.${basename(target, extension)}.${process.pid}${extension}`);
  const errors: string[] = [];
  try {
    const { ok, reason } = await runFfmpeg({
      path: ffmpeg.path,
      input: bytes,
      inputOptions: [
        ...logArguments,
        ...[
          "-f",
          "rawvideo",
          "-pix_fmt",
          "rgb24",
          "-s",
          `${width}x${height}`,
          "-framerate",
          String(frameRate),
        ],
      ],
      outputOptions: [
        // 4:2:0 needs even sizes.
        ...["-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-pix_fmt", "yuv420p"],
        ...(videoEncoders.has("libx264")
          ? ["-c:v", "libx264", "-crf", String(quality)]
          : ["-c:v", "mpeg4", "-q:v", "3"]),
        // AVI has no times of its own: pictures out of order would come late.
        ...(/^\.avi$/i.test(extension) ? ["-bf", "0"] : []),
        ...(/^\.(?:mp4|m4v|mov)$/i.test(extension) ? ["-movflags", "+faststart"] : []),
      ],
      output: `file:${unfinished}`,
      onLine(line) {
        const event = parseLine(line);
        if (event?.type === "message" && event.level === "error") errors.push(event.text);
      },
    }).done;
    if (failure !== undefined) throw failure.error;
    if (!ok) throw new OutputError(`Cannot write "${path}": ${errors[0] ?? reason}`);
    await rename(unfinished, target).catch((error: Error) => {
      throw new OutputError(`Cannot write "${path}": ${error.message}`, { cause: error });
    });
  } finally {
    bytes.destroy();
    await rm(unfinished, { force: true });
  }
}

function iterate(pictures: AsyncIterable<Picture> | Iterable<Picture>): AsyncIterator<Picture> {
  if (Symbol.asyncIterator in pictures) return pictures[Symbol.asyncIterator]();
  const iterator = pictures[Symbol.iterator]();
  return {
    next: async () => iterator.next(),
    return: async () => iterator.return?.() ?? { done: true, value: undefined },
  };
}

/** Copies, because the bytes wait in a pipe while their picture may already be given back. */
async function* toBytes(
  first: Picture,
  rest: AsyncIterator<Picture>,
  onError: (error: unknown) => void,
): AsyncGenerator<Buffer> {
  const { width, height } = first;
  try {
    for (let picture = first; ; ) {
      if (picture.width !== width || picture.height !== height || picture.data.length !== width * height * 3)
        throw new RangeError(
          `Expected pictures of ${width}x${height} (${width * height * 3} bytes), got ${picture.width}x${picture.height} (${picture.data.length} bytes)`,
        );
      yield Buffer.from(picture.data);
      const next = await rest.next();
      if (next.done) return;
      picture = next.value;
    }
  } catch (error) {
    onError(error);
    throw error;
  } finally {
    await rest.return?.();
  }
}
