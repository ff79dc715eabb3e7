/** The log of corrections beside a tracks file, read and written so that nothing of it is ever lost. */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { writeDurably } from "../checkpoint/durable.js";
import { type Lock, takeLock } from "../checkpoint/lock.js";
import {
  type Edit,
  type EditLog,
  type Entry,
  editsOf,
  emptyLog,
  formatLog,
  historyOf,
  parseLog,
  type TracksIdentity,
} from "../edit/index.js";
import { beside } from "../format/beside.js";
import { Refusal } from "./refusal.js";

/** Looks for a lock that somebody else holds for a moment, and milliseconds between them. */
const LOOKS = 30;
const PAUSE = 100;

/** A run whose corrections these are. */
interface Of {
  readonly path: string;
  readonly identity: TracksIdentity;
}

/** Reads what was corrected so far. @throws {Refusal} the file is broken, or of another tracks file */
export async function readLog({
  path,
  identity,
}: Of): Promise<EditLog & { readonly edits: readonly Edit[] }> {
  const file = editsOf(path);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return { ...emptyLog(identity), edits: [] };
    throw new Refusal(500, `Cannot read ${JSON.stringify(basename(file))}: ${message}`);
  }
  try {
    const log = parseLog(text, basename(file));
    if (log.tracks.sha256 === identity.sha256) return { ...log, edits: historyOf(log.entries).edits };
  } catch (error) {
    throw new Refusal(409, `${(error as Error).message}; move the file away to correct anew`);
  }
  throw new Refusal(
    409,
    `The corrections in ${JSON.stringify(basename(file))} are of another version of the tracks, and are not shown; move the file away to correct these`,
  );
}

/**
 * Appends an entry, if the log is still as long as whoever made it believes, and it can be done.
 *
 * @throws {Refusal} otherwise; with what the log holds now where somebody else has changed it
 */
export async function appendEntry(
  of: Of & { readonly correctable: { check(entries: readonly Entry[], next: Entry): void } },
  entry: Entry,
  after: number,
): Promise<EditLog> {
  const file = editsOf(of.path);
  const lock = await lockFor(file);
  try {
    const { edits: _, ...log } = await readLog(of);
    if (log.entries.length !== after)
      throw new Refusal(409, "The corrections were changed elsewhere meanwhile; this one was not made", {
        entries: log.entries,
      });
    try {
      of.correctable.check(log.entries, entry);
    } catch (error) {
      throw new Refusal(422, (error as Error).message);
    }
    const next = { ...log, entries: [...log.entries, entry] };
    await writeDurably(file, formatLog(next)).catch((error: Error) => {
      throw new Refusal(500, `Cannot write ${JSON.stringify(basename(file))}: ${error.message}`);
    });
    return next;
  } finally {
    await lock.release();
  }
}

async function lockFor(file: string): Promise<Lock> {
  for (let look = 0; look < LOOKS; look++) {
    const lock = await takeLock(beside(file, "lock")).catch((error: Error) => {
      throw new Refusal(500, `Cannot write beside ${JSON.stringify(basename(file))}: ${error.message}`);
    });
    if ("release" in lock) return lock;
    await wait(PAUSE);
  }
  throw new Refusal(409, "Somebody else is writing the corrections; this one was not made");
}
