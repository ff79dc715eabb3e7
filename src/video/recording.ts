/**
 * Recordings behind http(s): files of finite length that a server has. What it says of one tells whether it is still the
 * same, so that a connection that broke is gone on with where it broke.
 * Source: RFC 9110, sections 8.8 (validators), 13.1.5 (If-Range) and 14 (ranges).
 */
import { askHttp, RequestError, refusal, typeOf, whyNoVideo } from "./_live-http.js";
import { isPassing, reasonOfNetwork } from "./_live-reason.js";
import type { NetworkAddress } from "./stream-address.js";

export { RequestError } from "./_live-http.js";

/** What a server says of a recording; what it does not say is left out. */
export interface Version {
  /** Bytes. */
  readonly size?: number;
  /** The header ETag as it came. */
  readonly etag?: string;
  /** The header Last-Modified as it came. */
  readonly modified?: string;
}

/** A recording from some byte on. */
export interface RecordingPart {
  readonly version: Version;
  /** Where the bytes begin. */
  readonly from: number;
  /** To be read once. Throws `RequestError` where the connection breaks. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Lets go of the connection. Always called at the end. */
  close(): Promise<void>;
}

export interface RequestOptions {
  /** First byte that is wanted. @default 0 */
  readonly from?: number;
  /** What is known from before: where it is another one now, all of that comes. */
  readonly version?: Version;
  /** Seconds without a byte after which the server counts as stalled. @default 30 */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

export const requestDefaults = { timeout: 30 } as const;

/** Whether two answers speak of one file, as far as both say something; undefined where there is nothing to compare. */
export function isSame(a: Version, b: Version): boolean | undefined {
  let same: boolean | undefined;
  for (const key of ["size", "etag", "modified"] as const) {
    if (a[key] === undefined || b[key] === undefined) continue;
    if (a[key] !== b[key]) return false;
    same = true;
  }
  return same;
}

/** Whether the halves of two answers may be put together: a size alone does not tell two files apart. */
export const canBeContinued = ({ etag, modified }: Version): boolean =>
  isStrong(etag) || modified !== undefined;

const isStrong = (etag: string | undefined): etag is string => etag !== undefined && !etag.startsWith("W/");

/** What a server says of a recording now. @throws {RequestError} the signal's reason */
export async function lookAtRecording(
  address: NetworkAddress,
  options: Pick<RequestOptions, "timeout" | "signal"> = {},
): Promise<Version> {
  // Not HEAD: addresses that were signed for GET refuse it.
  const { version, close } = await ask(address, "bytes=0-0", 0, options);
  await close();
  return version;
}

/**
 * Asks for a recording from a byte on. A server that cannot begin there, or has another file by now, sends all of it.
 *
 * @throws {RequestError} the signal's reason
 */
export function requestRecording(
  address: NetworkAddress,
  options: RequestOptions = {},
): Promise<RecordingPart> {
  const { from = 0 } = options;
  return ask(address, from > 0 ? `bytes=${from}-` : undefined, from, options);
}

async function ask(
  address: NetworkAddress,
  range: string | undefined,
  from: number,
  { version, timeout = requestDefaults.timeout, signal }: RequestOptions,
): Promise<RecordingPart> {
  const idle = new AbortController();
  const stopped = signal ? AbortSignal.any([signal, idle.signal]) : idle.signal;
  let timer: NodeJS.Timeout | undefined;
  const disarm = () => clearTimeout(timer);
  const arm = () => {
    disarm();
    timer = setTimeout(() => idle.abort(), timeout * 1e3);
  };
  const explain = (cause: unknown): unknown => {
    if (signal?.aborted) return signal.reason;
    if (cause instanceof RequestError) return cause;
    if (idle.signal.aborted)
      return new RequestError(`the server sent nothing for ${timeout} s`, { again: true, cause });
    return new RequestError(reasonOfNetwork(cause), { again: isPassing(cause), cause });
  };
  // The bytes as they are: packed ones have another length, and no second half.
  const headers: Record<string, string> = { "accept-encoding": "identity" };
  if (range !== undefined) headers.range = range;
  const validator = isStrong(version?.etag) ? version.etag : version?.modified;
  if (from > 0 && validator !== undefined) headers["if-range"] = validator;
  arm();
  try {
    const response = await askHttp(address, { signal: stopped, headers });
    const close = async () => {
      disarm();
      // Whatever is left of it is not waited for.
      idle.abort();
    };
    try {
      const { hasBytes, ...begin } = read(response, from, address);
      return { ...begin, bytes: pass(hasBytes ? response.body : null, { arm, disarm }, explain), close };
    } catch (error) {
      await close();
      throw error;
    }
  } catch (error) {
    disarm();
    throw explain(error);
  }
}

async function* pass(
  body: ReadableStream<Uint8Array> | null,
  { arm, disarm }: { readonly arm: () => void; readonly disarm: () => void },
  explain: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array, void> {
  try {
    for await (const chunk of body ?? []) {
      // Whoever takes it may be slow: that is not the server's fault.
      disarm();
      yield chunk;
      arm();
    }
  } catch (error) {
    throw explain(error);
  }
}

/** Reads the head of an answer. @throws {RequestError} where it is not the recording */
function read(
  response: Response,
  wanted: number,
  { credentials, url }: NetworkAddress,
): Pick<RecordingPart, "version" | "from"> & { readonly hasBytes: boolean } {
  const refuse = (why: string) => new RequestError(why, { again: false });
  const { status } = response;
  const header = (name: string) => response.headers.get(name) ?? undefined;
  if (status === 416) {
    const total = wholeNumber(/^bytes \*\/(\d+)$/.exec(header("content-range") ?? "")?.[1]);
    if (total === 0) throw refuse("expected a video, found an empty file (0 bytes)");
    if (total === undefined) throw refuse(refusal(status, credentials !== undefined));
    // Nothing is behind the last byte; what came with the refusal is no part of it.
    return { version: { ...versionOf(response), size: total }, from: wanted, hasBytes: false };
  }
  if (status !== 200 && status !== 206) {
    const again = status >= 500 || [408, 425, 429].includes(status);
    const after = wholeNumber(header("retry-after"));
    throw new RequestError(refusal(status, credentials !== undefined), { again, after });
  }
  const type = typeOf(response);
  const why = type.startsWith("multipart/")
    ? "expected a recording, found pictures without an end; cameras are watched with --online"
    : whyNoVideo(type, url);
  if (why !== undefined) throw refuse(why);
  const packed = header("content-encoding")?.toLowerCase() ?? "identity";
  if (packed !== "identity") throw refuse(`the server sends it packed (${packed}) though not asked to`);
  if (status === 206) {
    const [, first, , total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(header("content-range") ?? "") ?? [];
    if (wholeNumber(first) !== wanted) throw refuse("the server sends another part than it was asked for");
    return { version: { ...versionOf(response), size: wholeNumber(total) }, from: wanted, hasBytes: true };
  }
  const size = wholeNumber(header("content-length"));
  if (size === 0) throw refuse("expected a video, found an empty file (0 bytes)");
  if (size === undefined && !/chunked/i.test(header("transfer-encoding") ?? ""))
    throw refuse(
      "the server does not say how long it is: a connection that breaks would look like its end (no Content-Length)",
    );
  return { version: { ...versionOf(response), size }, from: 0, hasBytes: true };
}

function versionOf({ headers }: Response): Version {
  const etag = headers.get("etag") ?? undefined;
  const modified = headers.get("last-modified") ?? undefined;
  return { ...(etag !== undefined && { etag }), ...(modified !== undefined && { modified }) };
}

function wholeNumber(text: string | undefined): number | undefined {
  const value = /^\d+$/.test(text ?? "") ? Number(text) : undefined;
  return Number.isSafeInteger(value) ? value : undefined;
}
