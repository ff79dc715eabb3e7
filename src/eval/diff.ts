/**
 * What changed between two runs of a tracker on the same input: identities that came or went, swaps, gaps, moved
 * boxes. Identities are compared by where they are, not by their numbers.
 */
import { overlap } from "./_overlap.js";
import { select } from "./_select.js";
import { match } from "./clear.js";
import { boxOf, labelOf } from "./events.js";
import type { Boxes, Sequence, Side } from "./sequence.js";
import { lengthened } from "./tracks.js";

/** Options of `diff`. */
export interface DiffOptions {
  /** Pixels that an edge of a box may move without being a difference. @default 0.5 */
  readonly tolerance?: number;
}

/** @internal */
export const diffDefaults = { tolerance: 0.5 } as const satisfies Required<DiffOptions>;

/** An identity that only one run has. */
export interface LoneIdentity {
  readonly id: number;
  /** First and last frame, from 0. */
  readonly from: number;
  readonly to: number;
  /** Frames in which it has a box. */
  readonly frames: number;
}

/** Another identity goes on where one was. */
export interface Swap {
  readonly frame: number;
  /** The identity of the first run that stays. */
  readonly a: number;
  /** The identities of the second run before and from this frame. */
  readonly before: number;
  readonly after: number;
}

/** Frames in which an identity that both runs know has a box in one run only. */
export interface Gap {
  /** The run that has no box. */
  readonly missingIn: "a" | "b";
  /** The identity in the run that has one. */
  readonly id: number;
  readonly from: number;
  readonly to: number;
  /** Before, between or after the frames that both runs have; "start" means that the other run picks it up later. */
  readonly where: "start" | "middle" | "end";
}

/** A box that moved by more than the tolerance. */
export interface Shift {
  readonly frame: number;
  readonly a: number;
  readonly b: number;
  /** Pixels by which the edge that moved most did. */
  readonly pixels: number;
  readonly similarity: number;
}

/** Everything that differs between run a and run b. */
export interface TracksDiff {
  /** True where there are no births, deaths, swaps, gaps and shifts. Other numbers for the same tracks are equal. */
  readonly isEqual: boolean;
  /** Identities of b that a does not have. */
  readonly births: readonly LoneIdentity[];
  /** Identities of a that b does not have. */
  readonly deaths: readonly LoneIdentity[];
  readonly swaps: readonly Swap[];
  readonly gaps: readonly Gap[];
  readonly shifts: readonly Shift[];
  /** Identities that have another number in b. */
  readonly renumbered: readonly { readonly a: number; readonly b: number }[];
  /** Boxes of a, of b, and those that are in both. */
  readonly boxes: { readonly a: number; readonly b: number; readonly both: number };
}

/**
 * Compares two runs. Boxes of a frame belong together where they overlap by half, the pairs of the frame before
 * first.
 *
 * @throws {RangeError} the tolerance is negative or not finite.
 * @example
 * const { isEqual, swaps } = diff(parseMot(before, "before.txt"), parseMot(after, "after.txt"));
 */
export function diff(a: Boxes, b: Boxes, options: DiffOptions = {}): TracksDiff {
  const { tolerance } = { ...diffDefaults, ...options };
  if (!(Number.isFinite(tolerance) && tolerance >= 0)) {
    throw new RangeError(`tolerance must be a number of pixels from 0, got ${tolerance}`);
  }
  const sequence = sideBySide(a, b);
  const { truth, results, overlaps } = sequence;
  const { chosen, switchedFrom } = match(sequence);
  const partnerOfA = new Int32Array(truth.count).fill(-1);
  const partnerOfB = new Int32Array(results.count).fill(-1);
  for (let row = 0; row < truth.count; row++) {
    if (chosen[row] < 0) continue;
    partnerOfA[row] = overlaps.columns[chosen[row]];
    partnerOfB[partnerOfA[row]] = row;
  }

  const labelsB = new Float64Array(results.idCount);
  for (let row = 0; row < results.count; row++) labelsB[results.ids[row]] = labelOf(results, row);
  const swaps: Swap[] = [];
  const shifts: Shift[] = [];
  const firstPartner = new Map<number, number>();
  let both = 0;
  for (let frame = 0; frame < sequence.frames; frame++) {
    for (let row = truth.starts[frame]; row < truth.starts[frame + 1]; row++) {
      const partner = partnerOfA[row];
      if (partner < 0) continue;
      both++;
      const idA = labelOf(truth, row);
      const idB = labelOf(results, partner);
      if (!firstPartner.has(idA)) firstPartner.set(idA, idB);
      if (switchedFrom[row] >= 0) {
        swaps.push({ frame, a: idA, before: labelsB[switchedFrom[row]], after: idB });
      }
      const boxB = boxOf(results, partner);
      const pixels = Math.max(...boxOf(truth, row).map((edge, k) => Math.abs(edge - boxB[k])));
      if (pixels > tolerance) {
        const similarity = overlaps.similarities[chosen[row]];
        shifts.push({ frame, a: idA, b: idB, pixels, similarity });
      }
    }
  }
  const onlyA = unmatched(truth, partnerOfA, "b");
  const onlyB = unmatched(results, partnerOfB, "a");
  const gaps = [...onlyA.gaps, ...onlyB.gaps].sort((x, y) => x.from - y.from);
  const differences = [onlyA.lone, onlyB.lone, swaps, gaps, shifts];
  return {
    isEqual: differences.every((list) => list.length === 0),
    births: onlyB.lone,
    deaths: onlyA.lone,
    swaps,
    gaps,
    shifts,
    renumbered: [...firstPartner].filter(([x, y]) => x !== y).map(([x, y]) => ({ a: x, b: y })),
    boxes: { a: truth.count, b: results.count, both },
  };
}

function sideBySide(a: Boxes, b: Boxes): Sequence {
  const frames = Math.max(a.frames, b.frames);
  const first = lengthened(a, frames);
  const second = lengthened(b, frames);
  const all = (boxes: Boxes): Uint8Array => new Uint8Array(boxes.count).fill(1);
  return select(a.name, first, second, overlap(first, second), all(a), all(b));
}

/** Identities without any partner, and the frames in which the others have none. */
function unmatched(
  side: Side,
  partnerOf: Int32Array,
  missingIn: "a" | "b",
): { lone: LoneIdentity[]; gaps: Gap[] } {
  const appearances: { frame: number; isMatched: boolean }[][] = Array.from(
    { length: side.idCount },
    () => [],
  );
  const labels = new Float64Array(side.idCount);
  for (let frame = 0; frame + 1 < side.starts.length; frame++) {
    for (let row = side.starts[frame]; row < side.starts[frame + 1]; row++) {
      labels[side.ids[row]] = labelOf(side, row);
      appearances[side.ids[row]].push({ frame, isMatched: partnerOf[row] >= 0 });
    }
  }
  const lone: LoneIdentity[] = [];
  const gaps: Gap[] = [];
  appearances.forEach((list, index) => {
    const id = labels[index];
    const first = list.findIndex((x) => x.isMatched);
    const last = list.findLastIndex((x) => x.isMatched);
    if (first < 0) {
      lone.push({ id, from: list[0].frame, to: list[list.length - 1].frame, frames: list.length });
      return;
    }
    for (let k = 0; k < list.length; k++) {
      if (list[k].isMatched) continue;
      const start = k;
      while (k + 1 < list.length && !list[k + 1].isMatched) k++;
      const where = k < first ? "start" : start > last ? "end" : "middle";
      gaps.push({ missingIn, id, from: list[start].frame, to: list[k].frame, where });
    }
  });
  return { lone, gaps };
}
