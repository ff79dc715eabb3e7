/** Which classes are followed, and which may share an identity: by the names that label lists use for them. */
import type { Detections } from "./types.js";

/** Classes that detectors confuse with each other. */
export const people: readonly string[] = ["person", "pedestrian"];
const kinds: readonly (readonly string[])[] = [
  people,
  ["bicycle", "motorcycle", "motorbike"],
  ["car", "bus", "truck", "van", "vehicle"],
];

/** Every class of that name, whatever the case, as indices into `labels`. */
export const indicesOf = (labels: readonly string[], name: string): number[] =>
  labels.flatMap((label, index) => (label.toLowerCase() === name.toLowerCase() ? [index] : []));

/**
 * People and vehicles, as indices into `labels`; undefined, which is all, where a detector knows none of them.
 *
 * @example
 * usualClasses(["person", "dog", "car"]); // Set { 0, 2 }
 */
export function usualClasses(labels: readonly string[]): ReadonlySet<number> | undefined {
  const usual = kinds.flat().flatMap((name) => indicesOf(labels, name));
  return usual.length > 0 ? new Set(usual) : undefined;
}

/**
 * Groups of class indices that may share an identity: cars, buses and trucks; bicycles and motorcycles.
 *
 * @example
 * const tracker = new Throughline({ classGroups: groupClasses(detector.labels) });
 */
export function groupClasses(labels: readonly string[]): number[][] {
  return kinds
    .map((kind) => labels.flatMap((label, index) => (kind.includes(label.toLowerCase()) ? [index] : [])))
    .filter((group) => group.length > 1);
}

/**
 * A function that keeps the rows of some classes from some score on; all of them without `classes`.
 *
 * @example
 * const select = selectRows(new Set([detector.labels.indexOf("person")]), 0.4);
 * for await (const { tracks } of track(frames, { detector, tracker, select })) console.log(tracks.length);
 */
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
