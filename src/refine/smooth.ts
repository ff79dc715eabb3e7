/**
 * The second pass: identities under their joined ids, gaps filled, ways smoothed from both sides. It looks ahead by a
 * fixed number of frames, so that memory does not grow with the recording.
 */
import type { Box, FrameTracks, Track } from "../types.js";
import type { Part, Plan } from "./_plan.js";
import { longBreak } from "./fragments.js";

/** How `smooth` works, in frames. */
export interface SmoothOptions {
  /** Longest gap that is filled. */
  readonly maxFill: number;
  /** Standard deviation of the window that places are smoothed over; 0 leaves boxes as they are. */
  readonly window: number;
}

/** Sizes change more slowly than places: they are smoothed over a window that is wider by so much. */
const ofSizes = 1.5;

/**
 * A wide window cuts corners, a narrow one does not, and tells where. Every place is taken from the widest of these shares
 * of the window that agrees with the narrowest; at `astray`, in heights, it counts half. The idea: O. Lepski, "On a
 * problem of adaptive estimation in Gaussian white noise", Theory of Probability and its Applications 35 (1991).
 */
const shares = [0.25, 0.5, 1];
const astray = 0.08;

/**
 * Gaps of identities that are seen in fewer frames are filled only where somebody who was seen covers this share of the
 * box: what nothing hid should have been seen, if it was there at all.
 */
const long = 30;
const hidden = 0.5;

/** A filled box counts so much in the smoothing of others. */
const ofFilled = 0.3;

/** One box of a way; a filled one has no track of its own. */
interface Point {
  readonly position: number;
  readonly centre: readonly [x: number, y: number, w: number, h: number];
  readonly track: Track;
  readonly filled: boolean;
  /** Frames in which its identity is seen. */
  readonly seen: number;
}

/**
 * Rewrites frames. Tracks that were seen nowhere near are marked `interpolated`, those whose id changed `joined`.
 */
export async function* smooth(
  frames: AsyncIterable<FrameTracks> | Iterable<FrameTracks>,
  plan: Plan,
  { maxFill, window }: SmoothOptions,
): AsyncGenerator<FrameTracks> {
  const radius = radiusOf(ofSizes * window);
  // What lies between two fragments is known as soon as the first one ends.
  const ahead = radius + Math.min(maxFill, longBreak);
  const ways = new Map<number, Point[]>();
  const waiting: FrameTracks[] = [];
  let read = 0;
  let written = 0;
  for await (const frame of frames) {
    for (const track of frame.tracks) {
      const part = plan(track.id, read);
      if (part) append(ways, part, track, read, maxFill);
    }
    waiting.push(frame);
    read++;
    if (read > written + ahead) yield emit(waiting.shift()!, ways, written++, window, radius);
  }
  for (const frame of waiting) yield emit(frame, ways, written++, window, radius);
}

function append(
  ways: Map<number, Point[]>,
  { id, fragment, next, seen }: Part,
  track: Track,
  position: number,
  maxFill: number,
): void {
  const [x1, y1, x2, y2] = track.box;
  const point: Point = {
    ...{ position, track, filled: false, seen },
    centre: [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1],
  };
  const way = ways.get(id) ?? [];
  if (way.length === 0) ways.set(id, way);
  const last = way.at(-1);
  // Two fragments of one identity never share a frame; a damaged input might say so.
  if (last && last.position >= position) return;
  if (last) fill(way, last, position, point.centre, track.score, maxFill);
  way.push(point);
  if (next && position === fragment.end.frame)
    fill(way, point, next.beginning.frame, next.beginning.box, next.score, maxFill);
}

/** Fills the way from its last point to before `position`, where the box is `centre`. */
function fill(
  way: Point[],
  last: Point,
  position: number,
  centre: Point["centre"],
  score: number,
  maxFill: number,
): void {
  const gap = position - last.position;
  if (gap > maxFill) return;
  const track: Track = { ...last.track, score: Math.min(score, last.track.score), detection: -1 };
  for (let step = 1; step < gap; step++) {
    const at = (c: number): number => last.centre[c] + ((centre[c] - last.centre[c]) * step) / gap;
    way.push({
      position: last.position + step,
      centre: [at(0), at(1), at(2), at(3)],
      track,
      filled: true,
      seen: last.seen,
    });
  }
}

function emit(
  frame: FrameTracks,
  ways: Map<number, Point[]>,
  position: number,
  window: number,
  radius: number,
): FrameTracks {
  const tracks: Track[] = [];
  for (const [id, way] of ways) {
    // What lies too far back is of no use any more.
    let old = 0;
    while (old < way.length - 1 && way[old].position < position - radius) old++;
    if (old > 0) way.splice(0, old);
    const at = way.findIndex((point) => point.position === position);
    if (at >= 0) {
      if (isLikely(way[at], ways)) tracks.push(trackOf(way, at, id, window));
    } else if (way.at(-1)!.position < position - radius) {
      ways.delete(id);
    }
  }
  const { index, time } = frame;
  return { index, time, tracks: tracks.sort((a, b) => a.id - b.id) };
}

/** Whether a filled box is where somebody was, as far as others tell. */
function isLikely(
  { position, filled, seen, centre }: Point,
  ways: ReadonlyMap<number, readonly Point[]>,
): boolean {
  if (!filled || seen >= long) return true;
  const [x, y, w, h] = centre;
  return [...ways.values()].some((way) => {
    const other = way.find((point) => point.position === position && !point.filled);
    if (!other) return false;
    const [ox, oy, ow, oh] = other.centre;
    const wide = Math.min(x + w / 2, ox + ow / 2) - Math.max(x - w / 2, ox - ow / 2);
    const high = Math.min(y + h / 2, oy + oh / 2) - Math.max(y - h / 2, oy - oh / 2);
    return wide > 0 && high > 0 && wide * high > hidden * w * h;
  });
}

/** Frames on either side that a window reaches. */
const radiusOf = (window: number): number => Math.ceil(3 * window);

function trackOf(way: readonly Point[], at: number, id: number, window: number): Track {
  const { track, filled } = way[at];
  const [x, y] = smoothedPair(way, at, 0, window);
  const [w, h] = smoothedPair(way, at, 2, ofSizes * window);
  const box: Box = [x - w / 2, y - h / 2, x + w / 2, y + h / 2];
  return {
    ...track,
    id,
    // A way that turns hard could be smoothed to a box without an area.
    box: w > 0 && h > 0 ? box : track.box,
    ...(filled ? { interpolated: true } : {}),
    ...(filled || track.id === id ? {} : { joined: track.id }),
  };
}

/** Two numbers of the box that belong together, the place or the size. */
function smoothedPair(way: readonly Point[], at: number, first: 0 | 2, window: number): [number, number] {
  const { position, centre } = way[at];
  if (window === 0) return [centre[first], centre[first + 1]];
  const [near, ...wider] = shares.map((share) =>
    [first, first + 1].map((c) => smoothed(way, position, c, share * window)),
  );
  let [a, b] = near;
  for (const wide of wider) {
    const apart = Math.hypot(wide[0] - near[0], wide[1] - near[1]);
    const weight = apart > 0 ? 1 / (1 + (apart / (astray * centre[3])) ** 4) : 1;
    a += weight * (wide[0] - a);
    b += weight * (wide[1] - b);
  }
  return [a, b];
}

/** A straight line laid through the points around by least squares, the near ones counting most, at `position`. */
function smoothed(way: readonly Point[], position: number, c: number, window: number): number {
  const radius = radiusOf(window);
  let [s0, s1, s2, t0, t1] = [0, 0, 0, 0, 0];
  for (const point of way) {
    const d = point.position - position;
    if (d < -radius) continue;
    if (d > radius) break;
    const weight = Math.exp((-d * d) / (2 * window * window)) * (point.filled ? ofFilled : 1);
    s0 += weight;
    s1 += weight * d;
    s2 += weight * d * d;
    t0 += weight * point.centre[c];
    t1 += weight * d * point.centre[c];
  }
  const determinant = s0 * s2 - s1 * s1;
  return determinant > 1e-6 * s0 * s0 ? (s2 * t0 - s1 * t1) / determinant : t0 / s0;
}
