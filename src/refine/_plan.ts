/** What the second pass does with every track, decided after the first one. */
import type { Fragment } from "./fragments.js";

/** One fragment under its final id. */
export interface Part {
  readonly fragment: Fragment;
  readonly id: number;
  /** The fragment that continues it. */
  readonly next: Fragment | undefined;
  /** Frames in which its identity is seen. */
  readonly seen: number;
}

/** Which fragment a track is in a frame; undefined where it is dropped. */
export type Plan = (track: number, frame: number) => Part | undefined;

/**
 * @param fragments ordered by their first frame
 * @param next as `join` returns it
 * @param isKept tells whether one that consists of these fragments, and is seen in so many frames, is kept
 */
export function planOf(
  fragments: readonly Fragment[],
  next: Int32Array,
  isKept: (chain: readonly Fragment[], seen: number) => boolean,
): Plan {
  const ids = new Ids(fragments);
  const continues = new Set(next);
  const parts = new Map<number, { start: number; part: Part | undefined }[]>();
  for (let i = 0; i < fragments.length; i++) {
    if (continues.has(i)) continue;
    const chain: number[] = [];
    for (let k = i; k >= 0; k = next[k]) chain.push(k);
    const seen = chain.reduce((sum, k) => sum + fragments[k].seen, 0);
    const isWanted = isKept(
      chain.map((k) => fragments[k]),
      seen,
    );
    const id = isWanted ? ids.take(fragments[i].track) : undefined;
    for (const k of chain) {
      const fragment = fragments[k];
      const part = id === undefined ? undefined : { fragment, id, next: fragments[next[k]], seen };
      const own = parts.get(fragment.track);
      if (own) own.push({ start: fragment.start, part });
      else parts.set(fragment.track, [{ start: fragment.start, part }]);
    }
  }
  for (const own of parts.values()) own.sort((a, b) => a.start - b.start);
  return (track, frame) => parts.get(track)?.findLast(({ start }) => start <= frame)?.part;
}

/** An identity is called as its first fragment was, unless an earlier one is. */
class Ids {
  readonly #taken = new Set<number>();
  #free: number;

  constructor(fragments: readonly Fragment[]) {
    this.#free = fragments.reduce((most, { track }) => Math.max(most, track), 0) + 1;
  }

  take(wanted: number): number {
    const id = this.#taken.has(wanted) ? this.#free++ : wanted;
    this.#taken.add(id);
    return id;
  }
}
