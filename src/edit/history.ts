/** What undoing and redoing have left of a log. */
import type { Edit, Entry } from "./log.js";

/** The corrections that stand, and those that can be brought back. */
export interface History {
  /** In the order in which they were made. */
  readonly edits: readonly Edit[];
  /** The one that comes back next is the last. */
  readonly undone: readonly Edit[];
}

/**
 * Works off undoing and redoing. A new correction makes an end to what could be brought back, as everywhere.
 *
 * @throws {RangeError} there is nothing to undo or redo.
 */
export function historyOf(entries: readonly Entry[]): History {
  const edits: Edit[] = [];
  let undone: Edit[] = [];
  entries.forEach((entry, i) => {
    if (entry.type === "undo") undone.push(taken(edits, i, entry.type));
    else if (entry.type === "redo") edits.push(taken(undone, i, entry.type));
    else {
      edits.push(entry);
      undone = [];
    }
  });
  return { edits, undone };
}

function taken(from: Edit[], i: number, what: string): Edit {
  const last = from.pop();
  if (last) return last;
  throw new RangeError(`Entry ${i + 1}: there is nothing to ${what}`);
}
