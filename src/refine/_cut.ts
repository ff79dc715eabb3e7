/** Cuts fragments in pieces where their tracks leapt. */
import type { Leap } from "./_leaps.js";
import type { Fragment } from "./fragments.js";

/**
 * @param fragments ordered by their first frame
 * @param goOn where they are cut, and which of them follows what was before
 * @returns all pieces, ordered by their first frame
 */
export function cutAt(fragments: readonly Fragment[], goOn: ReadonlyMap<Leap, Fragment>): Fragment[] {
  const leapOf = new Map([...goOn].map(([leap, fragment]) => [fragment, leap]));
  const lastOf = new Map<Fragment, Fragment>();
  const lastOfTrack = new Map<number, Fragment>();
  const until = new Map<Leap, Fragment>();
  const pieces = fragments.flatMap((fragment) => {
    const { track, start, follows, leaps } = fragment;
    const its = leaps.filter((leap) => goOn.has(leap));
    // It may have leapt while it was out of sight, between two fragments.
    const isBefore = ({ end }: Leap): boolean => end.frame < start;
    const leap = its.find(isBefore);
    const earlier = lastOfTrack.get(track);
    if (leap && earlier) until.set(leap, earlier);
    const cuts = its.filter((other) => !isBefore(other));
    const followed = leapOf.get(fragment);
    const known = follows ? lastOf.get(follows) : followed && until.get(followed);
    const own = piecesOf({ ...fragment, leap, follows: known }, cuts);
    cuts.forEach((cut, i) => {
      until.set(cut, own[i]);
    });
    const last = own.at(-1)!;
    lastOf.set(fragment, last);
    lastOfTrack.set(track, last);
    return own;
  });
  return pieces.sort((a, b) => a.beginning.frame - b.beginning.frame || a.track - b.track);
}

function piecesOf(fragment: Fragment, cuts: readonly Leap[]): Fragment[] {
  const { looks, before } = fragment;
  return [undefined, ...cuts].map((leap, i) => {
    const until = cuts[i];
    return {
      ...fragment,
      ...(leap ? { leap, start: leap.at, beginning: leap.beginning, follows: undefined } : {}),
      ...(until ? { end: until.end } : {}),
      seen: (until ? until.seen - before : fragment.seen) - (leap ? leap.seen - before : 0),
      leaps: [],
      looks: looks && {
        ...looks,
        ...(leap ? { first: leap.after ?? looks.last } : {}),
        ...(until ? { last: until.before ?? looks.first } : {}),
      },
    };
  });
}
