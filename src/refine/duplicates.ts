/**
 * Detectors give a car and also its front, a person and also the upper half, and a tracker follows both. What lies
 * within another of its class for most of its life, on the same ground and less certain than the other, is a part of it.
 * One who only passes before or behind another does so for a moment of a life.
 */
import type { Track } from "../types.js";

/** Share of the smaller box that lies within the larger one. */
const within = 0.8;
/** Lower edges are so near each other, in heights of the larger box. */
const footing = 0.2;
/** Share of a life in which that is so. */
const mostOf = 0.7;

interface Life {
  seen: number;
  /** Sum of the scores. */
  score: number;
  /** Frames in which it lay within another, by the id of that one. */
  readonly inside: Map<number, number>;
}

/**
 * Finds them. Memory grows with identities, and with those that ever lie within each other.
 *
 * @example
 * const duplicates = new Duplicates();
 * for (const { tracks } of frames) duplicates.see(tracks);
 * const kept = ids.filter((id) => !duplicates.has(id));
 */
export class Duplicates {
  readonly #lives = new Map<number, Life>();

  /** @param tracks of one frame */
  see(tracks: readonly Track[]): void {
    for (const { id, score } of tracks) {
      const life = this.#lives.get(id) ?? { seen: 0, score: 0, inside: new Map() };
      life.seen++;
      life.score += score;
      this.#lives.set(id, life);
    }
    const sorted = [...tracks].sort((a, b) => a.box[0] - b.box[0]);
    sorted.forEach((a, i) => {
      for (let k = i + 1; k < sorted.length && sorted[k].box[0] < a.box[2]; k++) {
        const b = sorted[k];
        if (isPart(a, b)) this.#count(a, b);
        else if (isPart(b, a)) this.#count(b, a);
      }
    });
  }

  #count(part: Track, whole: Track): void {
    const { inside } = this.#lives.get(part.id)!;
    inside.set(whole.id, (inside.get(whole.id) ?? 0) + 1);
  }

  /** Whether a track is a part of another one that was seen at least as long. */
  has(track: number): boolean {
    const life = this.#lives.get(track);
    if (!life) return false;
    return [...life.inside].some(([id, frames]) => {
      const whole = this.#lives.get(id)!;
      return (
        frames >= mostOf * life.seen &&
        whole.seen >= life.seen &&
        whole.score / whole.seen > life.score / life.seen
      );
    });
  }
}

function isPart({ box: a, class: c }: Track, { box: b, class: d }: Track): boolean {
  const area = (a[2] - a[0]) * (a[3] - a[1]);
  const height = b[3] - b[1];
  if (c !== d || area >= (b[2] - b[0]) * height || Math.abs(a[3] - b[3]) > footing * height) return false;
  const w = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const h = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  return w > 0 && h > 0 && w * h >= within * area;
}
