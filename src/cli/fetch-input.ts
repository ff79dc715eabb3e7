/**
 * Inputs that are recordings behind http(s): fetched whole into a hidden file beside the results, tracked from there,
 * then taken away.
 */
import { fetchRecording, filesOf, removePart } from "../batch/recording.js";
import { takeLock } from "../checkpoint/lock.js";
import { OutputError } from "../errors.js";
import { beside } from "../format/beside.js";
import { findOutputs } from "../format/files.js";
import type { Version } from "../video/recording.js";
import { isRecording, parseNetworkAddress } from "../video/stream-address.js";
import { type Plan, writtenBy } from "./outputs.js";
import type { Shared } from "./track-file.js";

/** A recording that is here now. */
export interface FetchedInput {
  readonly path: string;
  /** The address as it may be told. */
  readonly name: string;
  /** What the server says of it. */
  readonly version: Version;
  /** Files that are taken away at the end. */
  readonly temporary: readonly string[];
  /** The run is over; `keeps` where a later one goes on with it. Never throws. */
  close(options: { readonly keeps: boolean }): Promise<void>;
}

/**
 * Fetches the input, where it is a recording and its results are files: with a pipe for its result there is no place
 * for it, and it is read as it comes.
 *
 * @throws {InputError} {OutputError} the signal's reason
 */
export async function fetchInput(
  plan: Plan,
  { settings, reporter, signal, lease, leave }: Shared,
): Promise<FetchedInput | undefined> {
  if (!isRecording(plan.input)) return undefined;
  const files = await findOutputs(writtenBy(plan));
  if (files.some(({ kind }) => kind !== "file")) return undefined;
  const address = parseNetworkAddress(plan.input);
  const { name } = address;
  const { identity } = files[0]!;
  const path = beside(identity, "download");
  const quoted = JSON.stringify(plan.outputs[0]);
  const lockFile = beside(identity, "download.lock");
  const lock = await takeLock(lockFile, { lease, signal }).catch((cause: Error) => {
    throw signal.aborted ? cause : new OutputError(`Cannot write ${quoted}: ${cause.message}`, { cause });
  });
  if (!("release" in lock))
    throw new OutputError(
      `Cannot write ${quoted}: another run (process ${lock.pid} on ${lock.host}) is at work on "${name}" for it`,
    );
  try {
    const version = await fetchRecording(address, path, {
      ...{ resume: settings.resume, interval: settings.checkpoint, signal },
      onNotice: (line) => reporter.note(line),
      onProgress: (received, size) =>
        reporter.status({
          ...{ input: name, done: 0, fps: 0, live: 0, identities: 0 },
          fetching: size === undefined ? { received } : { received, size },
        }),
    });
    return {
      ...{ path, name, version },
      temporary: [...filesOf(path), lockFile],
      async close({ keeps }) {
        if (!keeps) await removePart(path);
        await lock.release();
      },
    };
  } catch (error) {
    if (signal.aborted && !leave)
      reporter.note(`What came of "${name}" is kept in ${JSON.stringify(path)} for the next run`);
    await lock.release();
    throw error;
  }
}
