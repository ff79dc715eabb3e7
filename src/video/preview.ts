/**
 * Videos for pages: what browsers play, with all frames of the original at their times, beginning at 0. Pictures that
 * browsers read already are copied as they are, others are made anew and small.
 */
import { open, rm } from "node:fs/promises";
import { resolve } from "node:path";
import sharp from "sharp";
import { EnvironmentError, OutputError } from "../errors.js";
import { safetyArguments, ticksPerSecond } from "./_arguments.js";
import { logArguments, parseLine } from "./_log.js";
import { type Movie, readMovie } from "./_mp4.js";
import { listCodecs } from "./codecs.js";
import { runFfmpeg } from "./ffmpeg.js";
import type { Ffmpeg } from "./find.js";
import type { Picture } from "./write.js";

/** How a video for a page is made; everything but the program has a default. */
export interface PreviewOptions {
  readonly ffmpeg: Ffmpeg;
  /** Pixels of the longer side at most. @default 960 */
  readonly longSide?: number;
  /** Bits per second at most. @default 2_500_000 */
  readonly rate?: number;
  /** Told of every frame of the original: seconds. */
  readonly onFrame?: (time: number) => void;
  /** Ends the making at once; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

export const previewDefaults = { longSide: 960, rate: 2_500_000 } as const;

/** What a browser is told of a video file. */
export interface PageVideo {
  /** With codecs, as browsers take it: `video/mp4; codecs="avc1.640028"`. */
  readonly type: string;
  /** Seconds of each frame in the file's own clock, rising; undefined where its header does not tell. */
  readonly times?: Float64Array;
  readonly hasSound: boolean;
}

interface Kind {
  /** By ffmpeg's names, such as "mov,mp4,m4a,3gp,3g2,mj2". */
  readonly container: string;
  readonly codec: string;
  readonly hasSound: boolean;
}

/** What a file is, where all browsers read its pictures; others are played on some machines. */
async function readableKind(path: string, { ffmpeg }: PreviewOptions): Promise<Kind | undefined> {
  let [container, codec, pixels, hasSound, inside] = ["", "", "", false, true];
  await runFfmpeg({
    path: ffmpeg.path,
    input: `file:${resolve(path)}`,
    inputOptions: [...logArguments, ...safetyArguments("file", 2 ** 25)],
    outputOptions: ["-map", "0:V:0", "-t", "0", "-f", "null"],
    output: "-",
    onLine(line) {
      const event = parseLine(line);
      if (event?.type === "output" || event?.type === "mapping") inside = false;
      if (!inside) return;
      if (event?.type === "input") container ||= event.container;
      if (event?.type === "stream" && event.kind === "Audio") hasSound = true;
      if (event?.type !== "stream" || event.kind !== "Video" || /attached pic/.test(line)) return;
      codec ||= event.codec;
      pixels ||= /, (\w*\d{3}p\w*)[,(]/.exec(line)?.[1] ?? "";
    },
  }).done;
  const isRead = /^(?:h264|vp8|vp9|av1)$/.test(codec) && /^yuvj?420p$/.test(pixels);
  return isRead ? { container, codec, hasSound } : undefined;
}

/** What a file is to a browser, where all browsers play it as it is; else undefined. */
export async function lookForPage(path: string, options: PreviewOptions): Promise<PageVideo | undefined> {
  const kind = await readableKind(path, options);
  if (kind === undefined) return undefined;
  const { container, codec, hasSound } = kind;
  if (container.startsWith("matroska") && /\.webm$/i.test(path) && codec !== "h264")
    return { type: "video/webm", hasSound };
  if (!container.startsWith("mov,") || codec === "vp8") return undefined;
  const movie = await movieOf(path);
  return movie?.codec === undefined ? undefined : { ...pageVideo(movie), hasSound };
}

/** When browsers show the first frame of a file: seconds of its own clock, which need not begin at 0. */
export async function firstTime(path: string, { ffmpeg, signal }: PreviewOptions): Promise<number> {
  signal?.throwIfAborted();
  let ticks: number | undefined;
  await runFfmpeg({
    path: ffmpeg.path,
    input: `file:${resolve(path)}`,
    inputOptions: [...logArguments, ...safetyArguments("file", 2 ** 25), "-copyts"],
    outputOptions: [
      ...["-map", "0:V:0", "-frames:v", "1", "-vf", `settb=1/${ticksPerSecond},showinfo@kept=checksum=0`],
      ...["-f", "null"],
    ],
    output: "-",
    onLine(line) {
      const event = parseLine(line);
      if (event?.type === "frame") ticks ??= event.ticks;
    },
  }).done;
  return (ticks ?? 0) / ticksPerSecond;
}

/**
 * Copies the pictures of a video into an MP4 without its sound, where all browsers play that. Its frames are those of the
 * file, which need not be those that come out of a decoder: compare the times.
 *
 * @param first seconds of its first frame, which becomes 0
 * @returns undefined where it cannot be copied; then there is no file.
 */
export async function copyForPage(
  path: string,
  to: string,
  first: number,
  options: PreviewOptions,
): Promise<PageVideo | undefined> {
  const kind = await readableKind(path, options);
  if (kind === undefined || kind.codec === "vp8") return undefined;
  const { ok } = await run(options, {
    path,
    to,
    options: ["-map", "0:V:0", "-c", "copy", "-output_ts_offset", (-first).toFixed(6)],
  });
  const movie = ok ? await movieOf(to) : undefined;
  if (movie?.codec !== undefined) return pageVideo(movie);
  await rm(to, { force: true });
  return undefined;
}

/**
 * Makes a small H.264 video of all frames, at their times, without sound and quick to seek in.
 *
 * @param first seconds of its first frame, which becomes 0
 * @throws {EnvironmentError} the ffmpeg cannot make H.264. @throws {OutputError} it failed.
 */
export async function writePreview(
  path: string,
  to: string,
  first: number,
  options: PreviewOptions,
): Promise<PageVideo> {
  const { ffmpeg, onFrame } = options;
  const { longSide = previewDefaults.longSide, rate = previewDefaults.rate } = options;
  if (!(await listCodecs(ffmpeg.path)).videoEncoders.has("libx264"))
    throw new EnvironmentError(
      `Cannot make a video for the page: the ffmpeg "${ffmpeg.path}" has no H.264 encoder (libx264); install another, or leave the video out with --no-video`,
    );
  const shrink = `min(1,${longSide}/max(iw*sar,ih))`;
  const graph = [
    `settb=1/${ticksPerSecond}`,
    "showinfo@kept=checksum=0",
    // An encoder takes no two frames at one time; by a microsecond nobody is misled.
    `setpts='max(PTS-${Math.round(first * ticksPerSecond)},if(isnan(PREV_OUTPTS),0,PREV_OUTPTS+1))'`,
    `scale=w='2*max(1,round(${shrink}*iw*sar/2))':h='2*max(1,round(${shrink}*ih/2))':flags=bicubic`,
    "format=yuv420p,setsar=1",
  ];
  const { ok, reason } = await run(options, {
    path,
    to,
    options: [
      ...["-map", "0:V:0", "-vf", graph.join(","), ...ffmpeg.keepFrames],
      ...["-c:v", "libx264", "-preset", "veryfast", "-crf", "26", "-enc_time_base", `1/${ticksPerSecond}`],
      ...["-maxrate", String(Math.round(rate)), "-bufsize", String(Math.round(2 * rate))],
      // Old ffmpegs write editing lists that end before the last frame; without frames that wait for others none is needed.
      ...["-bf", "0", "-use_editlist", "0"],
      // A player that jumps has a second to decode at most.
      ...["-force_key_frames", "expr:gte(t,n_forced)"],
    ],
    onLine(line) {
      const event = parseLine(line);
      if (event?.type === "frame" && event.ticks !== undefined) onFrame?.(event.ticks / ticksPerSecond);
    },
  });
  const movie = ok ? await movieOf(to) : undefined;
  if (movie?.codec === undefined) {
    await rm(to, { force: true });
    throw new OutputError(`Cannot make a video for the page from "${path}": ${reason}`);
  }
  return pageVideo(movie);
}

/** A picture in another size. */
export async function shrinkPicture(
  { width, height, data }: Picture,
  to: { readonly width: number; readonly height: number },
): Promise<Picture> {
  const raw = { width, height, channels: 3 } as const;
  const bytes = await sharp(data, { raw })
    .resize({ ...to, fit: "fill" })
    .raw()
    .toBuffer();
  return { ...to, data: bytes };
}

const pageVideo = ({ codec, times }: Movie): PageVideo => ({
  ...{ type: `video/mp4; codecs="${codec}"`, times },
  // What is made here has none.
  hasSound: false,
});

async function run(
  { ffmpeg, signal }: Pick<PreviewOptions, "ffmpeg" | "signal">,
  job: {
    readonly path: string;
    readonly to: string;
    readonly options: readonly string[];
    readonly onLine?: (line: string) => void;
  },
): Promise<{ readonly ok: boolean; readonly reason: string }> {
  signal?.throwIfAborted();
  // Never through a link that somebody put there.
  await rm(job.to, { force: true });
  const errors: string[] = [];
  const process = runFfmpeg({
    path: ffmpeg.path,
    input: `file:${resolve(job.path)}`,
    inputOptions: [...logArguments, ...safetyArguments("file", 2 ** 25)],
    outputOptions: [
      ...job.options,
      ...["-map_metadata", "-1", "-map_chapters", "-1", "-movflags", "+faststart", "-f", "mp4"],
    ],
    output: `file:${resolve(job.to)}`,
    onLine(line) {
      const event = parseLine(line);
      if (event?.type === "message" && event.level === "error") errors.push(event.text);
      job.onLine?.(line);
    },
  });
  const abort = () => process.kill();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    const { ok, reason } = await process.done;
    signal?.throwIfAborted();
    return { ok, reason: errors[0] ?? reason ?? "it came out empty" };
  } catch (error) {
    await rm(job.to, { force: true });
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

async function movieOf(path: string): Promise<Movie | undefined> {
  const file = await open(path);
  try {
    return await readMovie(async (position, length) => {
      const bytes = Buffer.alloc(length);
      const { bytesRead } = await file.read(bytes, 0, length, position);
      return bytesRead === length ? bytes : undefined;
    });
  } catch (error) {
    // Of a header that lies about its own lengths nothing can be told.
    if (error instanceof RangeError) return undefined;
    throw error;
  } finally {
    await file.close();
  }
}
