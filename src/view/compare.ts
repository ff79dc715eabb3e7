/** How two runs differ, as a page lists it. */
import { Correctable, correctedRun, type Edit } from "../edit/index.js";
import { diff, fromTracks, type TracksDiff } from "../eval/index.js";
import type { Comparison, Difference } from "../report/listing.js";
import { frameOf, type Run } from "../report/run.js";

const MOST = 20_000;

/** One of two runs. */
export interface Compared {
  readonly name: string;
  readonly run: Run;
  /** Its corrections: it is compared as it is shown. */
  readonly edits: readonly Edit[];
}

/** @throws {SyntaxError} an identity is twice in a frame. @throws {RangeError} corrections that cannot be done */
export function compareRuns(a: Compared, b: Compared): Comparison {
  const boxesOf = ({ name, run, edits }: Compared) => {
    const corrected = edits.length > 0 ? correctedRun(run, new Correctable(run).correct(edits)) : run;
    return fromTracks(
      Array.from(corrected.index, (_, at) => frameOf(corrected, at)),
      name,
    );
  };
  const found = diff(boxesOf(a), boxesOf(b));
  return {
    isEqual: found.isEqual,
    ...listed(differencesOf(found)),
    renumbered: found.renumbered.length,
    boxes: found.boxes,
  };
}

/** Two runs that have little in common differ more often than anybody reads. */
function listed(all: readonly Difference[]): Pick<Comparison, "differences" | "more"> {
  if (all.length <= MOST) return { differences: all, more: 0 };
  const shifts = all.filter(({ kind }) => kind === "shift").sort((x, y) => y.pixels! - x.pixels!);
  const left = new Set(shifts.slice(Math.max(0, shifts.length - (all.length - MOST))));
  return { differences: all.filter((one) => !left.has(one)), more: left.size };
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
