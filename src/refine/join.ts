/**
 * Which fragments are one object: the end of one and the beginning of another must lie on one way, and on nobody
 * else's. All fragments are decided at once, as tracklets are by minimum cost in C. Huang, B. Wu, R. Nevatia, "Robust
 * object tracking by hierarchical association of detection responses", ECCV 2008, section 4.
 */
import { Assigner } from "../math/assignment.js";
import { SparseCosts } from "../math/sparse-costs.js";
import type { Fragment, Line } from "./fragments.js";

/** Largest cost of a join; 1 is about one and a half standard deviations. */
const maxCost = 1;
/** Fragments seen in fewer frames are not joined: their ends tell nothing. */
const fewest = 3;
/** Standard deviation of where somebody is, in heights: at once, and more with every frame unseen. */
const near = 0.25;
const farther = 0.03;
/** Standard deviation of the log of two heights of one object. */
const ofHeights = 0.1;
/** What every frame between costs. */
const perFrame = 0.02;
/** The best partner must be better than any other by this. */
const clear = 1;

/**
 * Joins fragments that are at most `maxGap` frames apart.
 *
 * @returns for every fragment that continues another the id of that other's beginning.
 * @example
 * const before = join(fragments.list(), 60);
 * const id = before.get(track.id) ?? track.id;
 */
export function join(fragments: readonly Fragment[], maxGap: number): Map<number, number> {
  const candidates = fragments.filter(({ seen }) => seen >= fewest);
  const pairs = candidatesOf(candidates, maxGap);
  const best = keepClear(pairs, candidates);
  const costs = new SparseCosts();
  costs.begin(candidates.length);
  for (let i = 0, p = 0; i < candidates.length; i++) {
    for (; p < best.length && best[p].from === i; p++) costs.add(best[p].to, best[p].cost);
    costs.endRow();
  }
  const next = new Assigner({ unassigned: maxCost }).assignSparse(costs);
  const beginning = new Map<number, number>();
  // Ordered by time: who continues another comes after it.
  candidates.forEach(({ id }, i) => {
    if (next[i] >= 0) beginning.set(candidates[next[i]].id, beginning.get(id) ?? id);
  });
  return beginning;
}

interface Pair {
  readonly from: number;
  readonly to: number;
  readonly cost: number;
}

/** Ordered by `from`. Fragments are ordered by their first frame, so only a stretch of them can follow. */
function candidatesOf(fragments: readonly Fragment[], maxGap: number): Pair[] {
  const firsts = Float64Array.from(fragments, ({ first }) => first);
  return fragments.flatMap((a, from) => {
    const found: Pair[] = [];
    for (let to = after(firsts, a.last); to < fragments.length; to++) {
      const b = fragments[to];
      if (b.first - a.last > maxGap) break;
      if (a.class !== b.class) continue;
      const cost = costOf(a, b);
      if (cost < maxCost + clear) found.push({ from, to, cost });
    }
    return found;
  });
}

/** The first index whose value is above `value`. */
function after(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Half the squared errors of both predictions, and of the heights, in standard deviations. */
function costOf(a: Fragment, b: Fragment): number {
  const gap = b.first - a.last;
  const [ha, hb] = [a.tail.at[3], b.head.at[3]];
  const height = Math.sqrt(ha * hb);
  const deviation = (near + farther * gap) * height;
  const ahead = squared(a.tail, b.first, b.from);
  const back = squared(b.head, a.last, a.to);
  const heights = Math.log(ha / hb) / ofHeights;
  return (ahead + back) / (2 * deviation ** 2) + heights ** 2 / 2 + perFrame * gap;
}

function squared({ at, velocity, middle }: Line, frame: number, [x, y]: readonly [number, number]): number {
  const dx = at[0] + velocity[0] * (frame - middle) - x;
  const dy = at[1] + velocity[1] * (frame - middle) - y;
  return dx * dx + dy * dy;
}

/**
 * The pairs that cost less than `maxCost` and have no rival that is nearly as good: another partner on either side,
 * seen at the same time. One that is seen later, or earlier, may well be a further piece of the same way.
 */
function keepClear(pairs: readonly Pair[], fragments: readonly Fragment[]): Pair[] {
  const byEnd = groupBy(pairs, ({ from }) => from);
  const byBeginning = groupBy(pairs, ({ to }) => to);
  const overlap = (i: number, j: number): boolean =>
    i !== j && fragments[i].first <= fragments[j].last && fragments[j].first <= fragments[i].last;
  return pairs.filter(({ from, to, cost }) => {
    const isRival = (other: Pair): boolean => other.cost < cost + clear;
    return (
      cost < maxCost &&
      !byEnd.get(from)!.some((other) => isRival(other) && overlap(other.to, to)) &&
      !byBeginning.get(to)!.some((other) => isRival(other) && overlap(other.from, from))
    );
  });
}

function groupBy(pairs: readonly Pair[], key: (pair: Pair) => number): Map<number, Pair[]> {
  const groups = new Map<number, Pair[]>();
  for (const pair of pairs) {
    const group = groups.get(key(pair));
    if (group) group.push(pair);
    else groups.set(key(pair), [pair]);
  }
  return groups;
}
