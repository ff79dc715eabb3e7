/**
 * Tracks files: several at once, the format by the ending.
 */
import { extname } from "node:path";
import type { Writable } from "node:stream";
import type { Format, FrameTracks, TracksFooter, TracksHeader } from "../types.js";
import { findTarget, OutputFile, publishAll, refuseTwin, type Target } from "./_file.js";
import { csv } from "./csv.js";
import { json } from "./json.js";
import { jsonl } from "./jsonl.js";
import { mot } from "./mot.js";

/** Every format, chosen by the ending of the file's name. */
export const formats: readonly Format[] = [json, jsonl, mot, csv];

/** Where tracks files go, and what they must not touch. */
export interface TrackFilesOptions {
  /** The formats to choose from. @default every format of this folder */
  readonly formats?: readonly Format[];
  /** Files that are read in the same run and so must not be written. @default [] */
  readonly inputs?: readonly string[];
  /** What "-" writes to. @default process.stdout */
  readonly stdout?: Writable;
}

/** Tracks files while they are written. */
export interface TrackFiles {
  /** As given. */
  readonly paths: readonly string[];
  /** Temporary names that are on disk now, for whoever has to leave in a hurry. */
  readonly temporary: readonly string[];
  /** Appends a frame to every file. Awaiting it is the backpressure. */
  write(frame: FrameTracks): Promise<void>;
  /** Completes every file and only then gives each its name, in place of what was there before. */
  finish(footer: TracksFooter): Promise<void>;
  /** Takes back what was not finished, and leaves alone what was. Always called at the end. */
  discard(): Promise<void>;
}

/**
 * Opens tracks files for writing. The ending chooses the format. "-" is the standard output, and it, pipes and devices
 * without a known ending get JSON Lines; pipes and devices are written directly, files under a temporary name
 * in the same folder until `finish`.
 *
 * @throws {RangeError} where an ending is unknown or a file is named twice.
 * @throws {OutputError} where a file cannot be written or is one of the inputs.
 *
 * @example
 * const files = await openTrackFiles(["tracks.json", "tracks.txt"], header);
 * try {
 *   for await (const frame of track(frames, stages)) await files.write(frame);
 *   await files.finish({ identities, integrity: frames.integrity() });
 * } finally {
 *   await files.discard();
 * }
 */
export async function openTrackFiles(
  paths: readonly string[],
  header: TracksHeader,
  options: TrackFilesOptions = {},
): Promise<TrackFiles> {
  const targets = await findTargets(paths, options);
  const files: OutputFile[] = [];
  const writeAll = (textOf: (format: Format, i: number) => string): Promise<unknown> =>
    Promise.all(files.map((file, i) => file.write(textOf(targets[i]!.format, i))));
  const discard = async (): Promise<void> => {
    for (const file of files) await file.discard();
  };
  try {
    for (const { target } of targets) files.push(await OutputFile.open(target, options.stdout));
    await writeAll((format) => format.begin?.(header) ?? "");
  } catch (error) {
    await discard();
    throw error;
  }
  let first = true;
  return {
    paths,
    get temporary() {
      return files.flatMap((file) => file.temporary ?? []);
    },
    async write(frame) {
      const isFirst = first;
      first = false;
      await writeAll((format) => (isFirst ? "" : (format.separator ?? "")) + format.frame(frame, header));
    },
    async finish(footer) {
      await writeAll((format) => format.end?.(footer) ?? "");
      await publishAll(files);
    },
    discard,
  };
}

/**
 * Says whether tracks files could be written under these names, before any work is done; touches nothing.
 *
 * @throws as `openTrackFiles`.
 */
export async function checkTrackFiles(
  paths: readonly string[],
  options: TrackFilesOptions = {},
): Promise<void> {
  await findTargets(paths, options);
}

async function findTargets(
  paths: readonly string[],
  { formats: choices = formats, inputs = [] }: TrackFilesOptions,
): Promise<{ readonly target: Target; readonly format: Format }[]> {
  const found: { target: Target; format: Format }[] = [];
  for (const path of paths) {
    const target = await findTarget(path, inputs);
    const ending = extname(path).toLowerCase();
    const format =
      choices.find(({ extension }) => extension === ending) ?? (target.kind === "file" ? undefined : jsonl);
    if (!format)
      throw new RangeError(
        `Cannot write ${JSON.stringify(path)}: expected a name that ends in ${choices.map((f) => f.extension).join(", ")}`,
      );
    refuseTwin(
      target,
      found.map((other) => other.target),
    );
    found.push({ target, format });
  }
  // Opening a pipe waits for its reader; until then no temporary file has been made.
  return found.sort((a, b) => Number(a.target.kind === "file") - Number(b.target.kind === "file"));
}
