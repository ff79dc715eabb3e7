/**
 * `track --render`: the video with its tracks in it, once they are all known.
 */
import { accessSync, constants, existsSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { OutputError } from "../errors.js";
import { isAddress } from "../video/stream-address.js";
import { asUsage, UsageError } from "./errors.js";
import { nameOf, type Plan, writtenBy } from "./outputs.js";
import type { Settings } from "./settings.js";

/** A video to be drawn after the run of a plan. */
export interface VideoPlan {
  readonly out: string;
  /** The output that holds the tracks with the most about them. */
  readonly tracks: string;
}

/** Formats by how much they tell; MOTChallenge text knows neither classes nor times. */
const telling = [".json", ".jsonl", ".csv", ".txt"];

/**
 * The videos of all plans, checked before any work; undefined where none are asked for.
 *
 * @throws {UsageError} {OutputError}
 */
export async function planVideos(
  plans: readonly Plan[],
  settings: Settings,
): Promise<ReadonlyMap<Plan, VideoPlan> | undefined> {
  const { render } = settings;
  if (render === undefined) return undefined;
  const { checkVideoName } = await import("../video/rewrite.js");
  const videos = new Map<Plan, VideoPlan>();
  const others = new Set<string>();
  for (const plan of plans) {
    const out = videoOf(render, plan);
    await asUsage(() => checkVideoName(out));
    checkReadable(plan);
    const { input, detections, cameraMotion } = plan;
    for (const path of [input, detections, cameraMotion, settings.zones])
      if (path !== undefined && isSame(path, out))
        throw new UsageError(`Cannot write ${JSON.stringify(out)}: it is read in the same run`);
    for (const path of writtenBy(plan)) others.add(resolve(path));
    if (others.has(resolve(out)))
      throw new UsageError(
        `Cannot write ${JSON.stringify(out)} twice in one run${plans.length > 1 ? ": expected {name} in it, for the input's" : ""}`,
      );
    others.add(resolve(out));
    checkFolder(out);
    videos.set(plan, { out, tracks: tracksOf(plan) });
  }
  return videos;
}

/**
 * Draws the tracks of a plan whose run is over.
 *
 * @throws as `renderTracks`
 */
export async function renderAfter(
  { input }: Plan,
  { out, tracks }: VideoPlan,
  settings: Settings,
  means: Parameters<typeof import("./render-run.js").renderTracks>[1],
): Promise<void> {
  const { renderTracks } = await import("./render-run.js");
  const { renderDefaults } = await import("./render-plan.js");
  const { start = 0, end = Number.POSITIVE_INFINITY, zones } = settings;
  const { ffmpeg, maxPixels, threads, frameRate } = settings;
  means.reporter.note(`Drawing the tracks into ${JSON.stringify(out)}`);
  const { frames } = await renderTracks(
    {
      ...{ input, tracks, out, zones },
      plan: { ...renderDefaults, start, end },
      reading: { ffmpeg, maxPixels, threads, frameRate },
    },
    means,
  );
  means.reporter.note(`Drew ${frames} frames into ${JSON.stringify(out)}`);
}

/** The command that draws what was not drawn. */
export function renderCommand({ input }: Plan, { out, tracks }: VideoPlan): string {
  const words = ["track", "render", input, tracks, "--out", out];
  return words.map((word) => (/^[\w./:+-]+$/.test(word) ? word : JSON.stringify(word))).join(" ");
}

function videoOf(render: string, { input }: Plan): string {
  const filled = render.replaceAll("{name}", nameOf(input));
  const isFolder = /[/\\]$/.test(filled) || (existsSync(filled) && statSync(filled).isDirectory());
  return isFolder ? join(filled, `${nameOf(input)}.tracks.mp4`) : filled;
}

/** It is read once to be tracked, and once to be drawn on. */
function checkReadable({ input }: Plan): void {
  const found = existsSync(input) ? statSync(input) : undefined;
  if (input === "-" || (isAddress(input) && !found) || found?.isFIFO())
    throw new UsageError(
      `Option --render: expected a file or folder as input, which can be read again to be drawn on, got ${JSON.stringify(input)}`,
    );
}

function tracksOf({ outputs }: Plan): string {
  const isFile = (path: string) => path !== "-" && (!existsSync(path) || statSync(path).isFile());
  for (const ending of telling) {
    const found = outputs.find((path) => extname(path).toLowerCase() === ending && isFile(path));
    if (found !== undefined) return found;
  }
  throw new UsageError("Option --render: expected the tracks in a file too, as in --out tracks.json");
}

/** An hour of tracking is no time to find out. */
function checkFolder(out: string): void {
  const folder = dirname(resolve(out));
  try {
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? `there is no folder ${JSON.stringify(dirname(out))}` : message;
    throw new OutputError(`Cannot write ${JSON.stringify(out)}: ${why}`, { cause });
  }
  if (existsSync(out) && !statSync(out).isFile())
    throw new OutputError(`Cannot write ${JSON.stringify(out)}: expected a file, found something else`);
}

const isSame = (a: string, b: string): boolean => realPath(a) === realPath(b);

/** Of a file that may not be there yet, in a folder that is. */
function realPath(path: string): string {
  try {
    return existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(resolve(path))), basename(path));
  } catch {
    return resolve(path);
  }
}
