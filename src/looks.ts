/**
 * The looks of tracks on the way from the tracker to what is done after the last frame: means over a few frames, so that
 * they are few.
 */
import type { Column, Look } from "./types.js";

/** A mean ends after so many frames, the first two of a track sooner: it may not be seen for long. */
const most = 16;
const fewer = 4;
/** A track that was not seen clearly for so many frames may be another object afterwards: its mean ends. */
const patience = 2;

interface Sum {
  /** Frames that are in it, and in those before it. */
  count: number;
  before: number;
  /** Frames since the last. */
  idle: number;
  readonly vector: Float64Array;
}

/**
 * Collects looks, so that `refine` can join tracks by them. Memory grows with the tracks that are seen at one time.
 *
 * @example
 * const stages = { detector, embedder, tracker: new Throughline(), looks: new LookMeans() };
 * const online: FrameTracks[] = [];
 * for await (const frame of track(frames, stages)) online.push(frame);
 * for await (const { index, tracks } of refine(() => online)) console.log(index, tracks.length);
 */
export class LookMeans {
  readonly #sums = new Map<number, Sum>();

  /** Takes a vector of finite numbers, of the same length as all others. */
  readonly onLook = (id: number, vector: Float32Array): void => {
    let sum = this.#sums.get(id);
    if (!sum) {
      sum = { count: 0, before: 0, idle: 0, vector: new Float64Array(vector.length) };
      this.#sums.set(id, sum);
    }
    sum.count++;
    sum.idle = -1;
    for (let k = 0; k < vector.length; k++) sum.vector[k] += vector[k]!;
  };

  /**
   * Goes on to the next frame; `track` does so where it is given the collector.
   *
   * @returns the means that end with this one
   */
  next(): Look[] {
    const ended: Look[] = [];
    for (const [id, sum] of this.#sums) {
      const { count, before, vector } = sum;
      const isOver = ++sum.idle >= patience;
      if (count > 0 && (isOver || count >= (before < 2 * fewer ? fewer : most))) {
        ended.push({ id, count, mean: Float32Array.from(vector, (v) => v / count) });
        sum.before += count;
        sum.count = 0;
        vector.fill(0);
      }
      if (isOver) this.#sums.delete(id);
    }
    return ended;
  }

  /** Everything that decides how it goes on. */
  save(): Readonly<Record<string, Column>> {
    const sums = [...this.#sums];
    return {
      about: Float64Array.from(sums.flatMap(([id, { count, before, idle }]) => [id, count, before, idle])),
      vectors: Float64Array.from(sums.flatMap(([, { vector }]) => [...vector])),
    };
  }

  /** Goes on where saved columns stood. @throws {RangeError} where they do not fit together */
  restore({ about, vectors }: Readonly<Record<string, Column | undefined>>): void {
    const tracks = (about?.length ?? Number.NaN) / 4;
    const length = tracks > 0 ? (vectors?.length ?? Number.NaN) / tracks : 0;
    if (!about || !vectors || !Number.isInteger(tracks) || !Number.isInteger(length))
      throw new RangeError("Cannot restore looks: their columns do not fit together");
    this.#sums.clear();
    for (let i = 0; i < tracks; i++) {
      const [id, count, before, idle] = about.subarray(4 * i, 4 * i + 4) as Float64Array;
      const vector = Float64Array.from(vectors.subarray(i * length, (i + 1) * length));
      this.#sums.set(id!, { count: count!, before: before!, idle: idle!, vector });
    }
  }
}
