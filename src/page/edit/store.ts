/**
 * The corrections of the shown run: done at once in the page, and kept by the server or, where there is none, until somebody
 * saves them as a file.
 */
import { computed, signal } from "@preact/signals";
import {
  Correctable,
  correctedRun,
  type Edit,
  type Entry,
  editsOf,
  emptyLog,
  formatLog,
  historyOf,
  parseLog,
} from "../../edit/index.js";
import type { Editing } from "../../report/boot.js";
import { download } from "../download.js";
import { identities, names, run, selected } from "../state.js";
import { RemoteLog } from "./remote.js";

/** Everything that was done, also undoing. */
export const entries = signal<readonly Entry[]>([]);
/** What stands, and what can be brought back. */
export const history = computed(() => historyOf(entries.value));
/** Why something was not done, one line. */
export const trouble = signal<string | undefined>(undefined);
/** Whether something is on its way to the server. */
export const saving = signal(false);
/** Entries of a page without a server that are in no file yet. */
export const unsaved = signal(0);
/** Whether the run can be corrected here, and where that goes. */
export const editing = signal<Editing | undefined>(undefined);

let correctable: Correctable | undefined;
let remote: RemoteLog | undefined;

/** Begins with what was corrected before. Call once the run is there. */
export async function startEditing(told: Editing): Promise<void> {
  correctable = new Correctable(run.value);
  if (!told.server) {
    editing.value = told;
    addEventListener("beforeunload", (event) => {
      if (unsaved.value > 0) event.preventDefault();
    });
    return;
  }
  remote = new RemoteLog(told.server);
  try {
    take((await remote.read()).entries);
    editing.value = told;
  } catch (error) {
    // The run is shown as it is, and cannot be corrected: the line says why.
    trouble.value = (error as Error).message;
    return;
  }
  addEventListener("focus", () => void refresh());
}

/** Does something, or says why that cannot be. */
export function add(entry: Entry): boolean {
  try {
    correctable!.check(entries.value, entry);
  } catch (error) {
    trouble.value = `${(error as Error).message}.`;
    return false;
  }
  trouble.value = undefined;
  const after = entries.value.length;
  const stamped = { ...entry, at: new Date().toISOString() };
  take([...entries.value, stamped]);
  if (remote) void save(stamped, after);
  else unsaved.value++;
  return true;
}

/** The number that a split gives. */
export const freeId = (): number => correctable!.freeId(entries.value);

/** The corrections as a file for `track apply`. */
export function saveFile(): void {
  const { tracks } = editing.value!;
  download(
    editsOf(tracks.file),
    "application/json",
    formatLog({ ...emptyLog(tracks), entries: [...entries.value] }),
  );
  unsaved.value = 0;
}

/** Goes on with a file that was saved. */
export async function openFile(file: File): Promise<void> {
  try {
    const log = parseLog(await file.text(), file.name);
    if (log.tracks.sha256 !== editing.value!.tracks.sha256)
      throw new Error(`"${file.name}" holds the corrections of other tracks ("${log.tracks.file}")`);
    take(log.entries);
    unsaved.value = 0;
    trouble.value = undefined;
  } catch (error) {
    trouble.value = `${(error as Error).message}.`;
  }
}

/** Shows the run as it is after all that stands. @throws {RangeError} that cannot be done with this run. */
function take(next: readonly Entry[]): void {
  const { edits } = historyOf(next);
  const corrected = correctable!.correct(edits);
  run.value = edits.length === 0 ? correctable!.run : correctedRun(correctable!.run, corrected);
  names.value = corrected.names;
  entries.value = next;
  if (selected.value.some((id) => !identities.value.has(id)))
    selected.value = selected.value.filter((id) => identities.value.has(id));
}

/** One after the other, in the order in which they were made. */
let queue = Promise.resolve();

function save(entry: Entry, after: number): Promise<void> {
  saving.value = true;
  queue = queue.then(async () => {
    // What came before was not kept, and this with it.
    if (after > 0 && entries.value.length <= after) return;
    try {
      await remote!.append(entry, after);
    } catch (error) {
      const line = (error as Error).message;
      await remote!.read().then(
        (log) => take(log.entries),
        () => take(entries.value.slice(0, after)),
      );
      trouble.value = `Not kept: ${line}`;
    }
  });
  const mine = queue;
  return mine.finally(() => {
    if (queue === mine) saving.value = false;
  });
}

/** Somebody may have corrected the same run in another tab meanwhile. */
async function refresh(): Promise<void> {
  if (saving.value) return;
  const known = entries.value;
  const log = await remote!.read().catch(() => undefined);
  if (!log || entries.value !== known || saving.value || log.entries.length === known.length) return;
  take(log.entries);
  trouble.value = "The corrections were changed elsewhere; they are shown as they are now.";
}

/** What a correction was, in words. */
export function wordsOf(edit: Edit): string {
  if (edit.type === "merge") return `Merged ${edit.ids.join(", ")} into ${edit.into}`;
  if (edit.type === "split") return `Split ${edit.id} at frame ${edit.frame}; from there it is ${edit.new}`;
  if (edit.type === "rename")
    return edit.name === "" ? `Took the name of ${edit.id} away` : `Named ${edit.id} “${edit.name}”`;
  const { id, from, to } = edit;
  if (from === undefined && to === undefined) return `Deleted ${id}`;
  if (from === to) return `Deleted ${id} in frame ${from}`;
  if (to === undefined) return `Deleted ${id} from frame ${from} on`;
  return `Deleted ${id} in frames ${from ?? 0} to ${to}`;
}
