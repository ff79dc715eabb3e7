/** Everything that there is to see in a folder. */
import { readdir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import type { BatchEntry, Listing, RunEntry } from "../report/listing.js";
import { batchOf } from "./batches.js";
import type { Folder } from "./folder.js";
import { type Going, goingRuns } from "./going.js";
import { entryOf, type Found } from "./run-entry.js";

/** A folder that is viewed by mistake, such as a whole disk, must not take for ever. */
const DEEPEST = 8;
const MOST_FILES = 20_000;
/** Files that are looked into at a time. */
const TOGETHER = 16;

const ENDINGS = new Set([".json", ".jsonl", ".csv", ".txt"]);
/** Documents of ours that are no tracks, and what others put beside. */
const OTHERS =
  /(?:\.edits\.json|\.explain\.jsonl|\.counts\.csv|\.detections\.txt|^package(?:-lock)?\.json)$/i;

/** What was found at which state of a file. */
type Known = Map<string, { readonly key: string; readonly entry: RunEntry | undefined }>;

/** Looks at a folder again and again; what has not changed is not read again. */
export class Lister {
  readonly #folder: Folder;
  #known: Known = new Map();

  constructor(folder: Folder) {
    this.#folder = folder;
  }

  async list(): Promise<Listing> {
    const walked = await walk(this.#folder);
    const known: Known = new Map();
    const runs: RunEntry[] = [];
    for (let i = 0; i < walked.files.length; i += TOGETHER)
      await Promise.all(
        walked.files.slice(i, i + TOGETHER).map(async (found) => {
          const key = `${found.bytes} ${found.modified} ${found.edits}`;
          const before = this.#known.get(found.path);
          const entry = before?.key === key ? before.entry : await entryOf(found);
          known.set(found.path, { key, entry });
          if (entry) runs.push(entry);
        }),
      );
    this.#known = known;
    const going: Going[] = [];
    for (const [folder, locks] of walked.locks) going.push(...(await goingRuns(locks, folder)));
    const names = new Set(runs.map(({ path }) => path));
    const batches: BatchEntry[] = [];
    for (const { file, folder } of walked.manifests) {
      const batch = await batchOf(file, folder, { runs: names, going });
      if (batch) batches.push(batch);
    }
    const inBatches = new Set(batches.flatMap(({ files }) => files.map((file) => file.going)));
    return {
      folder: this.#folder.path,
      runs: runs.sort((a, b) => (a.path < b.path ? -1 : 1)),
      batches,
      going: going.filter((run) => !inBatches.has(run.run)).map(({ run }) => run),
      notices: walked.isCut
        ? [`The folder holds more than ${MOST_FILES} files: some are left out. View a folder further inside.`]
        : [],
    };
  }
}

interface Walked {
  readonly files: (Found & { readonly edits: number })[];
  readonly manifests: { readonly file: string; readonly folder: string }[];
  /** By folder. */
  readonly locks: Map<string, string[]>;
  isCut: boolean;
}

async function walk(folder: Folder): Promise<Walked> {
  const walked: Walked = { files: [], manifests: [], locks: new Map(), isCut: false };
  let left = MOST_FILES;
  const enter = async (path: string, name: string, depth: number): Promise<void> => {
    // A folder may go or be closed to us while we look.
    const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (--left < 0) {
        walked.isCut = true;
        return;
      }
      const file = join(path, entry.name);
      const below = name === "" ? entry.name : `${name}/${entry.name}`;
      if (entry.isDirectory()) {
        // Links to folders may lead outside, or in a circle.
        if (depth < DEEPEST && !entry.name.startsWith(".") && entry.name !== "node_modules")
          await enter(file, below, depth + 1);
      } else if (entry.isFile() || (await folder.realFile(file)) !== undefined)
        await take(file, below, name, entry.name, walked);
    }
  };
  await enter(folder.path, "", 1);
  return walked;
}

async function take(file: string, path: string, folder: string, name: string, walked: Walked): Promise<void> {
  if (/^\.track-[0-9a-f]+\.lock$/.test(name))
    walked.locks.set(folder, [...(walked.locks.get(folder) ?? []), file]);
  if (name.startsWith(".")) return;
  if (name === "batch.json") walked.manifests.push({ file, folder });
  else if (ENDINGS.has(extname(name).toLowerCase()) && !OTHERS.test(name)) {
    const found = await stat(file).catch(() => undefined);
    if (!found) return;
    const edits = await stat(`${file}.edits.json`).catch(() => undefined);
    walked.files.push({
      ...{ file, path, bytes: found.size, modified: Math.round(found.mtimeMs) },
      edits: edits?.mtimeMs ?? 0,
    });
  }
}
