/**
 * `track render`: tracks drawn into their video.
 */
import { mkdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { Counter } from "../count/index.js";
import { OutputError } from "../errors.js";
import { Crops } from "../render/crops.js";
import { Painter } from "../render/painter.js";
import type { Frame } from "../types.js";
import { findFfmpeg } from "../video/find.js";
import { type FrameSource, openInput } from "../video/input.js";
import { rewriteVideo } from "../video/rewrite.js";
import { exitCodes } from "./errors.js";
import { isInterruption } from "./follow.js";
import { watchInterrupt } from "./interrupt.js";
import type { Streams } from "./models.js";
import { Tallies } from "./render-counts.js";
import { Fit, hiddenClasses, layoutOf, planRender, type RenderOptions, timelineOf } from "./render-plan.js";
import type { Reporter } from "./reporter.js";
import { readTracks } from "./tracks-file.js";

/** Of inputs that do not tell. */
const USUAL_RATE = 25;

/**
 * Draws the tracks of an input. Returns the exit code.
 *
 * @throws {UsageError} {InputError} {OutputError} {EnvironmentError} {SyntaxError}
 */
export async function runRender(
  input: string,
  tracks: string,
  options: RenderOptions,
  { stderr, env }: Streams,
): Promise<number> {
  const plan = await planRender(input, tracks, options);
  const named = readTracks(tracks);
  const { out, crops: cropsFolder, blur, force = false } = options;
  const hides = blur !== undefined;
  const hidden = hides ? hiddenClasses(blur, named.labels) : undefined;
  const reporter = await openReporter(options.quiet ?? false, stderr, env);
  const partial =
    cropsFolder === undefined
      ? undefined
      : join(dirname(resolve(cropsFolder)), `.${basename(resolve(cropsFolder))}.${process.pid}`);
  const temporary: string[] = [];
  const interrupt = watchInterrupt({
    onFirst: () => reporter.close(),
    onSecond: () => reporter.close(),
  });
  interrupt.temporary = () => temporary;
  let source: FrameSource | undefined;
  try {
    const { signal } = interrupt;
    const ffmpeg = await findFfmpeg({ ffmpeg: options.ffmpeg, env });
    const { start, end, trails, labels, quality } = plan;
    const frameRate = named.header?.frameRate;
    source = await openInput(input, { start, end, ffmpeg, signal, frameRate, env });
    const rate = source.frameRate ?? frameRate ?? USUAL_RATE;
    const timeline = timelineOf(tracks, named, rate, hides);
    const fit = new Fit(tracks, named, timeline, source);
    const all = start === 0 && end === Number.POSITIVE_INFINITY;
    if (!force) {
      fit.checkSize();
      if (all) fit.checkExpectedLength();
      if (hides) fit.checkWhole();
    }
    const layout = await layoutOf(options.zones, source, named.labels);
    const isTimed = extname(tracks).toLowerCase() !== ".txt";
    const tallies =
      layout &&
      new Tallies(layout, new Counter(layout, named.labels), named.frames, (frame) =>
        isTimed ? frame.time : frame.index / rate,
      );
    const painter = new Painter(source, { trails, labels, names: named.labels, point: layout?.point });
    const crops =
      partial === undefined
        ? undefined
        : new Crops(partial, named.frames, {
            within: (frame) => !isTimed || (frame.time >= start && frame.time < end),
          });
    if (partial !== undefined) await mkdir(partial, { recursive: true });
    const begun = performance.now();
    const seconds = () => (performance.now() - begun) / 1e3;
    const identities = new Set<number>();
    let done = 0;
    const draw = async (frame: Frame): Promise<void> => {
      const { index, time } = frame;
      if (!force) fit.checkTime(index, time);
      const { shown, bridged } = timeline.at(index);
      await crops?.add(frame);
      const concealed = hides
        ? [...shown, ...bridged].filter((one) => hidden?.has(one.class) ?? true)
        : undefined;
      painter.draw(frame, { index, time, shown, hidden: concealed, places: tallies?.at(index) });
      for (const { id } of shown) identities.add(id);
      done++;
      reporter.status({
        ...{ input, done, of: source!.frames, fps: done / Math.max(seconds(), 1e-3) },
        ...{ live: shown.length, identities: identities.size },
      });
    };
    const drawn = each(source, draw, () => {
      if (all && !force) fit.checkLength(source!.integrity().frames);
    });
    if (out === undefined) for await (const frame of drawn) frame.release?.();
    else {
      const isFile = (await stat(input).catch(() => undefined))?.isFile() ?? false;
      await rewriteVideo(drawn, out, {
        ...{ original: isFile ? input : undefined, start, end, frameRate: rate, quality, ffmpeg, signal },
        onTemporary: (path) => temporary.push(path),
      });
    }
    await crops?.finish();
    if (partial !== undefined) await publishFolder(partial, cropsFolder!);
    const integrity = source.integrity();
    const files = [out, cropsFolder].filter((path) => path !== undefined);
    reporter.summary({
      ...{ input, frames: done, identities: identities.size, seconds: seconds() },
      ...{ stages: [], files, integrity },
    });
    if (tallies) reporter.counts?.(tallies.totals);
    return integrity.damage.length > 0 ? exitCodes.damaged : exitCodes.done;
  } catch (error) {
    if (isInterruption(error, interrupt.signal)) return interrupt.exitCode;
    throw error;
  } finally {
    reporter.close();
    await source?.close();
    if (partial !== undefined) await rm(partial, { recursive: true, force: true });
    interrupt.close();
  }
}

/** Frames with something done to each; told the end before whoever takes them is. */
async function* each(
  frames: AsyncIterable<Frame>,
  work: (frame: Frame) => Promise<void>,
  atEnd: () => void,
): AsyncGenerator<Frame> {
  for await (const frame of frames) {
    await work(frame);
    yield frame;
  }
  atEnd();
}

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

async function openReporter(
  quiet: boolean,
  stderr: NodeJS.WriteStream,
  env: NodeJS.ProcessEnv,
): Promise<Reporter> {
  const nothing = () => {};
  if (quiet) return { status: nothing, note: nothing, warn: nothing, summary: nothing, close: nothing };
  if (!stderr.isTTY) return (await import("./report-lines.js")).reportLines(stderr, false);
  const { reportTerminal } = await import("./report-terminal.js");
  return reportTerminal(stderr, !env.NO_COLOR && env.TERM !== "dumb");
}
