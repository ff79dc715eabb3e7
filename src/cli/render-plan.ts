/**
 * `track render`: its options, checked, and what must fit together.
 */
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { extname, resolve } from "node:path";
import { InputError } from "../errors.js";
import { type LabelPart, labelParts, paintDefaults } from "../render/painter.js";
import { Timeline } from "../render/timeline.js";
import type { FrameTracks } from "../types.js";
import type { FrameSource } from "../video/input.js";
import { checkVideoName } from "../video/rewrite.js";
import { asUsage, UsageError } from "./errors.js";
import { parseTime } from "./parse-time.js";
import type { NamedTracks } from "./tracks-file.js";

/** The options of the command line, as given. */
export interface RenderOptions {
  readonly out?: string;
  readonly trails?: string;
  readonly labels?: string;
  readonly blur?: string;
  readonly zones?: string;
  readonly crops?: string;
  readonly start?: string;
  readonly end?: string;
  readonly quality?: string;
  readonly ffmpeg?: string;
  readonly force?: boolean;
  readonly quiet?: boolean;
}

/** Likewise, as they are meant. */
export interface RenderPlan {
  readonly trails: number;
  readonly labels: readonly LabelPart[];
  readonly start: number;
  readonly end: number;
  readonly quality: number | undefined;
}

/** What is done where nothing else is asked for. */
export const renderDefaults: RenderPlan = {
  ...{ trails: paintDefaults.trails, labels: paintDefaults.labels, quality: undefined },
  ...{ start: 0, end: Number.POSITIVE_INFINITY },
};

/** Seconds of a gap over which somebody stays hidden. */
const HIDDEN = 2;
/** Seconds by which a frame may be off: files round, containers too. */
const CLOSE = 0.02;

/** @throws {UsageError} */
export async function planRender(input: string, tracks: string, options: RenderOptions): Promise<RenderPlan> {
  const { out, crops, zones, blur, labels = labelParts.join(",") } = options;
  if (out === undefined && crops === undefined)
    throw new UsageError("Nothing to write: name the video, as in --out annotated.mp4, or --crops FOLDER");
  if (input === "-")
    throw new UsageError(
      'Cannot render "-": expected a file, since its sound is read apart from its pictures',
    );
  if (crops !== undefined && blur !== undefined)
    throw new UsageError("Options --crops and --blur: the crops would show whom --blur hides");
  if (out !== undefined) {
    await asUsage(() => checkVideoName(out));
    for (const read of [input, tracks, zones].filter((path) => path !== undefined))
      if (realPath(out) === realPath(read))
        throw new UsageError(`Cannot write ${JSON.stringify(out)}: it is read in the same run`);
  }
  if (crops !== undefined && existsSync(crops)) {
    let isEmpty = false;
    try {
      isEmpty = readdirSync(crops).length === 0;
    } catch {}
    if (!isEmpty)
      throw new UsageError(`Option --crops: expected a new or empty folder, got ${JSON.stringify(crops)}`);
  }
  const parts = labels === "none" ? [] : labels.split(",").map((part) => part.trim());
  for (const part of parts)
    if (!labelParts.some((known) => known === part))
      throw new UsageError(
        `Option --labels: expected some of ${labelParts.join(", ")}, or none, got ${JSON.stringify(part)}`,
      );
  const start = timeOf("--start", options.start) ?? 0;
  const end = timeOf("--end", options.end) ?? Number.POSITIVE_INFINITY;
  if (!(end > start)) throw new UsageError(`Option --end: expected a time after ${start} s, got ${end} s`);
  return {
    ...{ start, end, labels: parts as LabelPart[] },
    trails: numberOf("--trails", options.trails, 10_000, true) ?? renderDefaults.trails,
    quality: numberOf("--quality", options.quality, 51, false),
  };
}

function timeOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = parseTime(text);
  if (seconds >= 0) return seconds;
  throw new UsageError(
    `Option ${option}: expected seconds or [hours:]minutes:seconds, got ${JSON.stringify(text)}`,
  );
}

function numberOf(option: string, text: string | undefined, most: number, isWhole: boolean) {
  if (text === undefined) return undefined;
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= 0 && value <= most && (!isWhole || Number.isInteger(value))) return value;
  throw new UsageError(
    `Option ${option}: expected a ${isWhole ? "whole " : ""}number from 0 to ${most}, got ${JSON.stringify(text)}`,
  );
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/** The classes whose boxes are hidden; undefined for all. @throws {UsageError} */
export function hiddenClasses(blur: string, labels: readonly string[] | undefined): Set<number> | undefined {
  if (blur === "all" || labels === undefined) return undefined;
  const names = blur.split(",").map((name) => name.trim().toLowerCase());
  const hidden = new Set<number>();
  for (const name of names) {
    const before = hidden.size;
    for (const [i, label] of labels.entries()) if (label?.toLowerCase() === name) hidden.add(i);
    if (hidden.size === before)
      throw new UsageError(
        `Option --blur: expected "all" or some of ${[...new Set(labels.filter((label) => label))].join(", ")}, got ${JSON.stringify(name)}`,
      );
  }
  return hidden;
}

/**
 * Tracks as they are to be looked at: a file that knows of no detection at all, as a MOTChallenge file, does not say that
 * nobody was ever seen.
 */
export function seenIn({ frames }: NamedTracks): readonly FrameTracks[] {
  if (frames.some(({ tracks }) => tracks.some(({ detection }) => detection !== -1))) return frames;
  return frames.map((frame) => ({
    ...frame,
    tracks: frame.tracks.map((track) => ({ ...track, detection: 0 })),
  }));
}

/** The tracks frame by frame. @throws {SyntaxError} for an identity that is twice in a frame */
export function timelineOf(path: string, { frames }: NamedTracks, rate: number, hides: boolean): Timeline {
  try {
    return new Timeline(frames, hides ? Math.ceil(HIDDEN * rate) : 0);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new SyntaxError(`Cannot parse ${JSON.stringify(path)}: ${cause.message}`, { cause });
  }
}

/** Tells tracks of another video. */
export class Fit {
  readonly #tracks: string;
  readonly #named: NamedTracks;
  readonly #timeline: Timeline;
  readonly #source: Pick<FrameSource, "name" | "width" | "height" | "frames">;
  readonly #verb: "draw" | "show";

  constructor(
    tracks: string,
    named: NamedTracks,
    timeline: Timeline,
    source: Pick<FrameSource, "name" | "width" | "height" | "frames">,
    verb: "draw" | "show" = "draw",
  ) {
    this.#tracks = tracks;
    this.#named = named;
    this.#timeline = timeline;
    this.#source = source;
    this.#verb = verb;
  }

  /** Before the first frame. @throws {InputError} */
  checkSize(): void {
    const { width, height } = this.#source;
    const { header } = this.#named;
    if (header && header.width > 0 && (header.width !== width || header.height !== height))
      throw this.#other(`of pictures of ${header.width}x${header.height}`, `pictures of ${width}x${height}`);
  }

  /** Before the first frame, by about how many there are; who is right is certain after the last. @throws {InputError} */
  checkExpectedLength(): void {
    const { frames } = this.#source;
    if (frames !== undefined && this.#timeline.length > frames * 1.02 + 2) this.checkLength(frames);
  }

  /** Seconds of the input that the run was told to track. */
  get #part(): { readonly start: number; readonly end: number } {
    const { start, end } = this.#named.header?.run ?? {};
    return {
      start: typeof start === "number" ? start : 0,
      end: typeof end === "number" ? end : Number.POSITIVE_INFINITY,
    };
  }

  /** Nobody can be hidden where nobody was looked for. @throws {InputError} */
  checkWhole({ start, end }: { readonly start: number; readonly end: number }): void {
    const { footer } = this.#named;
    const isCut = footer ? !footer.integrity.complete : extname(this.#tracks).toLowerCase() === ".jsonl";
    if (isCut || start < this.#part.start || end > this.#part.end)
      throw new InputError(
        `Cannot hide everybody in "${this.#source.name}": ${JSON.stringify(this.#tracks)} holds a part of it only; --force hides those that it has`,
      );
  }

  /** At a frame. @throws {InputError} */
  checkTime(index: number, time: number): void {
    const expected = this.#timeline.timeOf(index);
    if (expected === undefined || extname(this.#tracks).toLowerCase() === ".txt") return;
    if (Math.abs(expected - time) > CLOSE)
      throw this.#other(
        `in which frame ${index} is at ${expected.toFixed(2)} s`,
        `it at ${time.toFixed(2)} s`,
      );
  }

  /** After the last frame. @throws {InputError} */
  checkLength(frames: number): void {
    const { footer } = this.#named;
    const { length } = this.#timeline;
    if (length > frames) throw this.#other(`of at least ${length} frames`, `${frames}`);
    const isWhole = footer?.integrity.complete && this.#part.end === Number.POSITIVE_INFINITY;
    if (isWhole && footer.integrity.frames !== frames)
      throw this.#other(`of ${footer.integrity.frames} frames`, `${frames}`);
  }

  #other(what: string, has: string): InputError {
    return new InputError(
      `Cannot ${this.#verb} ${JSON.stringify(this.#tracks)} on "${this.#source.name}": they are tracks of a video ${what}, this one has ${has}; --force ${this.#verb}s them`,
    );
  }
}
