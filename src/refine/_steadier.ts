/**
 * How much straighter ways are once the motion of the picture is taken out of them. Where a camera stands, or its motion
 * was told badly, they are not: then it had better be left alone.
 */
import type { Affine, FrameTracks } from "../types.js";
import { rowOf, width } from "./_line.js";
import { Motion, toFirst } from "./_motion.js";

/** Boxes of a way that are looked at at a time. */
const span = 24;
/** Boxes from one such stretch to the next. */
const step = 4;
/** Ways are off by so many heights whatever is done. */
const tremble = 0.005;
/** So many stretches are taken on trust to be as straight as before. */
const trusted = 10;

interface Way {
  readonly seen: number[];
  readonly steady: number[];
}

/** Watches all ways, while the picture moves. Memory grows with identities, not with frames. */
export class Steadier {
  readonly #motion = new Motion();
  readonly #ways = new Map<number, Way>();
  /** Last frame before which the picture moved. */
  #moved = Number.NEGATIVE_INFINITY;
  #frames = 0;
  #stretches = 0;
  /** Of the logarithms of how much less they are off. */
  #sum = 0;

  /** @param camera how the picture moved since the frame before, where that is known */
  see({ tracks }: FrameTracks, camera: Affine | undefined): void {
    const frame = this.#frames++;
    if (this.#motion.add(camera)) this.#moved = frame;
    if (this.#moved < 0) return;
    for (const { id, box } of tracks) {
      const way = this.#ways.get(id) ?? { seen: [], steady: [] };
      if (way.seen.length === 0) this.#ways.set(id, way);
      way.seen.push(...rowOf(frame, box));
      way.steady.push(...rowOf(frame, toFirst(this.#motion.sinceFirst, box)));
      if (way.seen.length < width * span) continue;
      // Where it stands both are the same, which tells nothing.
      if (this.#moved > way.seen[0]) {
        this.#stretches++;
        this.#sum += Math.log(off(way.steady) / off(way.seen));
      }
      way.seen.splice(0, width * step);
      way.steady.splice(0, width * step);
    }
  }

  /** How far ways are off without the motion, as a share of how far they are off with it. */
  get remains(): number {
    return Math.exp(this.#sum / (this.#stretches + trusted));
  }
}

/** By how many heights boxes are off the straight line through all of them. */
function off(rows: readonly number[]): number {
  const [times, xs, ys, , heights] = [0, 1, 2, 3, 4].map((c) => rows.filter((_, i) => i % width === c));
  const middle = mean(times);
  const centred = times.map((t) => t - middle);
  const spread = mean(centred.map((t) => t * t));
  const left = [xs, ys].map((values) => {
    const centre = mean(values);
    const slope = mean(values.map((v, i) => v * centred[i])) / spread;
    return mean(values.map((v, i) => (v - centre - slope * centred[i]) ** 2));
  });
  return Math.sqrt((left[0] + left[1]) / mean(heights) ** 2 + tremble ** 2);
}

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
