/**
 * Where tracks begin: before a tracker was sure enough to start one, weaker detections may have shown the same object.
 * The way that its first boxes take is followed back through what nobody took.
 */
import type { FrameTracks, Track } from "../types.js";
import { endOf, rowOf, width } from "./_line.js";
import { iou } from "./_overlap.js";

/** Boxes that tell the way, fewer will not do, and frames that it is followed back. */
const most = 12;
const fewest = 5;
const farthest = 12;
/** Frames in a row in which nothing is found, and the overlap with where somebody is expected. */
const patience = 3;
const least = 0.6;
/** What overlaps a track as much is that track. */
const same = 0.6;
/** Numbers of an unused detection. */
const numbers = 7;
const none = new Float64Array(0);

/** A frame whose tracks may still grow. */
interface Waiting {
  readonly frame: FrameTracks;
  readonly tracks: Track[];
  /** Where unused detections begin that may be somebody who is not seen otherwise. */
  readonly free: Set<number>;
}

/** Adds to tracks what came before them. It looks ahead by a fixed number of frames. */
export async function* withBeginnings(
  frames: AsyncIterable<FrameTracks> | Iterable<FrameTracks>,
): AsyncGenerator<FrameTracks> {
  const held: Waiting[] = [];
  const known = new Set<number>();
  const young = new Map<number, { readonly begun: number; readonly rows: number[] }>();
  let position = 0;
  let gone = 0;
  const settle = (id: number): void => {
    const { begun, rows } = young.get(id)!;
    young.delete(id);
    if (rows.length < width * fewest) return;
    follow(id, begun, rows, (p) => held[p - gone]);
  };
  for await (const frame of frames) {
    held.push({ frame, tracks: [...frame.tracks], free: freeOf(frame) });
    for (const { id, box } of frame.tracks) {
      if (!known.has(id)) young.set(id, { begun: position, rows: [] });
      known.add(id);
      young.get(id)?.rows.push(...rowOf(position, box));
    }
    for (const [id, { begun, rows }] of young)
      if (rows.length === width * most || position - begun >= most) settle(id);
    position++;
    while (held.length > most + farthest) {
      yield completed(held.shift()!);
      gone++;
    }
  }
  for (const id of [...young.keys()]) settle(id);
  for (const one of held) yield completed(one);
}

const completed = ({ frame, tracks }: Waiting): FrameTracks =>
  tracks.length > frame.tracks.length ? { ...frame, tracks: tracks.sort((a, b) => a.id - b.id) } : frame;

function freeOf({ tracks, unused = none }: FrameTracks): Set<number> {
  const free = new Set<number>();
  for (let at = 0; at + numbers <= unused.length; at += numbers)
    if (!tracks.some(({ box }) => iou(box, unused.subarray(at + 1, at + 5)) > same)) free.add(at);
  return free;
}

/** Follows a way back from its first rows, which are changed. */
function follow(
  id: number,
  begun: number,
  rows: number[],
  at: (position: number) => Waiting | undefined,
): void {
  let missed = 0;
  for (let p = begun - 1; p >= begun - farthest && missed <= patience; p--) {
    const waiting = at(p);
    if (!waiting) return;
    const line = endOf(rows.slice(0, width * most), "first").line;
    const t = p - line.middle;
    const [x, y] = [line.at[0] + line.velocity[0] * t, line.at[1] + line.velocity[1] * t];
    const [w, h] = [line.at[2], line.at[3]];
    const expected = [x - w / 2, y - h / 2, x + w / 2, y + h / 2];
    const { unused = none } = waiting.frame;
    let best = -1;
    let overlap = least;
    for (const k of waiting.free) {
      const o = iou(expected, unused.subarray(k + 1, k + 5));
      if (o >= overlap) {
        overlap = o;
        best = k;
      }
    }
    missed++;
    if (best < 0) continue;
    missed = 0;
    waiting.free.delete(best);
    const [row, x1, y1, x2, y2, score, c] = unused.subarray(best, best + numbers);
    const box = [x1, y1, x2, y2] as const;
    waiting.tracks.push({ id, box, score, class: c, detection: row });
    rows.unshift(...rowOf(p, box));
  }
}
