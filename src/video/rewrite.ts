import { rename, rm } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { OutputError } from "../errors.js";
import type { Frame } from "../types.js";
import { safetyArguments } from "./_arguments.js";
import { logArguments, parseLine } from "./_log.js";
import { type Looks, lookAt } from "./_look.js";
import { timedHead, timedPicture } from "./_timed.js";
import { listCodecs } from "./codecs.js";
import { runFfmpeg } from "./ffmpeg.js";
import { type Ffmpeg, findFfmpeg } from "./find.js";
import { encodeDefaults } from "./write.js";

/** How a video is written anew; everything has a default. */
export interface RewriteOptions {
  /** The video file that the frames are from: its sound, its colours and the shape of its pixels are kept. @default none */
  readonly original?: string;
  /** Seconds of the original at which the new video begins; every time is that much earlier. @default 0 */
  readonly start?: number;
  /** Seconds of the original at which its sound ends. @default its end */
  readonly end?: number;
  /** About how many frames there are in a second; frames keep their own times. @default 25 */
  readonly frameRate?: number;
  /** Constant quality from 0 (best) to 51 (worst), where the encoder is H.264. @default 23 */
  readonly quality?: number;
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
const matrices: Readonly<Record<string, string>> = {
  ...{ bt709: "bt709", bt470bg: "bt470", smpte170m: "smpte170m", smpte240m: "smpte240m", fcc: "fcc" },
  ...{ bt2020nc: "bt2020", bt2020c: "bt2020" },
};

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
 * @param frames are taken one by one and given back
 * @throws {OutputError} where it cannot be written
 * @throws {RangeError} for frames of different sizes, or an option or name out of range
 *
 * @example
 * await rewriteVideo(await openInput("in.mp4"), "out.mp4", { original: "in.mp4" });
 */
export async function rewriteVideo(
  frames: AsyncIterable<Frame>,
  path: string,
  options: RewriteOptions = {},
): Promise<void> {
  const { original, signal, frameRate = 25, quality = encodeDefaults.quality, start = 0, end } = options;
  checkVideoName(path);
  if (!(Number.isFinite(frameRate) && frameRate > 0))
    throw new RangeError(`Option "frameRate" must be frames per second above 0, got ${frameRate}`);
  if (!(Number.isFinite(quality) && quality >= 0 && quality <= 51))
    throw new RangeError(`Option "quality" must be from 0 to 51, got ${quality}`);
  const ffmpeg =
    typeof options.ffmpeg === "object" ? options.ffmpeg : await findFfmpeg({ ffmpeg: options.ffmpeg });
  const { videoEncoders } = await listCodecs(ffmpeg.path);
  const looks = original === undefined ? undefined : await lookAt(ffmpeg.path, resolve(original));
  signal?.throwIfAborted();

  const iterator = frames[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done) throw new OutputError(`Cannot write "${path}": expected at least one frame, got none`);
  const { width, height, time } = first.value;
  let failure: { readonly error: unknown } | undefined;
  const bytes = Readable.from(
    toBytes(first.value, iterator, frameRate, (error) => {
      failure ??= { error };
    }),
    { highWaterMark: 1 },
  );
  const target = resolve(path);
  const extension = extname(target);
  const unfinished = join(dirname(target), `.${basename(target, extension)}.${process.pid}${extension}`);
  options.onTemporary?.(unfinished);
  const errors: string[] = [];
  const hasSound = looks !== undefined && looks.sound.length > 0;
  const h264 = videoEncoders.has("libx264");
  const abort = () => run.kill();
  const run = runFfmpeg({
    path: ffmpeg.path,
    input: bytes,
    inputOptions: [
      ...logArguments,
      ...(hasSound
        ? [
            ...safetyArguments("file", 2 ** 25),
            ...(start > 0 ? ["-ss", String(start)] : []),
            ...(end === undefined || end === Infinity ? [] : ["-t", String(end - start)]),
            ...["-i", `file:${resolve(original!)}`],
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
      ...pictureArguments(looks, width),
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
    if (failure !== undefined) throw failure.error;
    if (!ok) throw new OutputError(`Cannot write "${path}": ${errors[0] ?? reason}`);
    await rename(unfinished, target).catch((error: Error) => {
      throw new OutputError(`Cannot write "${path}": ${error.message}`, { cause: error });
    });
  } finally {
    signal?.removeEventListener("abort", abort);
    bytes.destroy();
    await iterator.return?.();
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

/** 4:2:0 of even size in the colour code of the original, so that what was not drawn on stays as it was. */
function pictureArguments(looks: Looks | undefined, width: number): string[] {
  const isTagged = looks?.isYuv === true && Object.hasOwn(matrices, looks.matrix);
  // What was no YUV has no code to keep; what does not name its code was read as BT.601.
  const matrix = isTagged ? matrices[looks.matrix]! : looks === undefined || !looks.isYuv ? "bt709" : "bt601";
  const [pw, ph] = looks?.pixel ?? [1, 1];
  const sar = looks !== undefined && looks.width !== width ? `${ph}/${pw}` : `${pw}/${ph}`;
  const tag = (option: string, value: string): string[] =>
    ["unknown", "reserved", "gbr"].includes(value) ? [] : [option, value];
  return [
    "-vf",
    `scale=out_color_matrix=${matrix}:out_range=tv,format=yuv420p,pad=ceil(iw/2)*2:ceil(ih/2)*2,setsar=${sar}`,
    ...["-color_range", "tv"],
    ...(isTagged
      ? [
          ...tag("-colorspace", looks.matrix),
          ...tag("-color_primaries", looks.primaries),
          ...tag("-color_trc", looks.transfer),
        ]
      : matrix === "bt709"
        ? ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]
        : []),
  ];
}

async function* toBytes(
  first: Frame,
  rest: AsyncIterator<Frame>,
  frameRate: number,
  onError: (error: unknown) => void,
): AsyncGenerator<Buffer> {
  const { width, height, time } = first;
  let last = -1;
  try {
    yield timedHead(width, height, frameRate);
    for (let frame = first; ; ) {
      if (frame.width !== width || frame.height !== height || frame.data.length !== width * height * 3)
        throw new RangeError(
          `Expected frames of ${width}x${height} (${width * height * 3} bytes), got ${frame.width}x${frame.height} (${frame.data.length} bytes)`,
        );
      // Two frames at one time, or in the wrong order, are nothing that an encoder takes.
      last = Math.max(last + 1, Math.round((frame.time - time) * 1e6));
      const bytes = timedPicture(last, frame.data);
      frame.release?.();
      yield bytes;
      const next = await rest.next();
      if (next.done) return;
      frame = next.value;
    }
  } catch (error) {
    onError(error);
    throw error;
  }
}
