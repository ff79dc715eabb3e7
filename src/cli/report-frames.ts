/**
 * Tracks as a report shows them: with a place and a time for every frame, and the size of the picture.
 */
import { extname } from "node:path";
import type { FrameTracks } from "../types.js";
import type { NamedTracks } from "./tracks-file.js";
import { USUAL_RATE } from "./usual-rate.js";

/** What was found out about the input besides its tracks. */
export interface Seen {
  /** Seconds of every frame, by its index. */
  readonly times?: Float64Array;
  readonly width?: number;
  readonly height?: number;
  readonly frameRate?: number;
}

/** Tracks that are ready to be shown. */
export interface PlacedTracks {
  readonly frames: readonly FrameTracks[];
  readonly width: number;
  readonly height: number;
  readonly frameRate: number | undefined;
  /** False where times are frame numbers divided by a rate that was assumed. */
  readonly isTimed: boolean;
  /** What was not in the file. */
  readonly notices: readonly string[];
}

/** Two days at 25 frames per second: what claims more has a broken number in it. */
const MOST_FRAMES = 2 ** 22;

/**
 * Completes the tracks of a file.
 *
 * @param rate frames per second that the user named
 * @throws {SyntaxError} a frame number beyond all reason, one frame or one identity twice
 */
export function placeTracks(
  path: string,
  { header, frames }: NamedTracks,
  seen: Seen,
  rate?: number,
): PlacedTracks {
  const refuse = (what: string) => new SyntaxError(`Cannot parse ${JSON.stringify(path)}: ${what}`);
  const notices: string[] = [];
  const ending = extname(path).toLowerCase();
  const sorted = [...frames].sort((a, b) => a.index - b.index);
  checkFrames(sorted, refuse);
  const frameRate = header?.frameRate ?? seen.frameRate ?? rate;
  let isTimed = true;
  let placed: readonly FrameTracks[] = sorted;
  if (ending === ".txt" || ending === ".csv") {
    const step = stepOf(sorted);
    const length = Math.max((sorted.at(-1)?.index ?? -1) + 1, seen.times?.length ?? 0);
    const timeOf =
      seen.times ?? (ending === ".csv" ? timesOf(sorted, length) : ratedTimes(length, frameRate));
    const after = (index: number) =>
      (timeOf.at(-1) ?? 0) + (index - timeOf.length + 1) / (frameRate ?? USUAL_RATE);
    const byIndex = new Map(sorted.map((frame) => [frame.index, frame]));
    const all: FrameTracks[] = [];
    for (let index = 0; index < length; index += step) {
      const frame = byIndex.get(index);
      const time =
        frame && ending === ".csv" ? frame.time : index < timeOf.length ? timeOf[index]! : after(index);
      all.push({ index, time, tracks: frame?.tracks ?? [] });
    }
    placed = all;
    if (ending === ".txt" && seen.times === undefined && frameRate === undefined) {
      isTimed = false;
      notices.push(
        `The tracks file has no times: ${USUAL_RATE} frames per second were assumed. --video or --frame-rate tells the right ones.`,
      );
    }
  }
  let [width, height] = [header?.width || seen.width || 0, header?.height || seen.height || 0];
  if (!(width > 0 && height > 0)) {
    for (const { tracks } of placed)
      for (const { box } of tracks) {
        width = Math.max(width, Math.ceil(box[2]));
        height = Math.max(height, Math.ceil(box[3]));
      }
    if (width > 0 && height > 0)
      notices.push(
        `The tracks file does not tell the size of the picture: ${width} x ${height} holds all boxes. --video tells the right one.`,
      );
  }
  return { frames: placed, width, height, frameRate, isTimed, notices };
}

/** @throws what `refuse` makes of it */
function checkFrames(frames: readonly FrameTracks[], refuse: (what: string) => SyntaxError): void {
  const last = frames.at(-1)?.index ?? 0;
  if (last >= MOST_FRAMES)
    throw refuse(`expected frame numbers below ${MOST_FRAMES} (two days at 25 a second), got ${last}`);
  let before = -1;
  for (const { index, time, tracks } of frames) {
    if (index === before) throw refuse(`frame ${index} is there twice`);
    if (!Number.isFinite(time)) throw refuse(`expected a time for frame ${index}, got ${time}`);
    before = index;
    const ids = new Set(tracks.map(({ id }) => id));
    if (ids.size === tracks.length) continue;
    const twice = tracks.find(({ id }, i) => tracks.findIndex((other) => other.id === id) < i)!;
    throw refuse(`identity ${twice.id} is twice in frame ${index}`);
  }
}

/** From one frame that was tracked to the next: 1, or what `--every` said. */
function stepOf(frames: readonly FrameTracks[]): number {
  let step = 0;
  for (let at = 1; at < frames.length; at++) {
    const gap = frames[at]!.index - frames[at - 1]!.index;
    step = step === 0 ? gap : Math.min(step, gap);
  }
  return step > 1 && frames.every(({ index }) => index % step === 0) ? step : 1;
}

const ratedTimes = (length: number, rate = USUAL_RATE): Float64Array =>
  Float64Array.from({ length }, (_, index) => index / rate);

/** Times of the frames between those that are in the file, on straight lines; before the first one at the usual pace. */
function timesOf(frames: readonly FrameTracks[], length: number): Float64Array {
  const times = new Float64Array(length);
  const [first, last] = [frames[0], frames.at(-1)];
  const pace =
    first && last && last.index > first.index
      ? (last.time - first.time) / (last.index - first.index)
      : 1 / USUAL_RATE;
  for (let index = 0; index < (first?.index ?? 0); index++)
    times[index] = first!.time - (first!.index - index) * pace;
  frames.forEach((frame, at) => {
    times[frame.index] = frame.time;
    const next = frames[at + 1];
    for (let index = frame.index + 1; next && index < next.index; index++)
      times[index] =
        frame.time + ((next.time - frame.time) * (index - frame.index)) / (next.index - frame.index);
  });
  return times;
}
