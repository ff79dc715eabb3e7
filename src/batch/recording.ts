/**
 * Recordings behind http(s), brought to the disk whole before they are read: a video that is read as it comes cannot go
 * back to its index, and a connection that breaks would be its end.
 */
import { setTimeout as wait } from "node:timers/promises";
import { InputError } from "../errors.js";
import {
  canBeContinued,
  isSame,
  lookAtRecording,
  RequestError,
  requestDefaults,
  requestRecording,
  type Version,
} from "../video/recording.js";
import type { NetworkAddress } from "../video/stream-address.js";
import { Part, removePart } from "./_part.js";

export { filesOf, removePart } from "./_part.js";

/** How a recording is fetched; everything has a default. */
export interface FetchOptions {
  /** Whether what an earlier run has left is gone on with. @default true */
  readonly resume?: boolean;
  /** Tries in a row that may bring next to nothing. @default 5 */
  readonly attempts?: number;
  /** Seconds before the second try; twice that before each further one. @default 1 */
  readonly delay?: number;
  /** Seconds without a byte after which a try is given up. @default 30 */
  readonly timeout?: number;
  /** Seconds of a download that a run which is killed loses at most, about. @default 10 */
  readonly interval?: number;
  /** Told often. */
  readonly onProgress?: (received: number, size: number | undefined) => void;
  /** Told, in one line each, what goes wrong on the way. */
  readonly onNotice?: (line: string) => void;
  /** Ends it; what came is kept for a later run. */
  readonly signal?: AbortSignal;
}

export const fetchDefaults = {
  resume: true,
  attempts: 5,
  delay: 1,
  interval: 10,
  ...requestDefaults,
} as const;

/** A try that brings this many bytes more than any before counts as progress. */
const PROGRESS = 2 ** 16;
/** Seconds that a server may ask us to wait. */
const LONGEST = 60;

/**
 * Brings a recording into a file: all of it, exactly as the server has it, or not at all. A connection that breaks is
 * gone on with where it broke, now or by a later run, as long as the server says by ETag or Last-Modified that the
 * recording is still the same; where it says neither, it is begun anew. What is kept meanwhile are the files of `filesOf`.
 *
 * @param path where it goes; a file of this name is replaced
 * @returns what the server says of it
 * @throws {InputError} where it cannot be had; one line without what is secret in the address
 * @throws {OutputError} where it cannot be written
 */
export async function fetchRecording(
  address: NetworkAddress,
  path: string,
  options: FetchOptions = {},
): Promise<Version> {
  const { resume = fetchDefaults.resume, interval = fetchDefaults.interval, signal } = options;
  signal?.throwIfAborted();
  const part = await Part.open(path, address.name, { resume, interval });
  let keeps = true;
  try {
    return await bring(address, part, options);
  } catch (cause) {
    keeps = signal?.aborted === true || (cause instanceof RequestError && cause.again);
    if (signal?.aborted) throw signal.reason;
    if (!(cause instanceof RequestError)) throw cause;
    const kept =
      keeps && part.received > 0 ? `; what came of it (${part.received} bytes) is kept for the next run` : "";
    throw new InputError(`Cannot read "${address.name}": ${cause.message}${kept}`, { cause });
  } finally {
    if (keeps && !part.isWhole) await part.keep().catch(() => {}); // then the next run has a little more to do
    await part.close();
    if (!keeps || part.version === undefined) await removePart(path);
  }
}

/** What is known of a run so far. */
interface Run {
  /** Whether what is here came in this run. */
  isOurs: boolean;
  hasAnswered: boolean;
}

async function bring(address: NetworkAddress, part: Part, options: FetchOptions): Promise<Version> {
  const { attempts = fetchDefaults.attempts, delay = fetchDefaults.delay, onNotice, signal } = options;
  if (part.isWhole && (await isStillThere(address, part, options))) return part.version!;
  /** Bytes that were here at most: a server that always begins anew comes no further. */
  let furthest = part.received;
  const run: Run = { isOurs: false, hasAnswered: false };
  for (let failures = 0; ; ) {
    try {
      await tryOnce(address, part, run, options);
      await part.finish();
      return part.version!;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof RequestError) || !error.again) throw error;
      // A server that has never answered is not there, as far as this run can tell.
      if (!error.isAnswer && !run.hasAnswered && part.received === 0) throw error;
      run.hasAnswered ||= error.isAnswer;
      failures = part.received >= furthest + PROGRESS ? 1 : failures + 1;
      furthest = Math.max(furthest, part.received);
      if (failures >= attempts)
        throw new RequestError(`${error.message}; gave up after ${attempts} tries`, {
          again: true,
          cause: error.cause,
        });
      const seconds = Math.min(LONGEST, Math.max(error.after ?? 0, delay * 2 ** (failures - 1)));
      onNotice?.(`"${address.name}": ${error.message}; trying again in ${seconds} s`);
      // Cut short by the signal, the next round says so.
      await wait(seconds * 1e3, undefined, { signal }).catch(() => {});
      signal?.throwIfAborted();
    }
  }
}

/** Whether what an earlier run has brought is what the server has; where it cannot be asked, that is taken. */
async function isStillThere(
  address: NetworkAddress,
  part: Part,
  { timeout, onNotice, signal }: FetchOptions,
): Promise<boolean> {
  try {
    const now = await lookAtRecording(address, { timeout, signal });
    if (isSame(part.version!, now) !== false) return true;
    onNotice?.(`"${address.name}" has changed since an earlier run fetched it; fetching it anew`);
    return false;
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    onNotice?.(`"${address.name}": ${error.message}; going on with what an earlier run fetched`);
    return true;
  }
}

/** One request, up to the end of the recording. @throws {RequestError} {OutputError} the signal's reason */
async function tryOnce(
  address: NetworkAddress,
  part: Part,
  run: Run,
  { timeout, onProgress, onNotice, signal }: FetchOptions,
): Promise<void> {
  const { version } = part;
  const from = version !== undefined && !part.isWhole && canBeContinued(version) ? part.received : 0;
  const answer = await requestRecording(address, { from, version, timeout, signal });
  const size = answer.version.size ?? (answer.from > 0 ? version?.size : undefined);
  try {
    const isOther =
      version !== undefined &&
      !part.isWhole &&
      (isSame(version, answer.version) === false || (size !== undefined && part.received > size));
    if (isOther && run.isOurs)
      throw new RequestError(
        `it changed on the server while it was fetched${grown(version, answer.version)}; is it still being written?`,
        { again: false },
      );
    if (isOther)
      onNotice?.(`"${address.name}" has changed since an earlier run began to fetch it; fetching it anew`);
    if (isOther && answer.from > 0) {
      await part.begin({});
      throw new RequestError("the beginning is needed too", { again: true });
    }
    if (answer.from === 0) await part.begin(answer.version);
    Object.assign(run, { isOurs: true, hasAnswered: true });
    onProgress?.(part.received, size);
    for await (const chunk of answer.bytes) {
      if (size !== undefined && part.received + chunk.length > size)
        throw new RequestError(`the server sends more than the ${size} bytes that it told`, { again: false });
      await part.write(chunk);
      onProgress?.(part.received, size);
    }
    if (size !== undefined && part.received < size)
      throw new RequestError(`the connection broke off after ${part.received} of ${size} bytes`, {
        again: true,
      });
  } finally {
    await answer.close();
  }
}

const grown = ({ size: before }: Version, { size: now }: Version): string =>
  before === now || before === undefined || now === undefined ? "" : ` (${before} bytes, now ${now})`;
