/**
 * The moving picture of a report: found, compared with the tracks, and made into what browsers play.
 */
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { InputError } from "../errors.js";
import type { VideoSource } from "../report/boot.js";
import type { Frame } from "../types.js";
import type { Ffmpeg } from "../video/find.js";
import { type FrameSource, openInput } from "../video/input.js";
import {
  copyForPage,
  firstTime,
  lookForPage,
  type PageVideo,
  previewDefaults,
  shrinkPicture,
  writePreview,
} from "../video/preview.js";
import { encodeVideo } from "../video/write.js";
import { UsageError } from "./errors.js";
import type { Fit } from "./render-plan.js";
import { formatBytes, plural, type Reporter } from "./reporter.js";

/**
 * Videos up to this many bytes are copied as they are, where browsers play them; larger ones too where a small video may
 * be as large: a copy takes seconds and loses nothing.
 */
const COPIED = 64e6;
/** Bytes of video that a page holds: browsers open more with difficulty, or not at all. */
const MOST = 400e6;
/** The share of it that a video may take; the rest is for base64 and all else. */
const FILLED = 0.75;
/** Bits per second of a small video below which nothing is to be seen. */
const LEAST_RATE = 200_000;
/** Likewise, below which its pictures are better smaller. */
const SMALL = { rate: 600_000, longSide: 640 };
/** Seconds by which frames may differ from where the original has them. */
const EXACT = 0.001;
/** Seconds of video from which its making is announced. */
const LONG = 600;

/** What a report is to show. */
export interface VideoWish {
  /** A video, or a folder of pictures. */
  readonly path: string;
  /** Where the video lies stays outside of the page, which is written here. */
  readonly linkFrom?: string;
  /** A file for what goes into the page. */
  readonly to: string;
  /** Of a folder of pictures. */
  readonly frameRate?: number;
  /** Whether the tracks have no times. */
  readonly isUntimed: boolean;
  /** Frames that it should have; undefined where a part of it was tracked on purpose. */
  readonly expected?: number;
  /** Whether parts of it are known to be damaged. */
  readonly isDamaged: boolean;
}

export interface VideoMeans {
  readonly ffmpeg: Ffmpeg;
  readonly env: NodeJS.ProcessEnv;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** Makes what compares a video with the tracks. */
  readonly compare: (source: Pick<FrameSource, "name" | "width" | "height" | "frames">) => Fit;
  /** Runs a comparison, whose complaint ends the work or is shown. */
  readonly judge: (check: () => void) => void;
  /** Told of every picture on the way, where the input is a folder of them. */
  readonly onPicture: (frame: Frame) => Promise<void>;
  /** Told the size of the pictures before the first of them. */
  readonly onSize: (size: { readonly width: number; readonly height: number }) => void;
}

/** A video as the page has it. */
export interface Footage {
  /** Undefined where there are no pictures, and only times and the size are known. */
  readonly source?: Omit<VideoSource, "from">;
  /** Relative to the page; undefined where the file `to` is put into it. */
  readonly url?: string;
  /** Pixels of the original. */
  readonly width: number;
  readonly height: number;
  readonly frameRate?: number;
  /** Seconds of every frame, by its index; undefined where the frames were not looked at one by one. */
  readonly times?: Float64Array;
  /** Bytes of the small copy; undefined where there is none. */
  readonly made?: number;
  readonly isFolder: boolean;
}

/** @throws {InputError} {OutputError} {EnvironmentError} {UsageError}, and the signal's reason */
export async function openFootage(wish: VideoWish, means: VideoMeans): Promise<Footage> {
  const { path } = wish;
  const isFolder = !((await stat(path).catch(() => undefined))?.isFile() ?? false);
  if (isFolder) return footageOfFolder(wish, means);
  const { ffmpeg, env, signal, judge, reporter } = means;
  const { first, ...facts } = await lookInto(path, means);
  const { name, width, height, frameRate } = facts;
  const fit = means.compare(facts);
  judge(() => fit.checkSize());
  judge(() => fit.checkExpectedLength());
  // Before any work, where the header tells; else it is known after the last frame.
  const { expected } = wish;
  if (expected !== undefined && facts.promised !== undefined && facts.promised !== expected)
    judge(() => fit.checkLength(facts.promised!));
  means.onSize({ width, height });
  const common = { width, height, frameRate, isFolder };
  const options = { ffmpeg, signal };
  const checkTimes = (times: readonly number[]): void => {
    if (wish.expected !== undefined) fit.checkLength(times.length);
    else means.compare({ ...facts, frames: times.length }).checkExpectedLength();
    for (const [index, time] of times.entries()) fit.checkTime(index, time);
  };
  const readTimes = async () => {
    const times: number[] = [];
    const tell = progressOf(reporter, name, facts.frames);
    const source = await openInput(path, { pictures: false, ffmpeg, env, signal });
    try {
      for await (const { time } of source) {
        times.push(time);
        tell(times.length);
      }
    } finally {
      await source.close();
    }
    judge(() => checkTimes(times));
    return Float64Array.from(times);
  };

  if (wish.linkFrom !== undefined) {
    const page = await lookForPage(path, options);
    if (page === undefined)
      throw new InputError(
        `Cannot link ${JSON.stringify(path)}: browsers do not play it as it is; without --link a small copy that they play is put into the page`,
      );
    const offset = first - (await firstTime(path, options));
    const times = wish.isUntimed ? await readTimes() : undefined;
    const url = relative(dirname(resolve(wish.linkFrom)), resolve(path));
    return {
      ...common,
      ...(times && { times }),
      source: { type: page.type, width, height, offset, hasSound: page.hasSound },
      url: url.split(/[\\/]/).map(encodeURIComponent).join("/"),
    };
  }

  const { size } = await stat(path);
  const duration = facts.duration ?? (facts.frames ?? 0) / (frameRate ?? 25);
  const smallSize = Math.min((previewDefaults.rate * duration) / 8, MOST * FILLED);
  if (size <= Math.max(COPIED, smallSize) && !wish.isDamaged) {
    const page = await copyForPage(path, wish.to, first, options);
    const times = page && (await readTimes());
    if (page && hasAll(page, times!))
      return { ...common, times: times!, source: { type: page.type, width, height, offset: times![0]! } };
  }
  const rate = rateOf(duration, path);
  if (duration > LONG)
    reporter.note(
      `The video is made smaller for the page: at most ${formatBytes((rate * duration) / 8)}; --link keeps it outside`,
    );
  const times: number[] = [];
  const tell = progressOf(reporter, name, facts.frames);
  const longSide = rate < SMALL.rate ? SMALL.longSide : previewDefaults.longSide;
  const page = await writePreview(path, wish.to, first, {
    ...{ ...options, rate, longSide },
    onFrame(time) {
      // As they are told where tracks are made: never backwards.
      times.push(Math.max(time, times.at(-1) ?? time));
      tell(times.length);
    },
  });
  judge(() => checkTimes(times));
  const made = (await stat(wish.to)).size;
  if (made > MOST) throw tooLarge(path, `${formatBytes(made)} even when made small`);
  return {
    ...{ ...common, made },
    times: Float64Array.from(times),
    source: {
      type: page.type,
      width,
      height,
      offset: times[0]!,
      note: noteOf(path, longSide, width, height),
    },
  };
}

/** Pictures become a video on the way, each seen once. */
async function footageOfFolder(wish: VideoWish, means: VideoMeans): Promise<Footage> {
  const { path, to } = wish;
  const { ffmpeg, env, signal, judge, reporter } = means;
  if (wish.linkFrom !== undefined)
    throw new UsageError(
      `Cannot link ${JSON.stringify(path)}: it is no video file; without --link one is made of it`,
    );
  const source = await openInput(path, { ffmpeg, env, signal, frameRate: wish.frameRate });
  try {
    const { width, height, frameRate = 30, frames } = source;
    const rate = rateOf((frames ?? 0) / frameRate, path);
    const longSide = rate < SMALL.rate ? SMALL.longSide : previewDefaults.longSide;
    const fit = means.compare(source);
    judge(() => fit.checkSize());
    judge(() => fit.checkExpectedLength());
    const timesOf = (length: number) => Float64Array.from({ length }, (_, index) => index / frameRate);
    const facts = { width, height, frameRate, isFolder: true };
    if (!source.hasPictures) return { ...facts, times: timesOf(frames ?? 0) };
    means.onSize({ width, height });
    const shrink = Math.min(1, longSide / Math.max(width, height));
    const size = {
      width: Math.max(2, Math.round(width * shrink)),
      height: Math.max(2, Math.round(height * shrink)),
    };
    const tell = progressOf(reporter, source.name, frames);
    let next = 0;
    const smaller = async function* () {
      let before: Uint8Array | undefined;
      for await (const frame of source) {
        judge(() => fit.checkTime(frame.index, frame.time));
        await means.onPicture(frame);
        const { data } = await shrinkPicture(frame, size);
        frame.release?.();
        // A video of steady pace: where a picture is missing the one before stays.
        for (; next < frame.index; next++) yield { ...size, data: before ?? data };
        before = data;
        yield { ...size, data };
        next++;
        tell(next);
      }
    };
    await encodeVideo(smaller(), to, { ffmpeg, frameRate, quality: 26 });
    if (wish.expected !== undefined) judge(() => fit.checkLength(source.integrity().frames));
    const made = (await stat(to)).size;
    if (made > MOST) throw tooLarge(path, `${formatBytes(made)} even when made small`);
    const page = await lookForPage(to, { ffmpeg, signal });
    if (page === undefined)
      throw new InputError(
        `Cannot make a video for the page: the ffmpeg "${ffmpeg.path}" has no H.264 encoder (libx264); install another, or leave the video out with --no-video`,
      );
    return {
      ...{ ...facts, made },
      times: timesOf(next),
      source: { type: page.type, width, height, offset: 0, note: noteOf(path, longSide, width, height) },
    };
  } finally {
    await source.close();
  }
}

/** What is known of a video when its first frame is there. */
async function lookInto(path: string, { ffmpeg, env, signal }: VideoMeans) {
  const source = await openInput(path, { pictures: false, ffmpeg, env, signal });
  try {
    const { name, width, height, frameRate, frames, duration } = source;
    const next = await source[Symbol.asyncIterator]().next();
    const promised = source.integrity().expectedFrames;
    const first = next.done ? 0 : next.value.time;
    return { name, width, height, frameRate, frames, duration, promised, first };
  } finally {
    await source.close();
  }
}

/** Whether a copy shows the very frames that come out of a decoder. */
function hasAll({ times }: PageVideo, decoded: Float64Array): boolean {
  if (times?.length !== decoded.length) return false;
  return times.every((time, i) => Math.abs(time - (decoded[i]! - decoded[0]!)) < EXACT);
}

/** Bits per second, so that the whole fits into a page. */
function rateOf(seconds: number, path: string): number {
  const rate = Math.min(previewDefaults.rate, (MOST * FILLED * 8) / Math.max(seconds, 1));
  if (rate < LEAST_RATE) throw tooLarge(path, `${plural(Math.round(seconds / 3600), "hour")} of it`);
  return rate;
}

const tooLarge = (path: string, what: string): InputError =>
  new InputError(
    `Cannot put ${JSON.stringify(path)} into the page: ${what} ${what.endsWith("it") ? "take" : "is"} more than the ${formatBytes(MOST)} that browsers open; --link keeps it outside, --no-video leaves it out`,
  );

function noteOf(path: string, longSide: number, width: number, height: number): string | undefined {
  const original = JSON.stringify(path.split(/[\\/]/).at(-1));
  return Math.max(width, height) > longSide
    ? `A copy of ${original} that was made smaller for this page; the original has ${width} x ${height} pixels.`
    : `A copy of ${original} that was made for this page.`;
}

/** Tells how far it is. */
function progressOf(reporter: Reporter, input: string, of: number | undefined): (done: number) => void {
  const begun = performance.now();
  return (done) => {
    const seconds = Math.max((performance.now() - begun) / 1e3, 1e-3);
    reporter.status({ input, done, of, fps: done / seconds });
  };
}

/**
 * What was tracked, where nobody says so: the input that a tracks file names, as given or beside the tracks, where it is
 * still there; else the sequence that the truth is of.
 */
export function findInput(
  tracks: string,
  input: string | undefined,
  gt: string | undefined,
): string | undefined {
  const named =
    input === undefined || input === "" || input === "-"
      ? []
      : [input, join(dirname(tracks), input.split(/[\\/]/).at(-1)!)];
  const sequences = gt === undefined ? [] : [gt, join(dirname(gt), "..")];
  return [
    ...named.filter((path) => existsSync(path)),
    ...sequences.filter((path) => existsSync(join(path, "seqinfo.ini"))),
  ][0];
}
