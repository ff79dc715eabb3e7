/** Offline mode: what a tracker could not know when it saw a frame is put right afterwards. */
import type { FrameTracks } from "../types.js";
import { withBeginnings } from "./_beginnings.js";
import { Common } from "./_common.js";
import type { End } from "./_line.js";
import { inFirst, inPictures, Motion, Places } from "./_motion.js";
import { planOf } from "./_plan.js";
import { Steadier } from "./_steadier.js";
import { type Fragment, Fragments } from "./fragments.js";
import { join } from "./join.js";
import { part } from "./part.js";
import { smooth } from "./smooth.js";

/** Options of `refine`. */
export interface RefineOptions {
  /** Longest time between two fragments of one who walks that are joined, in seconds. @default 2 */
  readonly maxGap?: number;
  /** The same of one who stands, where people are seen to stand, or whose looks say that it is he. @default 10 */
  readonly maxStill?: number;
  /**
   * Longest gap that is filled, in seconds; those of an identity seen in fewer than 30 frames only where another box covers
   * half of it. @default 10
   */
  readonly maxFill?: number;
  /**
   * Standard deviation of the window that places are smoothed over, in frames; sizes are smoothed over half as many
   * again. 0 leaves boxes as they are. @default 4
   */
  readonly window?: number;
  /** Identities seen in fewer frames are dropped, except at the ends of the recording. @default 10 */
  readonly minSeen?: number;
}

/** What `refine` takes where an option is not given. */
export const refineDefaults = {
  maxGap: 2,
  maxStill: 10,
  maxFill: 10,
  window: 4,
  minSeen: 10,
} as const satisfies RefineOptions;

/**
 * The motion of the picture is taken out of ways where at most such a share remains of how far they are off: motion that
 * was told, and motion that is found in the boxes, which are a poor witness.
 */
const ofTold = 0.9;
const ofFound = 0.5;

/** Where frames are rare, as many may lie in between all the same. */
const fewestFrames = 12;

/**
 * Finds where tracks began before a tracker was sure of them, gives back what two took from each other where they met,
 * takes apart what does not go on, joins fragments of one object, fills gaps, smooths ways from both sides, drops
 * identities that were hardly seen or are parts of others. Boxes that a tracker had only guessed are replaced by what
 * lies between those seen, or dropped.
 * Tracks that were seen nowhere near are marked `interpolated`; those whose id changed carry the old one as `joined`.
 *
 * The frames are read twice, so that memory grows with identities and not with frames. Where the camera moves, as `camera`
 * of the frames says or else the boxes do, and ways are straighter without its motion, they are read once more, six numbers
 * of each are kept, and all this is done in the coordinates of the first frame.
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
  const { maxGap, maxStill, maxFill, window, minSeen } = { ...refineDefaults, ...options };
  const seen = (): AsyncGenerator<FrameTracks> => withBeginnings(seenOnly(frames()));
  const { fragments, places } = await collect(seen);
  const inFrames = (seconds: number): number =>
    seconds === 0 ? 0 : Math.max(fewestFrames, Math.round(seconds * fragments.rate));
  const reach = {
    maxGap: inFrames(maxGap),
    maxStill: fragments.areStanding ? inFrames(maxStill) : 0,
    maxAlike: inFrames(maxStill),
    rate: fragments.rate,
    metrics: fragments.metrics(),
    inPicture: places && ((end: End) => places.inPicture(end)),
  };
  const list = part(fragments.list(), reach);
  const next = join(list, reach);
  // Of what is cut off by an end of the recording nobody knows how long it was to be seen.
  const isCut = ({ beginning, end }: Fragment): boolean =>
    beginning.frame < minSeen || end.frame >= fragments.length - minSeen;
  const plan = planOf(
    list,
    next,
    (chain, seen) => !chain.every(({ isDuplicate }) => isDuplicate) && (chain.some(isCut) || seen >= minSeen),
  );
  const smoothing = { maxFill: inFrames(maxFill), window };
  if (!places) yield* smooth(seen(), plan, smoothing);
  else yield* inPictures(places, smooth(inFirst(places, seen()), plan, smoothing));
}

/** The first pass. `places` are given where ways are straighter without the motion: fragments are then as in the first frame. */
async function collect(
  seen: () => AsyncIterable<FrameTracks>,
): Promise<{ readonly fragments: Fragments; readonly places?: Places }> {
  const fragments = new Fragments();
  const told = new Steadier();
  const found = new Steadier();
  const common = new Common();
  let isTold = false;
  for await (const frame of seen()) {
    isTold ||= frame.camera !== undefined;
    told.see(frame, frame.camera);
    if (!isTold) found.see(frame, common.see(frame));
    fragments.add(frame);
  }
  const isStraighter = isTold ? told.remains < ofTold : found.remains < ofFound;
  if (!isStraighter) return { fragments };
  const places = new Places();
  const motion = new Motion();
  const again = new Common();
  const steady = new Fragments();
  const placed = async function* (): AsyncGenerator<FrameTracks> {
    for await (const frame of seen()) {
      motion.add(isTold ? frame.camera : again.see(frame));
      places.add(motion.sinceFirst);
      yield frame;
    }
  };
  for await (const frame of inFirst(places, placed())) steady.add(frame);
  return { fragments: steady, places };
}

/** Leaves out where a tracker only guessed that somebody was: after his first detection, boxes without one. */
async function* seenOnly(
  frames: AsyncIterable<FrameTracks> | Iterable<FrameTracks>,
): AsyncGenerator<FrameTracks> {
  const detected = new Set<number>();
  for await (const frame of frames) {
    const tracks = frame.tracks.filter(({ id, detection }) => {
      if (detection >= 0) detected.add(id);
      return detection >= 0 || !detected.has(id);
    });
    yield tracks.length < frame.tracks.length ? { ...frame, tracks } : frame;
  }
}
