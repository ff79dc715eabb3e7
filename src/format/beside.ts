import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";

/**
 * The hidden name beside a file for what belongs to it while it is made: the same in every run, and short, since a
 * long name of its own leaves no room for an ending.
 */
export function beside(
  path: string,
  ending: "part" | "draft" | "checkpoint" | "lock" | "live" | "download" | "download.lock",
): string {
  const name = createHash("sha256").update(basename(path)).digest("hex").slice(0, 12);
  return join(dirname(path), `.track-${name}.${ending}`);
}
