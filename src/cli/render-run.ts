/**
 * Tracks drawn into their video: what `track render` does, and `track --render` after its run.
 */
import { mkdir, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { InputError, OutputError } from "../errors.js";
import type { Crops } from "../render/crops.js";
import { Painter } from "../render/painter.js";
import type { Counts, Frame, Integrity } from "../types.js";
import { listVideoEncoders } from "../video/codecs.js";
import { type Ffmpeg, findFfmpeg } from "../video/find.js";
import type { FrameSource, InputOptions } from "../video/input.js";
import { openPlanes, type PlanarSource } from "../video/planes.js";
import { rewriteVideo } from "../video/rewrite.js";
import type { Tallies } from "./render-counts.js";
import { Fit, hiddenClasses, type RenderPlan, seenIn, timelineOf } from "./render-plan.js";
import type { Reporter } from "./reporter.js";
import { type NamedTracks, readTracks } from "./tracks-file.js";
import { USUAL_RATE } from "./usual-rate.js";

/** What is drawn where. */
export interface RenderJob {
  readonly input: string;
  readonly tracks: string;
  readonly out?: string;
  readonly crops?: string;
  readonly zones?: string;
  readonly blur?: string;
  readonly force?: boolean;
  readonly plan: RenderPlan;
  /** How the input is read, beside the part of it. */
  readonly reading: Pick<InputOptions, "ffmpeg" | "maxPixels" | "threads" | "frameRate">;
}

/** What a rendering needs from its process. */
export interface RenderMeans {
  readonly env: NodeJS.ProcessEnv;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** An ffmpeg that is looked for already. @default looked for */
  readonly ffmpeg?: Promise<Ffmpeg>;
  /** Told of files and folders that are to go where there is no time for good order. */
  readonly onTemporary: (path: string) => void;
}

/** What came of it. */
export interface Rendered {
  readonly frames: number;
  readonly identities: number;
  readonly seconds: number;
  readonly integrity: Integrity;
  /** Where there were lines or zones. */
  readonly counts: Counts | undefined;
}

/**
 * Draws. What is not complete leaves nothing behind.
 *
 * @throws {UsageError} {InputError} {OutputError} {EnvironmentError} {SyntaxError}, and the signal's reason
 */
export async function renderTracks(job: RenderJob, means: RenderMeans): Promise<Rendered> {
  const { env, signal } = means;
  const { input, tracks, blur, plan, reading } = job;
  const { start, end } = plan;
  const looking = means.ffmpeg ?? findFfmpeg({ ffmpeg: pathOf(reading.ffmpeg), env, signal });
  // Told when it is waited for: the tracks may be wrong too.
  looking.catch(() => {});
  const read = readTracks(tracks);
  const named = { ...read, frames: seenIn(read) };
  const hidden = blur === undefined ? undefined : hiddenClasses(blur, named.labels);
  const ffmpeg = await looking;
  // While the video is opened.
  const encoders = job.out === undefined ? undefined : listVideoEncoders(ffmpeg.path);
  encoders?.catch(() => {});
  const frameRate = reading.frameRate ?? named.header?.frameRate;
  const opened = await openPlanes(input, { ...reading, start, end, ffmpeg, signal, frameRate, env });
  const partial = job.crops === undefined ? undefined : partialOf(job.crops);
  try {
    if (!opened.source.hasPictures)
      throw new InputError(`Cannot draw on "${opened.source.name}": expected pictures, found none in it`);
    if (partial !== undefined) await mkdir(partial, { recursive: true });
    const artist = await openArtist(job, means, { named, opened, hidden, partial });
    const { source, looks, file } = opened;
    const frames = untilEnd(source, artist.atEnd);
    if (job.out !== undefined)
      await rewriteVideo(frames, job.out, {
        ...{ looks, file, start, end, ffmpeg, encoders, signal, draw: artist.draw },
        ...{ frameRate: artist.rate, quality: plan.quality, onTemporary: means.onTemporary },
      });
    else
      for await (const frame of frames) {
        await artist.draw(frame);
        frame.release?.();
      }
    await artist.crops?.finish();
    if (partial !== undefined) await publishFolder(partial, job.crops!);
    return artist.result();
  } finally {
    await opened.source.close();
    if (partial !== undefined) await rm(partial, { recursive: true, force: true });
  }
}

interface Artist {
  readonly rate: number;
  readonly crops: Crops | undefined;
  draw(frame: Frame): Promise<void>;
  /** After the last frame, before the video has its name. */
  atEnd(): void;
  result(): Rendered;
}

/** What is known when the first frame is. */
interface Known {
  readonly named: NamedTracks;
  readonly opened: PlanarSource;
  /** Classes; undefined for all, where anything is hidden. */
  readonly hidden: ReadonlySet<number> | undefined;
  readonly partial: string | undefined;
}

async function openArtist(
  { input, tracks, out, zones, blur, force = false, plan }: RenderJob,
  { reporter }: RenderMeans,
  { named, opened, hidden, partial }: Known,
): Promise<Artist> {
  const { source, code } = opened;
  const { start, end, trails, labels } = plan;
  const hides = blur !== undefined;
  const rate = source.frameRate ?? named.header?.frameRate ?? USUAL_RATE;
  const timeline = timelineOf(tracks, named, rate, hides);
  const fit = new Fit(tracks, named, timeline, source);
  const all = start === 0 && end === Number.POSITIVE_INFINITY;
  if (!force) {
    fit.checkSize();
    if (all) fit.checkExpectedLength();
    if (hides) fit.checkWhole(plan);
  }
  const isTimed = extname(tracks).toLowerCase() !== ".txt";
  const counting =
    zones === undefined
      ? undefined
      : await openTallies(zones, named, source, (frame) => (isTimed ? frame.time : frame.index / rate));
  const point = counting?.point;
  const painter = new Painter(source, code, {
    ...{ trails, labels, names: named.labels, point },
    given: named.header?.names,
  });
  const within = (frame: { readonly time: number }) => !isTimed || (frame.time >= start && frame.time < end);
  const crops = partial === undefined ? undefined : await openCrops(partial, named, opened, within);
  const begun = performance.now();
  const seconds = () => (performance.now() - begun) / 1e3;
  const identities = new Set<number>();
  let done = 0;
  return {
    ...{ rate, crops },
    async draw(frame) {
      const { index, time } = frame;
      if (!force) fit.checkTime(index, time);
      const { shown, bridged } = timeline.at(index);
      await crops?.add(frame);
      if (out !== undefined) {
        const concealed = hides
          ? [...shown, ...bridged].filter((one) => hidden?.has(one.class) ?? true)
          : undefined;
        const places = counting?.tallies.at(index);
        painter.draw(frame, { index, time, shown, hidden: concealed, places });
      }
      for (const { id } of shown) identities.add(id);
      done++;
      reporter.status({
        ...{ input, done, of: source.frames, fps: done / Math.max(seconds(), 1e-3) },
        ...{ live: shown.length, identities: identities.size },
      });
    },
    atEnd() {
      if (all && !force) fit.checkLength(source.integrity().frames);
    },
    result: () => ({
      ...{ frames: done, identities: identities.size, seconds: seconds() },
      ...{ integrity: source.integrity(), counts: counting?.tallies.totals },
    }),
  };
}

/** Loaded where they are asked for: both take longer to load than a short video to draw. */
async function openCrops(
  folder: string,
  { frames, header }: NamedTracks,
  { code }: PlanarSource,
  within: (frame: { readonly time: number }) => boolean,
): Promise<Crops> {
  const { Crops } = await import("../render/crops.js");
  return new Crops(folder, frames, code, { within, given: header?.names });
}

async function openTallies(
  zones: string,
  { frames, labels }: NamedTracks,
  size: FrameSource,
  timeOf: (frame: { readonly index: number; readonly time: number }) => number,
): Promise<{ readonly tallies: Tallies; readonly point: "foot" | "centre" }> {
  const { Tallies, layoutOf } = await import("./render-counts.js");
  const layout = await layoutOf(zones, size, labels);
  return { tallies: new Tallies(layout, frames, { labels, timeOf }), point: layout.point };
}

/** Frames, and their end told before whoever takes them is. */
async function* untilEnd(frames: AsyncIterable<Frame>, atEnd: () => void): AsyncGenerator<Frame> {
  yield* frames;
  atEnd();
}

const pathOf = (ffmpeg: InputOptions["ffmpeg"]): string | undefined =>
  typeof ffmpeg === "object" ? ffmpeg.path : ffmpeg;

/** Where a folder is made before it has its name. */
const partialOf = (folder: string): string =>
  join(dirname(resolve(folder)), `.${basename(resolve(folder))}.${process.pid}`);

async function publishFolder(partial: string, folder: string): Promise<void> {
  try {
    // An empty one may be there.
    await rmdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
    await rename(partial, folder);
  } catch (cause) {
    throw new OutputError(`Cannot write ${JSON.stringify(folder)}: ${(cause as Error).message}`, { cause });
  }
}
