/**
 * `track networks`: what can be inspected and built.
 */
import { exitCodes, UsageError } from "./errors.js";
import type { Streams } from "./models.js";
import { findNetwork, networkNames } from "./network-names.js";
import { layOut } from "./table.js";

/** Prints the networks whose names hold the text, or all. */
export async function networks(
  text: string | undefined,
  { stdout }: Pick<Streams, "stdout">,
): Promise<number> {
  const names = networkNames().filter((name) => name.includes((text ?? "").toLowerCase()));
  if (names.length === 0)
    throw new UsageError(`No network has ${JSON.stringify(text)} in its name: "track networks" has them all`);
  const rows = names.map((name) => {
    const { size, detector } = findNetwork(name)!;
    return [name, detector ? "detector" : isEmbedder(name) ? "embedder" : "", size ? size.join("x") : ""];
  });
  stdout.write(layOut([["name", "for", "input"], ...rows], Number.POSITIVE_INFINITY));
  return exitCodes.done;
}

/** Networks whose result is what somebody looks like. */
export const isEmbedder = (name: string): boolean => /^osnet_|^deepsort_embedder$/.test(name);
