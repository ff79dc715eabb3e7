/** What is remembered of every identity of the first pass: how each stretch of it begins and how it ends. */
import type { FrameTracks, Look, Track } from "../types.js";
import { type Leap, Leaps } from "./_leaps.js";
import { type End, endOf, rowOf, width } from "./_line.js";
import { differenceOf, type Looks, withLook } from "./_looks.js";
import { type Exchange, Meetings } from "./_meetings.js";
import { longest, type Metrics, Variation } from "./_metric.js";
import { Standing } from "./_standing.js";
import { Duplicates } from "./duplicates.js";

/** Boxes that are kept of each end. */
const kept = 12;
/** An identity that was unseen for so many frames is another fragment until it has been shown to be the same. */
export const longBreak = 10;

/** A stretch of one identity as the tracker saw it, without a long break. Frames are positions in the input. */
export interface Fragment {
  /** Id that the tracker gave it. */
  readonly track: number;
  readonly class: number;
  /** The track is this fragment from this frame on. */
  readonly start: number;
  /** Frames in which it was seen. */
  readonly seen: number;
  /** Frames in which its track was seen before it. */
  readonly before: number;
  readonly beginning: End;
  readonly end: End;
  /** Score of the first box. */
  readonly score: number;
  /** The fragment of another track that it continues: the two exchanged their objects. */
  readonly follows: Fragment | undefined;
  /** Where looks are known. */
  readonly looks: Looks | undefined;
  /** Its track is a part of another one. */
  readonly isDuplicate: boolean;
  /** Where it may have gone over to another object. */
  readonly leaps: readonly Leap[];
  /** The one that it began with, where it was taken apart. */
  readonly leap: Leap | undefined;
}

interface Stretch {
  readonly track: number;
  class: number;
  readonly start: number;
  readonly score: number;
  readonly before: number;
  seen: number;
  head: number[];
  tail: number[];
  follows: Stretch | undefined;
  looks: Looks | undefined;
}

/**
 * Collects fragments frame by frame. Memory grows with identities, not with frames.
 *
 * @example
 * const fragments = new Fragments();
 * for await (const frame of frames) fragments.add(frame);
 * const next = join(fragments.list(), { maxGap: 60, maxStill: 300, rate: 30 });
 */
export class Fragments {
  readonly #ways = new Map<number, Stretch[]>();
  readonly #meetings = new Meetings((track) => this.#ways.get(track)?.at(-1)?.tail ?? []);
  readonly #leaps = new Leaps();
  readonly #standing = new Standing();
  readonly #duplicates = new Duplicates();
  #position = 0;
  #first = 0;
  #last = 0;
  /** Numbers of a look. */
  #length: number | undefined;
  #variation: Variation | undefined;

  /** @throws {RangeError} for looks that cannot be compared */
  add({ time, tracks, looks = [] }: FrameTracks): void {
    if (this.#position === 0) this.#first = time;
    this.#last = time;
    const exchanges = this.#meetings.see(this.#position, tracks);
    for (const look of looks) this.#addLook(look);
    for (const track of tracks) {
      this.#addTrack(track);
      this.#leaps.see(this.#position, track);
    }
    this.#standing.see(this.#position, this.rate, tracks);
    this.#duplicates.see(tracks);
    for (const exchange of exchanges) this.#exchange(exchange);
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

  /** Whether people are seen to stand here, before a camera that stands. */
  get areStanding(): boolean {
    return this.#standing.isUsual;
  }

  /** How looks are compared best here; undefined where there is too little to learn that from. */
  metrics(): Metrics | undefined {
    return this.#variation?.metrics();
  }

  /** It may end after the stretch that it belongs to, and never in the next one. */
  #addLook(look: Look): void {
    this.#length ??= look.mean.length;
    const stretch = this.#ways.get(look.id)?.at(-1);
    if (!stretch) return;
    const before = stretch.looks;
    stretch.looks = withLook(before, look, this.#length);
    this.#leaps.look(this.#position, look);
    if (!before || this.#length > longest) return;
    this.#variation ??= new Variation(this.#length);
    this.#variation.add(look.id, differenceOf(before, look));
  }

  #addTrack({ id, box, class: c, score }: Track): void {
    let way = this.#ways.get(id);
    if (!way) {
      way = [];
      this.#ways.set(id, way);
    }
    let stretch = way.at(-1);
    if (!stretch || this.#position - stretch.tail.at(-width)! > longBreak) {
      const start = this.#position;
      stretch = {
        ...{ track: id, class: c, start, score, seen: 0 },
        before: stretch ? stretch.before + stretch.seen : 0,
        ...{ head: [], tail: [], follows: undefined, looks: undefined },
      };
      way.push(stretch);
    }
    stretch.class = c;
    stretch.seen++;
    const row = rowOf(this.#position, box);
    if (stretch.head.length < width * kept) stretch.head.push(...row);
    stretch.tail.push(...row);
    if (stretch.tail.length > width * kept) stretch.tail.splice(0, width);
  }

  /** Cuts both tracks where they met; what follows belongs to the other one. */
  #exchange({ start, since, apart, sides }: Exchange): void {
    const parts = sides.map(({ track }) => this.#partsOf(track, since, apart));
    const [a, b] = parts;
    if (!a || !b) return;
    sides.forEach(({ track, before, after, score }, k) => {
      const { way, first, held } = parts[k]!;
      const before_ = way[first];
      const last = held.at(-1)!;
      const seen = held.reduce((sum, stretch) => sum + stretch.seen, 0);
      const next: Stretch = {
        ...{ track, class: last.class, start, score, seen: after.seen },
        before: before_.before + seen - after.seen,
        ...{ head: [...after.rows], tail: rowsFrom(last.tail, apart) },
        ...{ follows: undefined, looks: undefined },
      };
      before_.seen = seen - after.seen;
      before_.head = rowsBefore(before_.head, apart);
      before_.tail = [...before];
      way.splice(first + 1, held.length - 1, next);
    });
    const [nextOfA, nextOfB] = [a.way[a.first + 1], b.way[b.first + 1]];
    nextOfA.follows = b.way[b.first];
    nextOfB.follows = a.way[a.first];
  }

  /** The stretches of a track from before a meeting until after it; undefined where another exchange has cut them. */
  #partsOf(
    track: number,
    since: number,
    apart: number,
  ): { way: Stretch[]; first: number; held: Stretch[] } | undefined {
    const way = this.#ways.get(track)!;
    const first = way.findLastIndex(({ start }) => start < since);
    const end = way.findLastIndex(({ start }) => start <= apart);
    const isCut = way.slice(first + 1).some(({ follows }) => follows);
    return first < 0 || isCut ? undefined : { way, first, held: way.slice(first, end + 1) };
  }

  /** All of them, ordered by their first frame. */
  list(): Fragment[] {
    const made = new Map<Stretch, Fragment>();
    const make = (stretch: Stretch): Fragment => {
      const known = made.get(stretch);
      if (known) return known;
      const { head, tail, follows, ...rest } = stretch;
      const ends = { beginning: endOf(head, "first"), end: endOf(tail, "last") };
      const leaps = this.#leaps
        .of(stretch.track)
        .filter(({ beginning: { frame } }) => frame >= stretch.start && frame <= ends.end.frame);
      const isDuplicate = this.#duplicates.has(stretch.track);
      const fragment = {
        ...{ ...rest, ...ends, follows: follows && make(follows) },
        ...{ isDuplicate, leaps, leap: undefined },
      };
      made.set(stretch, fragment);
      return fragment;
    };
    return [...this.#ways.values()]
      .flat()
      .map(make)
      .sort((a, b) => a.beginning.frame - b.beginning.frame || a.track - b.track);
  }
}

function rowsFrom(rows: readonly number[], frame: number): number[] {
  let i = 0;
  while (i < rows.length && rows[i] < frame) i += width;
  return rows.slice(i);
}

function rowsBefore(rows: readonly number[], frame: number): number[] {
  let i = 0;
  while (i < rows.length && rows[i] < frame) i += width;
  return rows.slice(0, i);
}
