/**
 * Whether ways are straighter once the motion of the picture is taken out of them. Where a camera stands, or its motion
 * was told badly, they are not: then it had better be left alone.
 */
import type { Track } from "../types.js";
import { type Deviations, walking } from "./_fit.js";
import { endOf, width } from "./_line.js";
import type { Motion } from "./_motion.js";

/** Boxes of a way before and after a moment, and those between that are left out. */
const most = 10;
const between = 4;
const span = 2 * most + between;
/** Boxes from one moment to the next. */
const step = 4;
/** Ways are off by so many heights whatever is done. */
const tremble = 0.005;
/** By how much ways must be straighter, and how many moments are taken on trust to be as straight as before. */
const straighter = 0.9;
const trusted = 10;
const inHeights: Deviations = { near: 1, farther: 0, ofHeights: 1 };

interface Way {
  readonly seen: number[];
  readonly steady: number[];
}

/** Watches all ways, while the picture moves. Memory grows with identities, not with frames. */
export class Steadier {
  readonly #ways = new Map<number, Way>();
  /** Last frame before which the picture moved. */
  #moved = Number.NEGATIVE_INFINITY;
  #moments = 0;
  /** Of the logarithms of how much less they are off. */
  #sum = 0;

  /** @param moves whether the picture has moved since the frame before */
  see(frame: number, tracks: readonly Track[], motion: Motion, moves: boolean): void {
    if (moves) this.#moved = frame;
    if (this.#moved < 0) return;
    for (const { id, box } of tracks) {
      const way = this.#ways.get(id) ?? { seen: [], steady: [] };
      if (way.seen.length === 0) this.#ways.set(id, way);
      way.seen.push(...rowOf(frame, box));
      way.steady.push(...rowOf(frame, motion.toFirst(frame, box)));
      if (way.seen.length < width * span) continue;
      // Where it stands both are the same, which tells nothing.
      if (this.#moved > way.seen[0]) {
        this.#moments++;
        this.#sum += Math.log(off(way.steady) / off(way.seen));
      }
      way.seen.splice(0, width * step);
      way.steady.splice(0, width * step);
    }
  }

  get isSteadier(): boolean {
    return this.#sum < Math.log(straighter) * (this.#moments + trusted);
  }
}

function rowOf(frame: number, [x1, y1, x2, y2]: Track["box"]): number[] {
  return [frame, (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1];
}

/** By how many heights the line before the moment and the one behind it miss each other. */
function off(rows: readonly number[]): number {
  const end = endOf(rows.slice(0, width * most), "last");
  const beginning = endOf(rows.slice(-width * most), "first");
  return Math.sqrt(walking(end, beginning, inHeights) + tremble ** 2);
}
