/**
 * Which fragments are one object: the end of one and the beginning of another must lie on one way, and on nobody
 * else's. All fragments are decided at once, as tracklets are by minimum cost in C. Huang, B. Wu, R. Nevatia, "Robust
 * object tracking by hierarchical association of detection responses", ECCV 2008, section 4.
 */
import { Assigner } from "../math/assignment.js";
import { SparseCosts } from "../math/sparse-costs.js";
import { type Deviations, equallyTall, standing, walking } from "./_fit.js";
import type { End } from "./_line.js";
import type { Metrics } from "./_metric.js";
import { certain, learnResemblance } from "./_resemblance.js";
import { sidesOf } from "./_sides.js";
import type { Fragment } from "./fragments.js";

/** How far fragments may be apart, in frames. */
export interface JoinOptions {
  /** Somebody who walks. */
  readonly maxGap: number;
  /** Somebody who stands; 0 where people do not stand. */
  readonly maxStill: number;
  /** Somebody whose looks say that it is he. */
  readonly maxAlike: number;
  /** Frames per second: those who are faster than half their height in one do not stand. */
  readonly rate: number;
  /** What looks are compared in. */
  readonly metrics?: Metrics | undefined;
  /** Where an end is in the picture, if its coordinates are others. */
  readonly inPicture?: ((end: End) => End["box"]) | undefined;
}

/** Largest cost of a join; 1 is about one and a half standard deviations. */
const maxCost = 1;
/** What the tracker said to be one is taken apart from this cost on. */
const maxOwnCost = 2;
/** Fragments seen in fewer frames are not joined: their ends tell nothing. */
const fewest = 3;
const goesOn: Deviations = { near: 0.25, farther: 0.03, ofHeights: 0.1 };
const stays: Deviations = { near: 0.15, farther: 0, ofHeights: 0.15 };
/** Heights per second of one who may be standing. */
const slow = 0.5;
/** What every frame between costs one who walks. */
const perFrame = 0.02;
/** The best partner must be better than any other by this. */
const clear = 1;

/**
 * Joins fragments, those of one track among them.
 *
 * @param fragments ordered by their first frame
 * @returns for every fragment the index of the one that continues it, or -1
 * @example
 * const next = join(fragments.list(), { maxGap: 60, maxStill: 300, rate: 30 });
 */
export function join(fragments: readonly Fragment[], options: JoinOptions): Int32Array {
  const isAtSide = sidesOf(fragments, options.inPicture);
  const alike = likenessOf(fragments, isAtSide, options.metrics);
  const next = ownNext(fragments, isAtSide, alike, options);
  const chains = chainsOf(fragments, next);
  const pairs = candidatesOf(fragments, chains, alike, options);
  const best = keepClear(pairs, fragments, chains);
  const costs = new SparseCosts();
  costs.begin(fragments.length);
  for (let i = 0, p = 0; i < fragments.length; i++) {
    for (; p < best.length && best[p].from === i; p++) costs.add(best[p].to, best[p].cost);
    costs.endRow();
  }
  new Assigner({ unassigned: maxCost }).assignSparse(costs).forEach((to, from) => {
    if (to >= 0) next[from] = to;
  });
  return next;
}

/**
 * What follows by an exchange, or by the tracker's own word where that fits. Of one who walked out of sight at a side
 * nobody knows whether it is he who comes in there.
 */
function ownNext(
  fragments: readonly Fragment[],
  isAtSide: (end: End) => boolean,
  alike: Likeness | undefined,
  { rate }: JoinOptions,
): Int32Array {
  const next = new Int32Array(fragments.length).fill(-1);
  const indexOf = new Map(fragments.map((fragment, i) => [fragment, i]));
  const lastOf = new Map<number, number>();
  fragments.forEach(({ follows }, i) => {
    if (follows) next[indexOf.get(follows)!] = i;
  });
  fragments.forEach((fragment, i) => {
    const before = lastOf.get(fragment.track);
    lastOf.set(fragment.track, i);
    if (before === undefined || next[before] >= 0 || fragment.follows || fragment.leap) return;
    const { end } = fragments[before];
    const { beginning } = fragment;
    // A side cuts boxes off: their middles move half as fast.
    const stood = isSlow(end, 2 * rate) && isSlow(beginning, 2 * rate);
    if (isAtSide(end) && isAtSide(beginning) && !stood) return;
    const way = Math.min(walking(end, beginning, goesOn), standing(end, beginning, stays));
    const cost = way + equallyTall(end, beginning, stays);
    if (cost - (alike?.(fragments[before], fragment) ?? 0) < maxOwnCost) next[before] = i;
  });
  return next;
}

/** What is joined already: where each fragment's chain begins and ends, as indices. */
interface Chains {
  readonly first: Int32Array;
  readonly last: Int32Array;
}

function chainsOf(fragments: readonly Fragment[], next: Int32Array): Chains {
  const first = Int32Array.from(fragments, (_, i) => i);
  const last = first.slice();
  // Ordered by time: who continues another comes after it.
  next.forEach((to, i) => {
    if (to >= 0) first[to] = first[i];
  });
  for (let i = next.length - 1; i >= 0; i--) if (next[i] >= 0) last[i] = last[next[i]];
  return { first, last };
}

interface Pair {
  readonly from: number;
  readonly to: number;
  readonly cost: number;
}

/** Ordered by `from`. Fragments are ordered by their first frame, so only a stretch of them can follow. */
function candidatesOf(
  fragments: readonly Fragment[],
  { first, last }: Chains,
  alike: Likeness | undefined,
  { maxGap, maxStill, maxAlike, rate }: JoinOptions,
): Pair[] {
  const firsts = Float64Array.from(fragments, ({ beginning }) => beginning.frame);
  const longestWay = alike ? Math.max(maxGap, maxAlike) : maxGap;
  const longest = Math.max(longestWay, maxStill);
  return fragments.flatMap((a, from) => {
    const found: Pair[] = [];
    if (last[from] !== from || a.seen < fewest) return found;
    for (let to = after(firsts, a.end.frame); to < fragments.length; to++) {
      const b = fragments[to];
      const gap = b.beginning.frame - a.end.frame;
      if (gap > longest) break;
      if (first[to] !== to || a.class !== b.class || b.seen < fewest) continue;
      if (b.leap && a.track === b.track) continue;
      const walks = gap <= longestWay ? costOfWalking(a, b) : Number.POSITIVE_INFINITY;
      const mayStand = gap <= maxStill && isSlow(a.end, rate) && isSlow(b.beginning, rate);
      const stands = mayStand ? costOfStanding(a, b) : Number.POSITIVE_INFINITY;
      if (Math.min(walks, stands) >= maxCost + clear + certain) continue;
      const ratio = alike?.(a, b) ?? 0;
      const cost = (gap <= maxGap || ratio > 0 ? Math.min(walks, stands) : stands) - ratio;
      if (cost < maxCost + clear) found.push({ from, to, cost });
    }
    return found;
  });
}

/** What looks say for one fragment to continue another, as a log likelihood ratio: above 0 that it does. */
type Likeness = (a: Fragment, b: Fragment) => number;

/** @returns undefined where looks say nothing in this recording */
function likenessOf(
  fragments: readonly Fragment[],
  isAtSide: (end: End) => boolean,
  metrics: Metrics | undefined,
): Likeness | undefined {
  const resemblance = learnResemblance(fragments, metrics);
  if (!resemblance) return undefined;
  return (a, b) => {
    const ratio = resemblance(a.looks?.last, b.looks?.first);
    // At a side half of somebody is seen, and another may come in: there looks only speak against.
    return isAtSide(a.end) || isAtSide(b.beginning) ? Math.min(0, ratio) : ratio;
  };
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

function costOfWalking({ end }: Fragment, { beginning }: Fragment): number {
  const gap = beginning.frame - end.frame;
  return walking(end, beginning, goesOn) + equallyTall(end, beginning, goesOn) + perFrame * gap;
}

export function isSlow({ line: { velocity, at } }: End, rate: number): boolean {
  return Math.hypot(...velocity) * rate < slow * at[3];
}

export function costOfStanding({ end }: Fragment, { beginning }: Fragment): number {
  return standing(end, beginning, stays) + equallyTall(end, beginning, stays);
}

/**
 * The pairs that cost less than `maxCost` and have no rival that is nearly as good: another partner on either side,
 * seen at the same time. One that is seen later, or earlier, may well be a further piece of the same way.
 */
function keepClear(pairs: readonly Pair[], fragments: readonly Fragment[], { first, last }: Chains): Pair[] {
  const byEnd = groupBy(pairs, ({ from }) => from);
  const byBeginning = groupBy(pairs, ({ to }) => to);
  const from = (i: number): number => fragments[first[i]].beginning.frame;
  const until = (i: number): number => fragments[last[i]].end.frame;
  const overlap = (i: number, j: number): boolean => i !== j && from(i) <= until(j) && from(j) <= until(i);
  return pairs.filter((pair) => {
    const isRival = (other: Pair): boolean => other.cost < pair.cost + clear;
    return (
      pair.cost < maxCost &&
      !byEnd.get(pair.from)!.some((other) => isRival(other) && overlap(other.to, pair.to)) &&
      !byBeginning.get(pair.to)!.some((other) => isRival(other) && overlap(other.from, pair.from))
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
