import { rename, rm } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import type { Writable } from "node:stream";
import { OutputError } from "../errors.js";
import { safetyArguments } from "./_arguments.js";
import { logArguments, parseLine } from "./_log.js";
import type { Looks } from "./_look.js";
import { planarBytes } from "./_pixels.js";
import { timedHead, timedPictureHead } from "./_timed.js";
import { listVideoEncoders } from "./codecs.js";
import { runFfmpeg } from "./ffmpeg.js";
import { type Ffmpeg, findFfmpeg } from "./find.js";
import type { PlanarFrame } from "./planes.js";
import { encodeDefaults } from "./write.js";

/** How a video is written anew; everything has a default. */
export interface RewriteOptions {
  /** The looks of the video that the frames are from: how its colours are coded and the shape of its pixels are kept. */
  readonly looks?: Looks;
  /** The file whose sound is kept. @default none */
  readonly file?: string;
  /** Done to each frame before it is written. @default nothing */
  readonly draw?: (frame: PlanarFrame) => Promise<void>;
  /** Seconds of the original at which the new video begins; every time is that much earlier. @default 0 */
  readonly start?: number;
  /** Seconds of the original at which its sound ends. @default its end */
  readonly end?: number;
  /** About how many frames there are in a second; frames keep their own times. @default 25 */
  readonly frameRate?: number;
  /** Constant quality from 0 (best) to 51 (worst), where the encoder is H.264. @default 23 */
  readonly quality?: number;
  /** Video encoders of that ffmpeg, where it was asked already. @default asked for */
  readonly encoders?: Promise<ReadonlySet<string>>;
  /** The ffmpeg to use, as a path or as found by `findFfmpeg`. @default found as `findFfmpeg` does */
  readonly ffmpeg?: string | Ffmpeg;
  /** Ends the writing at once; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told the name of the file as long as it is not complete. */
  readonly onTemporary?: (path: string) => void;
}

/** Containers whose players all know H.264 and times of any kind. */
const endings = [".mp4", ".m4v", ".mov", ".mkv"];
/** Sound that players know in an MP4; other sound is coded as AAC. */
const heardInMp4 = new Set(["aac", "mp3", "ac3", "eac3", "opus", "flac", "alac"]);
/** Pictures on their way to the encoder: it takes one while the next is drawn. */
const UNDER_WAY = 2;

/** @throws {RangeError} where `rewriteVideo` cannot write a file of this name */
export function checkVideoName(path: string): void {
  if (!endings.includes(extname(path).toLowerCase()))
    throw new RangeError(
      `Cannot write ${JSON.stringify(path)}: expected a name that ends in ${endings.join(", ")}`,
    );
}

/**
 * Writes the frames of a video as a new one in which every frame has the time it had, with the sound of the original: H.264
 * where this ffmpeg has it, else MPEG-4. A video that does not come to its end leaves nothing behind, and what stood there
 * before is untouched. Odd sizes get a black row or column, which the codecs ask for.
 *
 * @param frames from `openPlanes`; they are taken one by one and given back
 * @throws {OutputError} where it cannot be written
 * @throws {RangeError} for frames of different sizes, or an option or name out of range
 *
 * @example
 * const { source, looks, file } = await openPlanes("in.mp4");
 * await rewriteVideo(source, "out.mp4", { looks, file });
 */
export async function rewriteVideo(
  frames: AsyncIterable<PlanarFrame>,
  path: string,
  options: RewriteOptions = {},
): Promise<void> {
  const {
    looks,
    file,
    draw = async () => {},
    signal,
    frameRate = 25,
    quality = encodeDefaults.quality,
    start = 0,
    end,
  } = options;
  checkVideoName(path);
  if (!(Number.isFinite(frameRate) && frameRate > 0))
    throw new RangeError(`Option "frameRate" must be frames per second above 0, got ${frameRate}`);
  if (!(Number.isFinite(quality) && quality >= 0 && quality <= 51))
    throw new RangeError(`Option "quality" must be from 0 to 51, got ${quality}`);
  const ffmpeg =
    typeof options.ffmpeg === "object"
      ? options.ffmpeg
      : await findFfmpeg({ ffmpeg: options.ffmpeg, signal });
  const iterator = frames[Symbol.asyncIterator]();
  const asked = options.encoders ?? listVideoEncoders(ffmpeg.path);
  const [encoders, first] = await Promise.all([asked, iterator.next()]);
  signal?.throwIfAborted();
  if (first.done) throw new OutputError(`Cannot write "${path}": expected at least one frame, got none`);
  const { width, height, time } = first.value;
  let failure: { readonly error: unknown } | undefined;
  const target = resolve(path);
  const extension = extname(target);
  const unfinished = join(dirname(target), `.${basename(target, extension)}.${process.pid}${extension}`);
  options.onTemporary?.(unfinished);
  const errors: string[] = [];
  const hasSound = file !== undefined && looks !== undefined && looks.sound.length > 0;
  const h264 = encoders.has("libx264");
  const abort = () => run.kill();
  let written: Promise<boolean> | undefined;
  const run = runFfmpeg({
    path: ffmpeg.path,
    input(stdin) {
      written = send(stdin, first.value, { rest: iterator, draw, frameRate }).catch((error) => {
        failure ??= { error };
        // What it has so far is no video.
        run.kill();
        return false;
      });
    },
    inputOptions: [
      ...logArguments,
      ...(hasSound
        ? [
            ...safetyArguments("file", 2 ** 25),
            ...(start > 0 ? ["-ss", String(start)] : []),
            ...(end === undefined || end === Infinity ? [] : ["-t", String(end - start)]),
            ...["-i", `file:${resolve(file)}`],
          ]
        : []),
      ...safetyArguments("pipe", width * height),
      // ffmpeg lets every input begin at 0.
      ...["-itsoffset", (time - start).toFixed(6), "-f", "matroska"],
    ],
    outputOptions: [
      ...["-map", hasSound ? "1:v:0" : "0:v:0"],
      ...(hasSound ? ["-map", "0:a", ...soundArguments(looks, extension, start > 0)] : []),
      ...["-map_metadata", "-1", "-map_chapters", "-1"],
      ...pictureArguments(looks, width, height),
      ...ffmpeg.keepFrames,
      ...(h264
        ? ["-c:v", "libx264", "-preset", "veryfast", "-crf", String(quality), "-enc_time_base", "1/1000000"]
        : ["-c:v", "mpeg4", "-q:v", "3", "-enc_time_base", "1/60000"]),
      ...(extension.toLowerCase() === ".mkv" ? [] : ["-movflags", "+faststart"]),
    ],
    output: `file:${unfinished}`,
    onLine(line) {
      const event = parseLine(line);
      if (event?.type === "message" && event.level === "error") errors.push(event.text);
    },
  });
  try {
    signal?.addEventListener("abort", abort, { once: true });
    const { ok, reason } = await run.done;
    signal?.throwIfAborted();
    await iterator.return?.();
    const isWhole = await written;
    if (failure !== undefined) throw failure.error;
    if (!ok || !isWhole)
      throw new OutputError(
        `Cannot write "${path}": ${errors[0] ?? reason ?? "ffmpeg ended before the last frame"}`,
      );
    await rename(unfinished, target).catch((error: Error) => {
      throw new OutputError(`Cannot write "${path}": ${error.message}`, { cause: error });
    });
  } finally {
    signal?.removeEventListener("abort", abort);
    await iterator.return?.();
    await written;
    await rm(unfinished, { force: true });
  }
}

function soundArguments({ sound }: Looks, extension: string, isCut: boolean): string[] {
  // Copied sound would begin where ffmpeg can jump to in the pictures, before the start.
  if (isCut) return ["-c:a", "aac", "-b:a", "160k"];
  if (extension.toLowerCase() === ".mkv") return ["-c:a", "copy"];
  return sound.flatMap((codec, i) =>
    heardInMp4.has(codec) ? [`-c:a:${i}`, "copy"] : [`-c:a:${i}`, "aac", `-b:a:${i}`, "160k"],
  );
}

/** Even sizes, and how the colours are coded. */
function pictureArguments(looks: Looks | undefined, width: number, height: number): string[] {
  const [pw, ph] = looks?.pixel ?? [1, 1];
  const sar = looks !== undefined && looks.width !== width ? `${ph}/${pw}` : `${pw}/${ph}`;
  const even = width % 2 || height % 2 ? "pad=ceil(iw/2)*2:ceil(ih/2)*2," : "";
  const same = (code: string) => ({ matrix: code, primaries: code, transfer: code });
  // As planes.ts has it.
  const { matrix, primaries, transfer } =
    looks === undefined ? same("bt709") : looks.isYuv ? looks : { ...same("bt709"), matrix: "smpte170m" };
  const tags = [
    ["colorspace", matrix, "-colorspace"],
    ["color_primaries", primaries, "-color_primaries"],
    ["color_trc", transfer, "-color_trc"],
  ].filter(([, value]) => !["unknown", "reserved", "gbr"].includes(value!));
  // On the pictures for a new ffmpeg, which else would convert them; on the encoder for an old one, which asks nobody else.
  const filter = ["setparams=range=tv", ...tags.map(([name, value]) => `${name}=${value}`)].join(":");
  return [
    ...["-vf", `${even}setsar=${sar},${filter}`, "-pix_fmt", "yuv420p", "-color_range", "tv"],
    ...tags.flatMap(([, value, option]) => [option!, value!]),
  ];
}

interface Sending {
  readonly rest: AsyncIterator<PlanarFrame>;
  readonly draw: (frame: PlanarFrame) => Promise<void>;
  readonly frameRate: number;
}

/** Writes the frames. False where ffmpeg ended before it took all. @throws what drawing or taking one throws */
async function send(
  stdin: Writable,
  first: PlanarFrame,
  { rest, draw, frameRate }: Sending,
): Promise<boolean> {
  const { width, height, time } = first;
  const length = planarBytes(width, height);
  const underWay: Promise<boolean>[] = [];
  let last = -1;
  stdin.write(timedHead(width, height, frameRate));
  for (let frame = first; ; ) {
    if (frame.width !== width || frame.height !== height || frame.data.length !== length)
      throw new RangeError(
        `Expected frames of ${width}x${height} (${length} bytes), got ${frame.width}x${frame.height} (${frame.data.length} bytes)`,
      );
    await draw(frame);
    // Two frames at one time, or in the wrong order, are nothing that an encoder takes.
    last = Math.max(last + 1, Math.round((frame.time - time) * 1e6));
    underWay.push(hand(stdin, timedPictureHead(last, length), frame));
    if (underWay.length >= UNDER_WAY && !(await underWay.shift())) return false;
    const next = await rest.next();
    if (next.done) break;
    frame = next.value;
  }
  stdin.end();
  return (await Promise.all(underWay)).every((taken) => taken);
}

/** Resolves when the bytes are ffmpeg's, and their memory is given back; false where it does not take them any more. */
function hand(stdin: Writable, head: Buffer, frame: PlanarFrame): Promise<boolean> {
  return new Promise((resolve) => {
    stdin.write(head);
    stdin.write(frame.data, (error) => {
      frame.release?.();
      resolve(!error);
    });
  });
}
