/**
 * Tracks files: several at once, the format by the ending.
 */
import { extname } from "node:path";
import type { Writable } from "node:stream";
import type { Format, FrameTracks, TracksFooter, TracksHeader } from "../types.js";
import { findTarget, refuseTwin, type Target } from "./_file.js";
import { type Draft, draftOf, type Lasting, openAll, publishAll } from "./_output.js";
import { csv } from "./csv.js";
import { json } from "./json.js";
import { jsonl } from "./jsonl.js";
import { mot } from "./mot.js";

/** Every format, chosen by the ending of the file's name. */
export const formats: readonly Format[] = [json, jsonl, mot, csv];

/** Where tracks files go, and what they must not touch. */
export interface TrackFilesOptions extends Lasting {
  /** The formats to choose from. @default every format of this folder */
  readonly formats?: readonly Format[];
  /** Files that are read in the same run and so must not be written. @default [] */
  readonly inputs?: readonly string[];
  /** What "-" writes to. @default process.stdout */
  readonly stdout?: Writable;
}

/** Tracks files while they are written. */
export interface TrackFiles extends Draft {
  /** As given. */
  readonly paths: readonly string[];
  /** Appends a frame to every file. Awaiting it is the backpressure. */
  write(frame: FrameTracks): Promise<void>;
  /** Writes what stands at the end of every file. */
  end(footer: TracksFooter): Promise<void>;
  /** Ends, seals and publishes: completes every file and only then gives each its name. */
  finish(footer: TracksFooter): Promise<void>;
}

/**
 * Opens tracks files for writing. The ending chooses the format. "-" is the standard output, and it, pipes and devices
 * without a known ending get JSON Lines; pipes and devices are written directly, files under a temporary name
 * in the same folder until `finish`. With `from` a file is gone on with that holds at least one frame.
 *
 * @throws {RangeError} where an ending is unknown or a file is named twice.
 * @throws {OutputError} where a file cannot be written or is one of the inputs.
 * @throws {InputError} where a file is not there as `from` says.
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
  const files = await openAll(
    targets.map(({ target }) => target),
    options,
  );
  const draft = draftOf(files);
  const writeAll = async (textOf: (format: Format) => string): Promise<void> => {
    await Promise.all(files.map((file, i) => file.write(textOf(targets[i]!.format))));
  };
  let first = options.from === undefined;
  try {
    if (first) await writeAll((format) => format.begin?.(header) ?? "");
  } catch (error) {
    await draft.discard();
    throw error;
  }
  const end = (footer: TracksFooter) => writeAll((format) => format.end?.(footer) ?? "");
  return Object.assign(draft, {
    paths,
    async write(frame: FrameTracks) {
      const isFirst = first;
      first = false;
      await writeAll((format) => (isFirst ? "" : (format.separator ?? "")) + format.frame(frame, header));
    },
    end,
    async finish(footer: TracksFooter) {
      await end(footer);
      await publishAll([draft]);
    },
  });
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

/** Where an output goes. */
export interface Output {
  /** As given. */
  readonly path: string;
  /** "stream" is a pipe or a device. */
  readonly kind: "file" | "stream" | "stdout";
  /** The same for two paths to one file; a file's own path, without links. */
  readonly identity: string;
}

/**
 * Looks at outputs of any kind before they are written; touches nothing.
 *
 * @throws {OutputError} where one cannot be written.
 */
export async function findOutputs(paths: readonly string[]): Promise<Output[]> {
  return Promise.all(paths.map((path) => findTarget(path, [])));
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
