/**
 * What the inputs of a batch are before anything is done: done already, or to be done, or impossible.
 */
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { BatchInput } from "../batch/inputs.js";
import type { Entry } from "../batch/manifest.js";
import { fingerprint } from "../checkpoint/fingerprint.js";
import { isSame, lookAtRecording, RequestError, type Version } from "../video/recording.js";
import { isRecording, nameOfAddress, parseNetworkAddress } from "../video/stream-address.js";
import { areThere } from "./batch-files.js";
import type { Plan } from "./outputs.js";

/** What an input is looked at with. */
export interface Look {
  readonly folder: string;
  /** Everything but the inputs that decides what comes out. */
  readonly options: unknown;
  readonly resume: boolean;
  readonly warn: (text: string) => void;
  /** Told of an entry that cannot be done because the one before stands where its results would: that is kept. */
  readonly keep: (entry: Entry, before: Entry) => void;
  /** Servers that did not answer, which are not asked again: filled here. */
  readonly silent: Set<string>;
}

/** Seconds in which a server says whether what is done is still what it has. */
const PATIENCE = 10;

/** What an input's entry is before anything is done: what it was where that is still true, else waiting. */
export async function entryOf(
  input: BatchInput,
  plan: Plan,
  old: Entry | undefined,
  look: Look,
): Promise<Entry> {
  const { path, name } = input;
  const isAddress = isRecording(path);
  const shown = isAddress ? nameOfAddress(path) : resolve(path);
  const entry: Entry = { name, input: shown, state: "waiting", attempts: 0, outputs: [] };
  const failed = (error: string): Entry => ({ ...entry, state: "failed", error });
  let key: string;
  try {
    const given = [plan.detections, plan.cameraMotion];
    const prints = given.map((file) => (file === undefined ? undefined : fingerprint(file)));
    // What a server has is compared by itself.
    const own = isAddress ? "a recording" : await fingerprint(path);
    key = digest([own, ...(await Promise.all(prints)), look.options]);
  } catch (cause) {
    const { code, message, path: missing = path } = cause as NodeJS.ErrnoException;
    // "EACCES: permission denied, open '...'"
    const why = code === "ENOENT" ? "no such file or folder" : message.replace(/^\w+: ([^,]+),.*$/s, "$1");
    return failed(`Cannot read ${JSON.stringify(missing)}: ${why}`);
  }
  if (!old) return { ...entry, key };
  const goesOn = look.resume && old.key === key;
  const attempts = goesOn ? old.attempts : 0;
  if (old.state !== "done" && old.state !== "damaged") return { ...entry, key, attempts };
  // Another file of the same name, from elsewhere: its tracks are not this one's to replace.
  const isOther = old.input !== shown && (isAddress || old.recording || (await exists(old.input)));
  const taken = (by: string, way: string): Entry => {
    const entry = failed(
      `Cannot write the tracks of ${JSON.stringify(shown)}: those of ${by} are called the same there; choose another --out${way}`,
    );
    look.keep(entry, old);
    return entry;
  };
  if (isOther && !(goesOn && !isAddress)) return taken(JSON.stringify(old.input), "");
  const isDone = goesOn && (await areThere(old.outputs, look.folder));
  if (!isAddress) return isDone ? { ...old, input: shown } : { ...entry, key, attempts };

  const now = await versionOf(path, look);
  const same = now === undefined ? undefined : isSame(old.recording ?? {}, now);
  if (isDone && (now === undefined || same)) return old;
  if (isDone && same === undefined)
    look.warn(`${name}: the server says nothing that tells whether it has changed; it is tracked anew`);
  // What tells two recordings apart may be in the part of the address that is not kept.
  if (same === false && look.resume && shown.includes("..."))
    return taken("another recording", ", or replace them with --no-resume");
  return { ...entry, key, attempts };
}

/** What the server of a recording has now; undefined where it does not answer, which is told once. */
async function versionOf(path: string, { warn, silent }: Look): Promise<Version | undefined> {
  const address = parseNetworkAddress(path);
  if (silent.has(address.url.host)) return undefined;
  try {
    return await lookAtRecording(address, { timeout: PATIENCE });
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    const isNew = !silent.has(address.url.host);
    if (error.again) silent.add(address.url.host);
    if (isNew)
      warn(
        `cannot ask for ${JSON.stringify(address.name)}: ${error.message}; what is done is taken as it is`,
      );
    return undefined;
  }
}

/** Names that a folder may hold to be the same: two files would become one. */
export function refuseTwins(entries: readonly Entry[], tasks: { readonly entry: Entry }[]): void {
  const seen = new Map<string, string>();
  for (const entry of entries) {
    const folded = entry.name.normalize("NFC").toLowerCase();
    const other = seen.get(folded);
    if (other === undefined) {
      seen.set(folded, entry.name);
      continue;
    }
    const at = tasks.findIndex((task) => task.entry === entry);
    if (at === -1) continue;
    tasks.splice(at, 1);
    entry.state = "failed";
    entry.error = `Cannot write the tracks of ${JSON.stringify(entry.input)}: ${JSON.stringify(other)} is called the same but for capitals`;
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const digest = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex");
