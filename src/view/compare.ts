/** How two runs differ, as a page lists it. */
import { type DiffOptions, diff, fromTracks, type TracksDiff } from "../eval/index.js";
import type { Comparison, Difference } from "../report/listing.js";
import { frameOf, type Run } from "../report/run.js";

/** @throws {SyntaxError} an identity is twice in a frame */
export function compareRuns(
  [a, b]: readonly [Run, Run],
  [nameA, nameB]: readonly [string, string],
  options: DiffOptions = {},
): Comparison {
  const boxesOf = (run: Run, name: string) =>
    fromTracks(
      Array.from(run.index, (_, at) => frameOf(run, at)),
      name,
    );
  const found = diff(boxesOf(a, nameA), boxesOf(b, nameB), options);
  return {
    isEqual: found.isEqual,
    differences: differencesOf(found),
    renumbered: found.renumbered.length,
    boxes: found.boxes,
  };
}

function differencesOf({ births, deaths, swaps, gaps, shifts }: TracksDiff): Difference[] {
  const all: Difference[] = [
    ...births.map(({ id, from, to }) => ({ kind: "birth" as const, from, to, b: [id] })),
    ...deaths.map(({ id, from, to }) => ({ kind: "death" as const, from, to, a: id })),
    ...swaps.map(({ frame, a, before, after }) => ({
      ...{ kind: "swap" as const, from: frame, to: frame, a, b: [before, after] },
    })),
    ...gaps.map(({ missingIn, id, from, to }) => ({
      ...{ kind: "gap" as const, from, to, missingIn },
      ...(missingIn === "a" ? { b: [id] } : { a: id }),
    })),
    ...stretchesOf(shifts),
  ];
  return all.sort((x, y) => x.from - y.from || x.to - y.to);
}

/** Boxes that are elsewhere in one frame after the other are told together. */
function stretchesOf(shifts: TracksDiff["shifts"]): Difference[] {
  const stretches: Difference[] = [];
  const last = new Map<string, number>();
  for (const { frame, a, b, pixels } of shifts) {
    const pair = `${a} ${b}`;
    const at = last.get(pair);
    const before = at === undefined ? undefined : stretches[at];
    if (before && before.to === frame - 1) {
      stretches[at!] = { ...before, to: frame, pixels: Math.max(before.pixels!, pixels) };
      continue;
    }
    last.set(pair, stretches.length);
    stretches.push({ kind: "shift", from: frame, to: frame, a, b: [b], pixels });
  }
  return stretches;
}
