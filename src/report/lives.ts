/**
 * What becomes of each identity: when it is seen, where it is only filled in, how far it goes. One pass over the rows.
 */
import { INTERPOLATED, PARTS_OF_A_PIXEL, PREDICTED, type Run } from "./run.js";

/** Kinds of a stretch: seen by the detector, or predicted or interpolated. */
export const SEEN = 0;
export const FILLED = 1;

/** Steps below this share of the box's height are taken as the jitter of a box that stands still. */
const STEP = 0.1;

/** All identities in columns, in the order of their ids. Frames are positions among the frames of the run. */
export interface Lives {
  readonly id: Float64Array;
  /** Where an id is in these columns. */
  readonly at: ReadonlyMap<number, number>;
  /** The class of most of its rows; of equal ones the one that came first. */
  readonly class: Int32Array;
  readonly first: Int32Array;
  readonly last: Int32Array;
  /** Frames with a detection. */
  readonly seen: Int32Array;
  /** Frames with a predicted or interpolated box. */
  readonly filled: Int32Array;
  /** Of the frames with a detection; 0 where there are none. */
  readonly meanScore: Float64Array;
  /** How often it is missing between its first and its last frame. */
  readonly gaps: Int32Array;
  /** Pixels that its foot point went, jitter left out. */
  readonly path: Float64Array;
  /** Stretches of identity `i` are `stretch[i]` to before `stretch[i + 1]`; between them are its gaps. */
  readonly stretch: Int32Array;
  readonly from: Int32Array;
  /** Its last frame. */
  readonly to: Int32Array;
  /** `SEEN` or `FILLED`. */
  readonly kind: Uint8Array;
  /** Where a part that had an id of its own was joined. */
  readonly joins: readonly Join[];
}

export interface Join {
  readonly id: number;
  /** Position of the part's first frame. */
  readonly frame: number;
  /** The id that the part had. */
  readonly before: number;
}

/**
 * The lives of all identities of a run.
 *
 * @param identities from `identitiesOf(run)`
 * @param frames from `framesOfRows(run)`
 * @example
 * const lives = livesOf(run, identitiesOf(run), framesOfRows(run));
 */
export function livesOf(run: Run, identities: ReadonlyMap<number, Int32Array>, frames: Int32Array): Lives {
  const count = identities.size;
  const lives = {
    id: new Float64Array(count),
    at: new Map<number, number>(),
    class: new Int32Array(count),
    first: new Int32Array(count),
    last: new Int32Array(count),
    seen: new Int32Array(count),
    filled: new Int32Array(count),
    meanScore: new Float64Array(count),
    gaps: new Int32Array(count),
    path: new Float64Array(count),
    stretch: new Int32Array(count + 1),
  };
  const joins: Join[] = [];
  const stretches = new Stretches();
  let at = 0;
  for (const [id, rows] of identities) {
    lives.id[at] = id;
    lives.at.set(id, at);
    lives.class[at] = classOf(run, rows);
    lives.first[at] = frames[rows[0]!]!;
    lives.last[at] = frames[rows[rows.length - 1]!]!;
    stretchesOf(run, rows, frames, stretches);
    lives.stretch[at + 1] = stretches.length;
    for (let i = lives.stretch[at]! + 1; i < stretches.length; i++)
      if (stretches.from[i]! > stretches.to[i - 1]! + 1) lives.gaps[at]!++;
    const { seen, score } = seenOf(run, rows);
    lives.seen[at] = seen;
    lives.filled[at] = rows.length - seen;
    lives.meanScore[at] = score;
    lives.path[at] = pathOf(run, rows);
    joinsOf(run, id, rows, frames, joins);
    at++;
  }
  const { length } = stretches;
  return {
    ...lives,
    from: Int32Array.from(stretches.from),
    to: Int32Array.from(stretches.to),
    kind: Uint8Array.from(stretches.kind.slice(0, length)),
    joins,
  };
}

class Stretches {
  readonly from: number[] = [];
  readonly to: number[] = [];
  readonly kind: number[] = [];
  get length(): number {
    return this.from.length;
  }
}

function stretchesOf(run: Run, rows: Int32Array, frames: Int32Array, into: Stretches): void {
  let [last, lastKind] = [-2, -1];
  for (const row of rows) {
    const frame = frames[row]!;
    const kind = run.flags[row]! & (PREDICTED | INTERPOLATED) ? FILLED : SEEN;
    if (frame !== last + 1 || kind !== lastKind) {
      into.from.push(frame);
      into.to.push(frame);
      into.kind.push(kind);
    } else into.to[into.to.length - 1] = frame;
    [last, lastKind] = [frame, kind];
  }
}

function classOf(run: Run, rows: Int32Array): number {
  const first = run.class[rows[0]!]!;
  let counts: Map<number, number> | undefined;
  for (const row of rows) {
    const value = run.class[row]!;
    if (!counts && value === first) continue;
    counts ??= new Map([[first, rows.indexOf(row)]]);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  if (!counts) return first;
  return [...counts].reduce((best, one) => (one[1] > best[1] ? one : best))[0];
}

function seenOf(run: Run, rows: Int32Array): { readonly seen: number; readonly score: number } {
  let [seen, sum] = [0, 0];
  for (const row of rows)
    if (!(run.flags[row]! & (PREDICTED | INTERPOLATED))) {
      seen++;
      sum += run.score[row]!;
    }
  return { seen, score: seen > 0 ? sum / seen : 0 };
}

function pathOf(run: Run, rows: Int32Array): number {
  const { box } = run;
  let length = 0;
  let [x, y] = [Number.NaN, Number.NaN];
  for (const row of rows) {
    const [x1, y1, x2, y2] = [box[row * 4]!, box[row * 4 + 1]!, box[row * 4 + 2]!, box[row * 4 + 3]!];
    const foot = (x1 + x2) / 2;
    const step = Math.hypot(foot - x, y2 - y);
    if (step < STEP * (y2 - y1)) continue;
    if (step > 0) length += step;
    [x, y] = [foot, y2];
  }
  return length / PARTS_OF_A_PIXEL;
}

function joinsOf(run: Run, id: number, rows: Int32Array, frames: Int32Array, into: Join[]): void {
  let last = 0;
  for (const row of rows) {
    const before = run.joined[row]!;
    if (before > 0 && before !== last) into.push({ id, frame: frames[row]!, before });
    // Rows that were filled in between belong to neither part.
    if (before > 0 || !(run.flags[row]! & INTERPOLATED)) last = before;
  }
}
