/** Batches, by their manifests, with what is going on in them. */
import { dirname, join } from "node:path";
import { readManifest } from "../batch/manifest.js";
import { holderOf } from "../checkpoint/lock.js";
import type { BatchEntry, BatchFile } from "../report/listing.js";
import { type Going, lockOf } from "./going.js";

/** As src/cli/batch.ts takes it. */
const LOCK = ".track-batch.lock";
/** Endings that a page can show. */
const SHOWN = /\.(?:json|jsonl|csv|txt)$/i;

/** @param path of the manifest; `name` of its folder; `going` by folder. */
export async function batchOf(
  path: string,
  name: string,
  { runs, going }: { readonly runs: ReadonlySet<string>; readonly going: readonly Going[] },
): Promise<BatchEntry | undefined> {
  try {
    const manifest = await readManifest(path);
    if (!manifest) return undefined;
    const isGoing = (await holderOf(join(dirname(path), LOCK)).catch(() => undefined)) !== undefined;
    const below = (file: string): string => (name === "" ? file : `${name}/${file}`);
    const files = manifest.files.map((entry): BatchFile => {
      const { error, attempts, frames, identities, seconds, started } = entry;
      const run = entry.outputs
        .map((output) => below(output.path))
        .find((output) => SHOWN.test(output) && runs.has(output));
      const at = below(entry.name);
      const folder = at.includes("/") ? at.slice(0, at.lastIndexOf("/")) : "";
      const stem = at.slice(at.lastIndexOf("/") + 1);
      const worked = going.find(
        (one) =>
          one.run.folder === folder &&
          [".json", ".jsonl", ".csv", ".txt"].some((ending) => one.lock === lockOf(folder, stem + ending)),
      );
      return {
        ...{ name: entry.name, error, attempts, frames, identities, seconds, started, run },
        // Nobody is at work on what a killed batch has left.
        state: entry.state === "running" && !isGoing && !worked ? "waiting" : entry.state,
        ...(worked ? { going: worked.run } : {}),
      };
    });
    return { path: name, isGoing, files };
  } catch (error) {
    return { path: name, isGoing: false, files: [], error: (error as Error).message };
  }
}
