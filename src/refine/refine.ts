/** Offline mode: what a tracker could not know when it saw a frame is put right afterwards. */
import type { FrameTracks } from "../types.js";
import { Fragments } from "./fragments.js";
import { join } from "./join.js";
import { smooth } from "./smooth.js";

/** Options of `refine`. */
export interface RefineOptions {
  /** Longest time between two fragments that are joined, in seconds. @default 2 */
  readonly maxGap?: number;
  /** Longest gap that is filled, in seconds. @default 1.5 */
  readonly maxFill?: number;
  /** Standard deviation of the window that boxes are smoothed over, in frames; 0 leaves them as they are. @default 4 */
  readonly window?: number;
  /** Identities seen in fewer frames are dropped, except at the ends of the recording. @default 8 */
  readonly minSeen?: number;
}

/** What `refine` takes where an option is not given. */
export const refineDefaults = {
  maxGap: 2,
  maxFill: 1.5,
  window: 4,
  minSeen: 8,
} as const satisfies RefineOptions;

/** Where frames are rare, as many may lie in between all the same. */
const fewestFrames = 12;

/**
 * Joins fragments of one object, fills gaps, smooths ways from both sides, drops identities that were hardly seen.
 * Tracks that were seen nowhere near are marked `interpolated`; those whose id changed carry the old one as `joined`.
 *
 * The frames are read twice, so that memory grows with identities and not with frames.
 *
 * @param frames gives the frames of the first pass, in order, from the beginning at each call
 * @throws {RangeError} when an option is out of range.
 * @example
 * for await (const { index, tracks } of refine(() => readTracks("online.jsonl"))) console.log(index, tracks.length);
 */
export async function* refine(
  frames: () => AsyncIterable<FrameTracks> | Iterable<FrameTracks>,
  options: RefineOptions = {},
): AsyncGenerator<FrameTracks> {
  for (const [name, value] of Object.entries(options))
    if (value !== undefined && !(Number.isFinite(value) && value >= 0))
      throw new RangeError(`Cannot use ${value} for "${name}" of refine: expected a number, at least 0`);
  const fragments = new Fragments();
  for await (const frame of frames()) fragments.add(frame);
  const { maxGap, maxFill, window, minSeen } = { ...refineDefaults, ...options };
  const inFrames = (seconds: number): number =>
    seconds === 0 ? 0 : Math.max(fewestFrames, Math.round(seconds * fragments.rate));
  const list = fragments.list();
  const beginnings = join(list, inFrames(maxGap));
  const idOf = (id: number): number => beginnings.get(id) ?? id;
  const seen = new Map<number, number>();
  for (const fragment of list) {
    const { id, first, last } = fragment;
    // Of what is cut off by an end of the recording nobody knows how long it was to be seen.
    const isCut = first < minSeen || last >= fragments.length - minSeen;
    seen.set(idOf(id), (seen.get(idOf(id)) ?? 0) + (isCut ? minSeen : fragment.seen));
  }
  const kept = (id: number): number | undefined =>
    (seen.get(idOf(id)) ?? 0) >= minSeen ? idOf(id) : undefined;
  yield* smooth(frames(), kept, { maxFill: inFrames(maxFill), window });
}
