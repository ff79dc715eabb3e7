/** A thread that does one piece of work of `track view` and ends. Started by view-thread.ts only. */
import { parentPort, type TransferListItem, workerData } from "node:worker_threads";
import { type Works, works } from "./view-work.js";

const { name, given } = workerData as { readonly name: keyof Works; readonly given: readonly unknown[] };

try {
  const work = works[name] as (...given: readonly unknown[]) => unknown;
  const value = await work(...given);
  parentPort!.postMessage({ value }, [...buffersIn(value)]);
} catch (error) {
  parentPort!.postMessage({ message: (error as Error).message });
}

/** The memory of the columns in an answer: handed over, not copied. */
function buffersIn(value: unknown): Set<TransferListItem> {
  const found = new Set<TransferListItem>();
  const look = (part: unknown): void => {
    if (ArrayBuffer.isView(part)) found.add(part.buffer as ArrayBuffer);
  };
  for (const part of Object.values(value as object)) {
    look(part);
    if (typeof part === "object" && part !== null && !ArrayBuffer.isView(part))
      for (const inner of Object.values(part)) look(inner);
  }
  return found;
}
