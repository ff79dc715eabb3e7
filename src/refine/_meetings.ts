/**
 * Pairs that met and parted: the tracker may have taken one for the other while they were in one place. Before and after
 * they are seen apart, and where both the ways and the heights say that they were exchanged, they were.
 */
import type { Track } from "../types.js";
import { equallyTall, walking } from "./_fit.js";
import { endOf, type Rows, rowOf, width } from "./_line.js";
import { iou } from "./_overlap.js";

/** IoU up to which two are apart, and from which they have met. */
const isApart = 0.2;
const hasMet = 0.4;
/** Boxes that are looked at before and after, fewer in so many frames will not do. */
const most = 12;
const fewest = 4;
const within = 24;
/** Frames after which nobody waits any more for one who was in the meeting. */
const patience = 60;
/** How exactly ways and heights go on behind a meeting. */
const deviations = { near: 0.1, farther: 0.005, ofHeights: 0.15 } as const;
/** How much better an exchange must fit than none. */
const beyondDoubt = 1;

/** Boxes of one track after a meeting. */
interface After {
  readonly rows: number[];
  /** How many there were, also those that are not kept. */
  seen: number;
}

/** One of two that were exchanged. */
interface Side {
  readonly track: number;
  /** Boxes up to where they parted, and from there on. */
  readonly before: Rows;
  readonly after: After;
  /** Score of the first box after it. */
  readonly score: number;
}

/** Two tracks that are each other's from frame `start` on. */
export interface Exchange {
  /** Where they overlapped most: nobody sees where they were exchanged, and there it matters least. */
  readonly start: number;
  /** First frame in which they overlapped. */
  readonly since: number;
  /** First frame in which they were apart again. */
  readonly apart: number;
  readonly sides: readonly [Side, Side];
}

interface Meeting {
  readonly since: number;
  readonly tracks: readonly [number, number];
  /** Boxes before they overlapped. */
  readonly before: readonly [Rows, Rows];
  met: boolean;
  /** Largest overlap, and its frame. */
  overlap: number;
  start: number;
  /** Frame in which they were last seen together. */
  last: number;
  parted?: { readonly apart: number; readonly sides: readonly [Side, Side] };
}

/** Watches all pairs. Memory grows with those that overlap at one time. */
export class Meetings {
  readonly #tailOf: (track: number) => Rows;
  readonly #meetings = new Map<string, Meeting>();

  /** @param tailOf the last boxes of a track up to the frame before */
  constructor(tailOf: (track: number) => Rows) {
    this.#tailOf = tailOf;
  }

  /** @returns the exchanges that are known now */
  see(frame: number, tracks: readonly Track[]): Exchange[] {
    const byId = new Map(tracks.map((track) => [track.id, track]));
    this.#findMeetings(frame, tracks);
    const exchanges: Exchange[] = [];
    for (const [key, meeting] of this.#meetings) {
      const [a, b] = meeting.tracks.map((id) => byId.get(id));
      if (meeting.parted) {
        if (!follow(meeting.parted, frame, [a, b])) continue;
        this.#meetings.delete(key);
        if (isExchange(meeting)) exchanges.push({ ...meeting, ...meeting.parted });
      } else if (a && b && iou(a.box, b.box) <= isApart) {
        if (meeting.met) {
          meeting.parted = { apart: frame, sides: [this.#side(a), this.#side(b)] };
          follow(meeting.parted, frame, [a, b]);
        } else this.#meetings.delete(key);
      } else if (frame - meeting.last > patience) this.#meetings.delete(key);
    }
    return exchanges;
  }

  #findMeetings(frame: number, tracks: readonly Track[]): void {
    const sorted = [...tracks].sort((a, b) => a.box[0] - b.box[0]);
    sorted.forEach((a, i) => {
      for (let k = i + 1; k < sorted.length && sorted[k].box[0] < a.box[2]; k++) {
        const b = sorted[k];
        const overlap = iou(a.box, b.box);
        if (overlap <= isApart) continue;
        const meeting = this.#meetingOf(frame, Math.min(a.id, b.id), Math.max(a.id, b.id));
        meeting.last = frame;
        if (overlap > hasMet) meeting.met = true;
        if (overlap > meeting.overlap) Object.assign(meeting, { overlap, start: frame });
      }
    });
  }

  #meetingOf(frame: number, a: number, b: number): Meeting {
    const key = `${a} ${b}`;
    const known = this.#meetings.get(key);
    if (known) return known;
    const before = [this.#before(frame, a), this.#before(frame, b)] as const;
    const meeting: Meeting = {
      ...{ since: frame, start: frame, last: frame },
      ...{ tracks: [a, b], before, met: false, overlap: 0 },
    };
    this.#meetings.set(key, meeting);
    return meeting;
  }

  /** The boxes of a moment ago. */
  #before(frame: number, track: number): Rows {
    const rows = this.#tailOf(track);
    let from = 0;
    while (from < rows.length && rows[from] < frame - within) from += width;
    return rows.slice(from);
  }

  #side({ id, score }: Track): Side {
    return { track: id, before: [...this.#tailOf(id)], after: { rows: [], seen: 0 }, score };
  }
}

/** Collects boxes after a meeting. @returns whether there are enough, or no more to come */
function follow(
  { apart, sides }: NonNullable<Meeting["parted"]>,
  frame: number,
  tracks: readonly (Track | undefined)[],
): boolean {
  sides.forEach(({ after }, k) => {
    const box = tracks[k]?.box;
    if (!box) return;
    after.seen++;
    if (after.rows.length === width * most) return;
    after.rows.push(...rowOf(frame, box));
  });
  return frame - apart >= within || sides.every(({ after }) => after.rows.length === width * most);
}

function isExchange({ before, parted }: Meeting): boolean {
  const after = parted!.sides.map((side) => side.after.rows);
  if ([...before, ...after].some((rows) => rows.length < width * fewest)) return false;
  const [a0, b0] = before.map((rows) => endOf(rows, "last"));
  const [a1, b1] = after.map((rows) => endOf(rows, "first"));
  const gain = (cost: typeof walking): number =>
    cost(a0, a1, deviations) + cost(b0, b1, deviations) - cost(a0, b1, deviations) - cost(b0, a1, deviations);
  const ways = gain(walking) / 2;
  const heights = gain(equallyTall);
  return ways > 0 && heights > 0 && ways + heights > beyondDoubt;
}
