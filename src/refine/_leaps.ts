/**
 * Leaps: what a track does from a moment on does not go on as it did before, as when it took somebody else for its own.
 * How much ways and heights are off where nothing has happened differs between recordings, by cameras that move and
 * boxes that tremble, so what is usual is learnt from the recording itself.
 */
import type { Look, Track } from "../types.js";
import { type Deviations, equallyTall, walking } from "./_fit.js";
import { type End, endOf, rowOf, width } from "./_line.js";
import type { Mean } from "./_looks.js";

/** Boxes before and after a moment that are looked at; those at the moment itself may be of both. */
const most = 10;
const between = 2;
/** Boxes of a track that are looked at at a time, the moment in their middle. */
const span = 2 * (most + between);
/** How exactly ways and heights go on, as behind a meeting. */
const deviations: Deviations = { near: 0.1, farther: 0.005, ofHeights: 0.15 };
/** A leap costs more than this, and than so many times what most moments of the recording cost at most. */
const least = 1;
const times = 2;
const mostOf = 0.95;
/** Costs are counted in bins so wide, the last one takes all above. */
const bin = 0.05;
const bins = 200;
/** Means of looks that are kept of a track: as many as end while `span` boxes are seen. */
const keptLooks = 4;

/** A moment in which a track may have gone over to another object. */
export interface Leap {
  /** First frame after it. */
  readonly at: number;
  /** Frames in which the track was seen before. */
  readonly seen: number;
  readonly cost: number;
  readonly end: End;
  readonly beginning: End;
  /** The last look that ended before it and the first that began after it, where they are known. */
  readonly before: Mean | undefined;
  after: Mean | undefined;
}

interface Watched {
  rows: number[];
  /** The last looks, and the frames in which they ended. */
  looks: { readonly frame: number; readonly mean: Mean }[];
  seen: number;
  readonly leaps: Leap[];
}

/** Watches all tracks. Memory grows with identities, not with frames. */
export class Leaps {
  readonly #watched = new Map<number, Watched>();
  readonly #counts = new Float64Array(bins);
  #all = 0;

  see(frame: number, { id, box }: Track): void {
    const watched = this.#watched.get(id) ?? { rows: [], looks: [], seen: 0, leaps: [] };
    if (watched.seen++ === 0) this.#watched.set(id, watched);
    watched.rows.push(...rowOf(frame, box));
    if (watched.seen < span) return;
    if (watched.seen > span) watched.rows.splice(0, width);
    const { rows, looks, seen, leaps } = watched;
    const end = endOf(rows.slice(0, most * width), "last");
    const beginning = endOf(rows.slice(-most * width), "first");
    const cost = walking(end, beginning, deviations) / 2 + equallyTall(end, beginning, deviations);
    this.#counts[Math.min(bins - 1, Math.floor(cost / bin))]++;
    this.#all++;
    if (!(cost > least)) return;
    // Of those near each other, the one that costs most is left.
    const last = leaps.at(-1);
    const isNear = last !== undefined && seen - span / 2 - last.seen <= most;
    if (isNear && cost <= last.cost) return;
    if (isNear) leaps.pop();
    const at = rows[(span / 2) * width];
    const before = looks.findLast((look) => look.frame <= at)?.mean;
    const after = looks.find((look) => look.frame - look.mean.count >= at)?.mean;
    leaps.push({ at, seen: seen - span / 2, cost, end, beginning, before, after });
  }

  /** Takes a look that ended in a frame, before the tracks of that frame. */
  look(frame: number, { id, count, mean: vector }: Look): void {
    const watched = this.#watched.get(id);
    if (!watched) return;
    const mean: Mean = { count, vector };
    watched.looks = [...watched.looks.slice(1 - keptLooks), { frame, mean }];
    for (const leap of watched.leaps) if (frame - count >= leap.at) leap.after ??= mean;
  }

  /** Those of a track that are large for what was seen until now. */
  of(track: number): Leap[] {
    const threshold = this.#threshold;
    return this.#watched.get(track)?.leaps.filter(({ cost }) => cost > threshold) ?? [];
  }

  get #threshold(): number {
    let last = 0;
    for (let below = this.#counts[0]; below < mostOf * this.#all; below += this.#counts[last]) last++;
    return Math.max(least, times * bin * (last + 1));
  }
}
