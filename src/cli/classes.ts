/**
 * Which classes are followed, and which may share an identity.
 */
import type { Detections } from "../types.js";
import { UsageError } from "./errors.js";

/** Classes that detectors confuse with each other, by the names that label lists use for them. */
export const PEOPLE: readonly string[] = ["person", "pedestrian"];
const KINDS: readonly (readonly string[])[] = [
  PEOPLE,
  ["bicycle", "motorcycle", "motorbike"],
  ["car", "bus", "truck", "van", "vehicle"],
];

/**
 * Indices of the classes to follow; undefined for all. Without `names`: people and vehicles, or all where a
 * detector knows none of them.
 *
 * @throws {UsageError} for a name that the detector does not know, with those that it does.
 */
export function chooseClasses(
  labels: readonly string[],
  names: readonly string[] | undefined,
  source: string,
): ReadonlySet<number> | undefined {
  const find = (name: string) => indicesOf(labels, name);
  if (names === undefined) {
    const usual = KINDS.flat().flatMap(find);
    return usual.length > 0 ? new Set(usual) : undefined;
  }
  if (names.length === 1 && names[0]!.toLowerCase() === "all") return undefined;
  return new Set(
    names.flatMap((name) => {
      const found = find(name);
      if (found.length > 0) return found;
      throw new UsageError(
        `Option --classes: ${source} has no class ${JSON.stringify(name)}; expected all, or some of ${labels.join(", ")}`,
      );
    }),
  );
}

/** Every class of that name, whatever the case. */
export const indicesOf = (labels: readonly string[], name: string): number[] =>
  labels.flatMap((label, index) => (label.toLowerCase() === name.toLowerCase() ? [index] : []));

/** Groups of class indices that may share an identity: cars, buses and trucks; bicycles and motorcycles. */
export function groupClasses(labels: readonly string[]): number[][] {
  return KINDS.map((kind) =>
    labels.flatMap((label, index) => (kind.includes(label.toLowerCase()) ? [index] : [])),
  ).filter((group) => group.length > 1);
}

/** A function that keeps the rows of some classes from some score on. */
export function selectRows(
  classes: ReadonlySet<number> | undefined,
  minScore = Number.NEGATIVE_INFINITY,
): (detections: Detections) => Detections {
  return (found) => {
    const rows: number[] = [];
    for (let i = 0; i < found.count; i++)
      if (found.scores[i]! >= minScore && (classes?.has(found.classes[i]!) ?? true)) rows.push(i);
    if (rows.length === found.count) return found;
    return {
      count: rows.length,
      boxes: Float64Array.from(
        { length: 4 * rows.length },
        (_, k) => found.boxes[4 * rows[k >> 2]! + (k & 3)]!,
      ),
      scores: Float64Array.from(rows, (i) => found.scores[i]!),
      classes: Int32Array.from(rows, (i) => found.classes[i]!),
    };
  };
}
