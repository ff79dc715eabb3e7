/** What the comparison shares. The first run is the one of src/page/state.ts, which leads; the second follows its frames. */
import { computed, signal } from "@preact/signals";
import type { Comparison, Difference } from "../../report/listing.js";
import { framesOfRows, identitiesOf, positionOf, type Run } from "../../report/run.js";
import { goTo, run, selected } from "../state.js";

/** The second run. */
export const other = signal<Run>(undefined as unknown as Run);
export const otherNames = computed(
  (): ReadonlyMap<number, string> =>
    new Map(Object.entries(other.value.names ?? {}).map(([id, name]) => [Number(id), name])),
);
export const otherIdentities = computed(() => identitiesOf(other.value));
export const otherRowFrames = computed(() => framesOfRows(other.value));
/** Identities of the second run that were picked. */
export const otherSelected = signal<readonly number[]>([]);

/** How they differ; undefined while that is found out. */
export const comparison = signal<Comparison | undefined>(undefined);
/** Why that could not be found out. */
export const failure = signal<string | undefined>(undefined);

/** The frame of the second run that has the same number in the input; undefined where it has none. */
export function otherAt(at: number): number | undefined {
  const number = run.value.index[at];
  if (number === undefined || other.value.index.length === 0) return undefined;
  const there = positionOf(other.value, number);
  return other.value.index[there] === number ? there : undefined;
}

/** Goes to a difference and picks what it is about. */
export function showDifference({ from, a, b = [] }: Difference): void {
  goTo(positionOf(run.value, from));
  selected.value = a === undefined ? [] : [a];
  otherSelected.value = b;
}

/** What differs, in words. */
export function wordsOf({ kind, a, b = [], missingIn, pixels = 0 }: Difference): string {
  if (kind === "birth") return `Identity ${b[0]} is only in B`;
  if (kind === "death") return `Identity ${a} is only in A`;
  if (kind === "swap") return `A’s ${a} was B’s ${b[0]} and goes on as B’s ${b[1]}`;
  if (kind === "gap") return missingIn === "a" ? `B’s ${b[0]} has no box in A` : `A’s ${a} has no box in B`;
  return `A’s ${a} and B’s ${b[0]} are up to ${pixels.toFixed(1)} pixels apart`;
}
