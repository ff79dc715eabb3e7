/**
 * Text files other than tracks: several at once, with the promises of the tracks files.
 */
import type { Writable } from "node:stream";
import { findTarget, refuseTwin, type Target } from "./_file.js";
import { draftOf, openAll, publishAll } from "./_output.js";

export interface TextFilesOptions {
  /** Files that are read in the same run and so must not be written. @default [] */
  readonly inputs?: readonly string[];
  /** What "-" writes to. @default process.stdout */
  readonly stdout?: Writable;
}

/** Text files other than tracks while they are written: reports, logs. */
export interface TextFiles {
  /** Temporary names that are on disk now, for whoever has to leave in a hurry. */
  readonly temporary: readonly string[];
  /** Appends to the file that was named `index`-th. Awaiting it is the backpressure. */
  write(index: number, text: string): Promise<void>;
  /** Completes every file and only then gives each its name, in place of what was there before. */
  finish(): Promise<void>;
  /** Takes back what was not finished, and leaves alone what was. Always called at the end. */
  discard(): Promise<void>;
}

/**
 * Opens text files for writing with the promises of `openTrackFiles`: nothing half-written, nothing lost.
 *
 * @throws {RangeError} where a file is named twice.
 * @throws {OutputError} where a file cannot be written or is one of the inputs.
 *
 * @example
 * const files = await openTextFiles(["scores.json"], { inputs: ["gt.txt"] });
 * try {
 *   await files.write(0, JSON.stringify(scores));
 *   await files.finish();
 * } finally {
 *   await files.discard();
 * }
 */
export async function openTextFiles(
  paths: readonly string[],
  { inputs = [], stdout }: TextFilesOptions = {},
): Promise<TextFiles> {
  const targets: Target[] = [];
  for (const path of paths) {
    const target = await findTarget(path, inputs);
    refuseTwin(target, targets);
    targets.push(target);
  }
  const files = await openAll(targets, { stdout });
  const draft = draftOf(files);
  return {
    get temporary() {
      return draft.temporary;
    },
    write: (index, text) => files[index]!.write(text),
    finish: () => publishAll([draft]),
    discard: draft.discard,
  };
}
