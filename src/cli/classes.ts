/** The classes that were asked for by name. */
import { indicesOf, usualClasses } from "../classes.js";
import { UsageError } from "./errors.js";

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
  if (names === undefined) return usualClasses(labels);
  if (names.length === 1 && names[0]!.toLowerCase() === "all") return undefined;
  return new Set(
    names.flatMap((name) => {
      const found = indicesOf(labels, name);
      if (found.length > 0) return found;
      throw new UsageError(
        `Option --classes: ${source} has no class ${JSON.stringify(name)}; expected all, or some of ${labels.join(", ")}`,
      );
    }),
  );
}
