/**
 * Tracks that went over to somebody else when their own was hidden or met another: who was left behind comes back as a
 * new track. A leap alone is no proof, somebody may have bowed; that another goes on from there as it did before is,
 * unless looks say that it is somebody else, or that the one who leapt still is who it was.
 */
import { cutAt } from "./_cut.js";
import { type Deviations, equallyTall, walking } from "./_fit.js";
import type { Leap } from "./_leaps.js";
import type { End } from "./_line.js";
import { learnResemblance } from "./_resemblance.js";
import { sidesOf } from "./_sides.js";
import type { Fragment } from "./fragments.js";
import { costOfStanding, isSlow, type JoinOptions } from "./join.js";

/** How exactly somebody goes on who was left behind. */
const goesOn: Deviations = { near: 0.12, farther: 0.02, ofHeights: 0.15 };
/** Who goes on fits at least so well, and better by `clear` than to any other that ended before. */
const maxCost = 0.3;
const clear = 0.5;
/** Fragments seen in fewer frames tell nothing. */
const fewest = 3;

/**
 * @param fragments ordered by their first frame
 * @returns the same, cut where a track leapt and a new one goes on as it did before; that one `follows` what it was
 * @example
 * const pieces = part(fragments.list(), { maxGap: 60, maxStill: 300, maxAlike: 300, rate: 30 });
 */
export function part(fragments: readonly Fragment[], options: JoinOptions): readonly Fragment[] {
  const isAtSide = sidesOf(fragments, options.inPicture);
  // A side cuts boxes off, which looks like a leap.
  const leaps = fragments.flatMap(({ leaps, ...its }) =>
    leaps.filter((leap) => !isAtSide(leap.end) && !isAtSide(leap.beginning)).map((leap) => ({ leap, its })),
  );
  if (leaps.length === 0) return fragments;
  const told = fragments.filter(({ seen }) => seen >= fewest);
  const firsts = new Map(told.toReversed().map((fragment) => [fragment.track, fragment]));
  const lasts = new Map(told.map((fragment) => [fragment.track, fragment]));
  const begin = [...firsts.values()].filter(({ beginning }) => !isAtSide(beginning));
  const isAnothers = anothers([...lasts.values()], options);
  const resemblance = learnResemblance(fragments, options.metrics);
  // Looks only speak against: how exactly one goes on where another leapt is proof enough, or there is none.
  const denied = ({ before, after }: Leap, { looks }: Fragment): number =>
    resemblance
      ? Math.max(0, Math.max(0, resemblance(before, after)) - resemblance(before, looks?.first))
      : 0;
  const pairs = leaps.flatMap(({ leap, its }) =>
    begin
      .filter(({ track, beginning: { frame }, ...other }) => {
        const isInTime = frame >= leap.at && frame - leap.at <= options.maxGap;
        // It may have leapt before it was seen again: who was left comes after that.
        const isAfter = frame > its.beginning.frame;
        return isInTime && isAfter && track !== its.track && other.class === its.class;
      })
      .map((left) => ({ leap, left, cost: costOf(leap.end, left.beginning) + denied(leap, left) }))
      .filter(({ left, cost }) => cost < maxCost && !isAnothers(left, its.track, cost + clear)),
  );
  pairs.sort((a, b) => a.cost - b.cost);
  const goOn = new Map<Leap, Fragment>();
  const taken = new Set<Fragment>();
  for (const { leap, left } of pairs) {
    if (goOn.has(leap) || taken.has(left)) continue;
    goOn.set(leap, left);
    taken.add(left);
  }
  return goOn.size > 0 ? cutAt(fragments, goOn) : fragments;
}

/** Tells whether a fragment continues one of those that ended, other than `track`, at less than a cost. */
function anothers(
  ended: readonly Fragment[],
  { maxGap, maxStill, rate }: JoinOptions,
): (fragment: Fragment, track: number, cost: number) => boolean {
  return (fragment, track, cost) =>
    ended.some((other) => {
      const gap = fragment.beginning.frame - other.end.frame;
      if (gap <= 0 || other.track === track) return false;
      if (gap <= maxGap && costOf(other.end, fragment.beginning) < cost) return true;
      const mayStand = gap <= maxStill && isSlow(other.end, rate) && isSlow(fragment.beginning, rate);
      return mayStand && costOfStanding(other, fragment) < cost;
    });
}

const costOf = (end: End, beginning: End): number =>
  walking(end, beginning, goesOn) / 2 + equallyTall(end, beginning, goesOn);
