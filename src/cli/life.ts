/**
 * The life of one identity, out of the decision log and the tracks file: when it began and ended, what it did in
 * between, and which identities may have been the same object before and after.
 */
import type { FrameDecisions } from "../format/decisions.js";
import type { Box, Decision, FrameTracks, Limits, Rival } from "../types.js";

export type Start = Decision & { readonly kind: "start" };
export type Miss = Decision & { readonly kind: "miss" };

/** What was decided about the identity in one frame. */
export interface Moment<D extends Decision = Decision> {
  readonly frame: number;
  readonly time: number;
  readonly decision: D;
}

/** Frames, the last one included, in which an identity was matched or missed throughout. */
export interface Stretch {
  readonly state: "matched" | "missed";
  readonly from: number;
  readonly to: number;
}

/** Another identity that may be the same object. */
export interface Relative {
  readonly id: number;
  /** Frame in which the earlier one was matched last, and in which the later one started. */
  readonly from: number;
  readonly to: number;
  /** Between the centres of the boxes then, in heights of the later one. */
  readonly heights: number;
  /** Why the tracker did not join them; undefined where it never compared them. */
  readonly rival?: Rival;
  /** Frame in which the earlier one had been given up, where that came first. */
  readonly givenUp?: number;
}

export interface Life {
  readonly id: number;
  /** Index of its class; undefined where it was never reported. */
  readonly class?: number;
  readonly moments: readonly Moment[];
  readonly stretches: readonly Stretch[];
  readonly start?: Moment<Start>;
  /** The first frame of the gap that it never came back from. */
  readonly lost?: Moment<Miss>;
  /** Where it ended, rather than the input. */
  readonly end?: Moment<Miss>;
  /** First and last frame in which it is in the tracks file. */
  readonly reported?: { readonly from: number; readonly to: number };
  readonly before?: Relative;
  readonly after?: Relative;
}

/** Relatives are at most this far away: seconds, and heights of their boxes. */
const NEAR = { seconds: 5, heights: 2 };

interface Other {
  start?: Moment<Start>;
  last: Moment;
  end?: number;
}

/** Takes in a decision log frame by frame, and keeps of it what concerns one identity. */
export class LifeReader {
  readonly #id: number;
  readonly #moments: Moment[] = [];
  /** Every identity's start, last match, and end. */
  readonly #others = new Map<number, Other>();
  /** Frames of the log, in order. */
  readonly frames: number[] = [];

  constructor(id: number) {
    this.#id = id;
  }

  add({ index, time, decisions }: FrameDecisions): void {
    this.frames.push(index);
    for (const decision of decisions) {
      const moment = { frame: index, time, decision };
      if (decision.id === this.#id) this.#moments.push(moment);
      const other = this.#others.get(decision.id);
      if (decision.kind === "miss") {
        if (other && decision.ends) other.end = index;
      } else if (other) other.last = moment;
      else {
        const start = decision.kind === "start" ? { ...moment, decision } : undefined;
        this.#others.set(decision.id, { start, last: moment });
      }
    }
  }

  /** Every identity of the log. */
  get ids(): number[] {
    return [...this.#others.keys()];
  }

  /** @param limits of the tracker @returns undefined where the log does not know the identity */
  life(frames: readonly FrameTracks[], limits: Limits): Life | undefined {
    if (this.#moments.length === 0) return undefined;
    const reports = reportsOf(frames);
    const own = reports.get(this.#id);
    const { start, last } = this.#others.get(this.#id)!;
    const misses = this.#moments.filter((m): m is Moment<Miss> => m.decision.kind === "miss");
    return {
      id: this.#id,
      class: own?.class,
      moments: this.#moments,
      stretches: stretchesOf(this.#moments),
      start,
      lost: misses.find(({ frame }) => frame > last.frame),
      end: misses.find(({ decision }) => decision.ends !== undefined),
      reported: own && { from: own.from, to: own.to },
      before: start && this.#before(start, reports, limits),
      after: own && this.#after(last, own.box, reports, limits),
    };
  }

  #before(start: Moment<Start>, reports: ReadonlyMap<number, Report>, limits: Limits): Relative | undefined {
    const found = [...this.#others].flatMap(([id, other]) => {
      const report = reports.get(id);
      return report ? relate(id, id, { ...other, box: report.box }, start, limits) : [];
    });
    return closest(found);
  }

  #after(last: Moment, box: Box, reports: ReadonlyMap<number, Report>, limits: Limits): Relative | undefined {
    const earlier = { last, box, end: this.#others.get(this.#id)!.end };
    const found = [...this.#others].flatMap(([id, { start }]) =>
      start && reports.has(id) ? relate(id, this.#id, earlier, start, limits) : [],
    );
    return closest(found);
  }
}

/** How the identity `earlierId` and one that started later relate, from the view of the other of `id`. */
function relate(
  id: number,
  earlierId: number,
  { last, end, box }: { readonly last: Moment; readonly end?: number; readonly box: Box },
  start: Moment<Start>,
  { maxAge }: Limits,
): Relative[] {
  const [from, to] = [last.frame, start.frame];
  if (from >= to) return [];
  const rival = start.decision.rivals.find((other) => other.id === earlierId);
  const heights = distance(box, start.decision.box);
  const isNear = start.time - last.time <= NEAR.seconds || to - from <= maxAge;
  if (!rival && !(isNear && heights <= NEAR.heights)) return [];
  const givenUp = end !== undefined && end < to ? { givenUp: end } : {};
  return [
    { id, from, to, heights: Math.round(heights * 100) / 100, ...(rival ? { rival } : {}), ...givenUp },
  ];
}

/** The one that the tracker itself thought of, else the nearest, else the soonest. */
function closest(relatives: readonly Relative[]): Relative | undefined {
  return relatives.toSorted(
    (a, b) =>
      Number(b.rival !== undefined) - Number(a.rival !== undefined) ||
      a.heights - b.heights ||
      a.to - a.from - (b.to - b.from) ||
      a.id - b.id,
  )[0];
}

function distance(a: Box, b: Box): number {
  const dx = (a[0] + a[2] - b[0] - b[2]) / 2;
  const dy = (a[1] + a[3] - b[1] - b[3]) / 2;
  return Math.hypot(dx, dy) / (b[3] - b[1]);
}

/** What a tracks file says of one identity. */
interface Report {
  readonly from: number;
  to: number;
  /** Where it was last, and what it was then. */
  box: Box;
  class: number;
}

function reportsOf(frames: readonly FrameTracks[]): Map<number, Report> {
  const reports = new Map<number, Report>();
  for (const { index, tracks } of frames) {
    for (const { id, box, class: c } of tracks) {
      const report = reports.get(id);
      if (report) Object.assign(report, { to: index, box, class: c });
      else reports.set(id, { from: index, to: index, box, class: c });
    }
  }
  return reports;
}

function stretchesOf(moments: readonly Moment[]): Stretch[] {
  const stretches: Stretch[] = [];
  for (const { frame, decision } of moments) {
    const state = decision.kind === "miss" ? "missed" : "matched";
    const last = stretches.at(-1);
    if (last?.state === state) stretches[stretches.length - 1] = { ...last, to: frame };
    else stretches.push({ state, from: frame, to: frame });
  }
  return stretches;
}
