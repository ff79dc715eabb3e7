/**
 * The tracks of one input in columns: what the report page draws, counts and sorts. Plain arrays only, so that it runs
 * in Node and in browsers alike.
 */
import type { FrameTracks, Integrity, Track } from "../types.js";

/** Bits of `Run.flags`. */
export const PREDICTED = 1;
export const INTERPOLATED = 2;

/** Boxes are kept in hundredths of a pixel, as tracks files have them. */
export const PARTS_OF_A_PIXEL = 100;
/** Pixels from the corner of the picture that fit into 32 bits. */
const FARTHEST = 2e7;

/** What a run has besides its frames. */
export interface RunFacts {
  /** Path or name of the input. */
  readonly input: string;
  /** Pixels; 0 where the file does not tell. */
  readonly width: number;
  readonly height: number;
  /** Average frames per second, where known. */
  readonly frameRate?: number;
  /** Class names. */
  readonly labels: readonly string[];
  /** Names that people gave to identities, by id. */
  readonly names?: Readonly<Record<string, string>>;
  /** False where times are frame numbers divided by a rate that was assumed. */
  readonly isTimed: boolean;
  readonly integrity?: Integrity;
}

/** The tracks of one input. A row is one identity in one frame; rows are in the order of frames, then of identities. */
export interface Run extends RunFacts {
  /** Number in the input of each frame, rising. */
  readonly index: Int32Array;
  /** Seconds of each frame. */
  readonly time: Float64Array;
  /** Rows of frame `i` are `start[i]` to before `start[i + 1]`; one longer than `index`. */
  readonly start: Int32Array;
  readonly id: Float64Array;
  /** `[x1, y1, x2, y2] * rows` in hundredths of a pixel. */
  readonly box: Int32Array;
  readonly score: Float32Array;
  /** Index into the labels. */
  readonly class: Int32Array;
  /** `PREDICTED`, `INTERPOLATED` or both. */
  readonly flags: Uint8Array;
  /** The id before it was joined to an earlier identity, or 0. */
  readonly joined: Float64Array;
}

/**
 * Puts tracks into columns.
 *
 * @throws {RangeError} for frames out of order or boxes that are not finite.
 * @example
 * const run = toRun({ input: "street.mp4", width: 1920, height: 1080, labels: ["person"], isTimed: true }, frames);
 */
export function toRun(facts: RunFacts, frames: readonly FrameTracks[]): Run {
  const rows = frames.reduce((sum, { tracks }) => sum + tracks.length, 0);
  const run: Run = {
    ...facts,
    index: new Int32Array(frames.length),
    time: new Float64Array(frames.length),
    start: new Int32Array(frames.length + 1),
    id: new Float64Array(rows),
    box: new Int32Array(rows * 4),
    score: new Float32Array(rows),
    class: new Int32Array(rows),
    flags: new Uint8Array(rows),
    joined: new Float64Array(rows),
  };
  let row = 0;
  frames.forEach(({ index, time, tracks }, at) => {
    if (at > 0 && index <= run.index[at - 1]!)
      throw new RangeError(`Frame ${index} comes after frame ${run.index[at - 1]}: expected frames in order`);
    run.index[at] = index;
    run.time[at] = time;
    for (const track of tracks) setRow(run, row++, track);
    run.start[at + 1] = row;
  });
  // A file that knows of no detection does not tell which boxes are predicted.
  if (run.flags.every((flags) => flags & PREDICTED))
    for (let at = 0; at < rows; at++) run.flags[at]! &= ~PREDICTED;
  return run;
}

function setRow(run: Run, row: number, track: Track): void {
  run.id[row] = track.id;
  track.box.forEach((value, side) => {
    if (!(Math.abs(value) <= FARTHEST))
      throw new RangeError(`Track ${track.id}: expected a box of numbers up to ${FARTHEST}, got ${value}`);
    run.box[row * 4 + side] = Math.round(value * PARTS_OF_A_PIXEL);
  });
  run.score[row] = track.score;
  run.class[row] = track.class;
  run.flags[row] = (track.detection < 0 ? PREDICTED : 0) | (track.interpolated ? INTERPOLATED : 0);
  run.joined[row] = track.joined ?? 0;
}

/** The tracks of frame `at` (0 is the first of the run), as the counter and others take them. */
export function frameOf(run: Run, at: number): FrameTracks {
  const tracks: Track[] = [];
  for (let row = run.start[at]!; row < run.start[at + 1]!; row++) tracks.push(trackOf(run, row));
  return { index: run.index[at]!, time: run.time[at]!, tracks };
}

/** One row as a track. */
export function trackOf(run: Run, row: number): Track {
  const side = (at: number): number => run.box[row * 4 + at]! / PARTS_OF_A_PIXEL;
  return {
    id: run.id[row]!,
    box: [side(0), side(1), side(2), side(3)],
    score: run.score[row]!,
    class: run.class[row]!,
    detection: run.flags[row]! & PREDICTED ? -1 : 0,
    ...(run.flags[row]! & INTERPOLATED ? { interpolated: true } : {}),
    ...(run.joined[row]! > 0 ? { joined: run.joined[row]! } : {}),
  };
}

/** The rows of each identity, in the order of frames; identities in the order of their ids. */
export function identitiesOf(run: Run): Map<number, Int32Array> {
  const counts = new Map<number, number>();
  for (const id of run.id) counts.set(id, (counts.get(id) ?? 0) + 1);
  const all = new Map<number, Int32Array>();
  for (const id of [...counts.keys()].sort((a, b) => a - b)) all.set(id, new Int32Array(counts.get(id)!));
  counts.clear();
  for (let row = 0; row < run.id.length; row++) {
    const id = run.id[row]!;
    const at = counts.get(id) ?? 0;
    all.get(id)![at] = row;
    counts.set(id, at + 1);
  }
  return all;
}

/** The position of each row's frame among the frames of the run. */
export function framesOfRows(run: Run): Int32Array {
  const frames = new Int32Array(run.id.length);
  for (let at = 0; at < run.index.length; at++) frames.fill(at, run.start[at], run.start[at + 1]);
  return frames;
}

/** The frame that is on the screen at a time: the last one that began by then; 0 before the first. */
export function frameAt(run: Run, time: number): number {
  // Browsers round times to the microsecond, and so do files.
  return lastUpTo(run.time, time + 1e-4);
}

/** The position of the frame with a number of the input, or of the last one before it; 0 before the first. */
export function positionOf(run: Run, number: number): number {
  return lastUpTo(run.index, number);
}

/** Where the last of rising values stands that is not above `most`; 0 where all are. */
export function lastUpTo(values: Int32Array | Float64Array, most: number): number {
  let [low, high] = [0, Math.max(values.length - 1, 0)];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (values[middle]! <= most) low = middle;
    else high = middle - 1;
  }
  return low;
}
