/** What is remembered of every identity of the first pass: how it begins and how it ends, however long it is. */
import type { FrameTracks, Track } from "../types.js";

/** Boxes that are kept of each end. */
const kept = 12;

/** A straight line through the boxes of one end: centre, width and height over time. */
export interface Line {
  /** Frame in the middle of the boxes that it was laid through. */
  readonly middle: number;
  /** Centre, width and height there, in pixels. */
  readonly at: readonly [x: number, y: number, w: number, h: number];
  /** Velocity of the centre in pixels per frame, held back where few boxes tell it. */
  readonly velocity: readonly [x: number, y: number];
}

/** One identity as the tracker saw it. Frames are positions in the input, counted in frames that were read. */
export interface Fragment {
  readonly id: number;
  readonly class: number;
  readonly first: number;
  readonly last: number;
  /** Frames in which it was seen. */
  readonly seen: number;
  /** Centre of the first and the last box. */
  readonly from: readonly [x: number, y: number];
  readonly to: readonly [x: number, y: number];
  readonly head: Line;
  readonly tail: Line;
}

/** Boxes of one end, five numbers each: frame, centre, width, height. */
interface Ends {
  class: number;
  seen: number;
  readonly head: number[];
  readonly tail: number[];
}

/**
 * Collects fragments frame by frame. Memory grows with identities, not with frames.
 *
 * @example
 * const fragments = new Fragments();
 * for await (const frame of frames) fragments.add(frame);
 * const joined = join(fragments.list(), 60);
 */
export class Fragments {
  readonly #ends = new Map<number, Ends>();
  #position = 0;
  #first = 0;
  #last = 0;

  add({ time, tracks }: FrameTracks): void {
    if (this.#position === 0) this.#first = time;
    this.#last = time;
    for (const track of tracks) this.#addTrack(track);
    this.#position++;
  }

  /** Frames that were read. */
  get length(): number {
    return this.#position;
  }

  /** Frames per second that were read, on average; 30 where no times are known. */
  get rate(): number {
    const rate = (this.#position - 1) / (this.#last - this.#first);
    return rate > 0 && Number.isFinite(rate) ? rate : 30;
  }

  #addTrack({ id, box: [x1, y1, x2, y2], class: c }: Track): void {
    let ends = this.#ends.get(id);
    if (!ends) {
      ends = { class: c, seen: 0, head: [], tail: [] };
      this.#ends.set(id, ends);
    }
    ends.class = c;
    ends.seen++;
    const row = [this.#position, (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1];
    if (ends.head.length < 5 * kept) ends.head.push(...row);
    ends.tail.push(...row);
    if (ends.tail.length > 5 * kept) ends.tail.splice(0, 5);
  }

  /** All of them, ordered by their first frame. */
  list(): Fragment[] {
    return [...this.#ends]
      .map(([id, { class: c, seen, head, tail }]): Fragment => {
        const end = tail.slice(-5);
        return {
          ...{ id, class: c, seen },
          ...{ first: head[0], last: end[0] },
          from: [head[1], head[2]],
          to: [end[1], end[2]],
          head: lineThrough(head),
          tail: lineThrough(tail),
        };
      })
      .sort((a, b) => a.first - b.first || a.id - b.id);
  }
}

/** Least squares; the fewer boxes, the more the velocity is drawn to nothing. */
function lineThrough(rows: readonly number[]): Line {
  const n = rows.length / 5;
  const mean = (c: number): number => {
    let sum = 0;
    for (let i = c; i < rows.length; i += 5) sum += rows[i];
    return sum / n;
  };
  const middle = mean(0);
  const [x, y] = [mean(1), mean(2)];
  let spread = n < 4 ? 50 : 10;
  let alongX = 0;
  let alongY = 0;
  for (let i = 0; i < rows.length; i += 5) {
    const t = rows[i] - middle;
    spread += t * t;
    alongX += t * (rows[i + 1] - x);
    alongY += t * (rows[i + 2] - y);
  }
  return { middle, at: [x, y, mean(3), mean(4)], velocity: [alongX / spread, alongY / spread] };
}
