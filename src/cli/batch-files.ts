/** The files of a batch, as its manifest names them: below its folder, with slashes. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Entry } from "../batch/manifest.js";
import type { JobResult } from "./job.js";

/** Keeps other batches out of a folder. */
export const LOCK = ".track-batch.lock";

type Outputs = Entry["outputs"];

/** Outputs with the names that a manifest has for them. */
export const outputsBelow = (folder: string, made: Readonly<Outputs>): Outputs =>
  made.map(({ path, bytes, sha256 }) => ({ path: below(folder, path), bytes, sha256 }));

/** What a manifest says of a file that was tracked. */
export function trackedEntry(
  result: Extract<JobResult, { readonly made: unknown }>,
  folder: string,
): Partial<Entry> & Pick<Entry, "outputs"> {
  const { state, frames, identities, recording, damage } = result;
  const seconds = Math.round(result.seconds * 100) / 100;
  const outputs = outputsBelow(folder, result.made);
  return { state, frames, identities, seconds, recording, damage, outputs };
}

const below = (folder: string, path: string): string =>
  path.slice(join(folder, "x").length - 1).replaceAll("\\", "/");

/** Whether outputs are as they were written. */
export async function areThere(outputs: Outputs, folder: string): Promise<boolean> {
  for (const { path, bytes, sha256 } of outputs) {
    const found = await readFile(join(folder, path)).catch(() => undefined);
    if (found?.length !== bytes || createHash("sha256").update(found).digest("hex") !== sha256) return false;
  }
  return outputs.length > 0;
}
