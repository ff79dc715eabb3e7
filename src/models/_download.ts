/** One request of a download: appends to a part file, or starts it again where the server cannot continue. */
import { type FileHandle, open } from "node:fs/promises";

/** Why a request did not bring the rest of the file. */
export class DownloadError extends Error {
  /** Whether asking again may help. */
  readonly again: boolean;

  constructor(message: string, options: { again: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.again = options.again;
  }
}

export interface Request {
  readonly url: string;
  /** File to append to; made where absent. */
  readonly part: string;
  /** Size of the whole file, where known. */
  readonly bytes?: number;
  /** Strong ETag of the answer that the part file began with, where known. */
  readonly etag?: string;
  /** Milliseconds without a byte after which the server counts as stalled. */
  readonly idleTimeout: number;
  readonly signal?: AbortSignal;
  readonly fetch: typeof globalThis.fetch;
  onProgress(received: number, total: number | undefined): void;
}

/** What is known after a request that brought the file to its end. */
export interface Answer {
  /** True where nothing of an earlier request was kept. */
  readonly fresh: boolean;
}

/**
 * Asks for what the part file still lacks, and returns when it is all there.
 *
 * @param onEtag Told the ETag as soon as it is known, so that it survives a request that breaks off.
 *
 * @throws {DownloadError} when it is not; what came stays in the part file.
 */
export async function download(request: Request, onEtag: (etag?: string) => void): Promise<Answer> {
  const { bytes, idleTimeout, signal, onProgress } = request;
  const file = await openPart(request.part);
  const idle = new AbortController();
  let timer = setTimeout(() => idle.abort(), idleTimeout);
  const stopped = signal ? AbortSignal.any([signal, idle.signal]) : idle.signal;
  try {
    let received = (await file.stat()).size;
    if (bytes !== undefined && received > bytes) received = await restart(file);
    if (received === bytes) return { fresh: false };
    const response = await ask(request, received, stopped);
    received = await meet(response, file, received);
    const fresh = received === 0;
    const etag = response.headers.get("etag");
    onEtag(etag && !etag.startsWith("W/") ? etag : undefined);
    const offered = totalOf(response, received);
    const total = bytes ?? offered;
    if (offered !== undefined && offered !== total) {
      await response.body?.cancel();
      throw new DownloadError(`expected ${total} bytes, the server has ${offered}`, { again: false });
    }
    onProgress(received, total);
    for await (const chunk of response.body ?? []) {
      clearTimeout(timer);
      timer = setTimeout(() => idle.abort(), idleTimeout);
      await writeAll(file, chunk, received, request.part);
      received += chunk.length;
      onProgress(received, total);
      if (total !== undefined && received > total) {
        await restart(file);
        throw new DownloadError(`expected ${total} bytes, the server sent more`, { again: false });
      }
    }
    if (total !== undefined && received < total)
      throw new DownloadError(`the connection broke off after ${received} of ${total} bytes`, {
        again: true,
      });
    await file.sync().catch((cause) => {
      throw explainFile(cause, request.part);
    });
    return { fresh };
  } catch (cause) {
    if (cause instanceof DownloadError) throw cause;
    if (signal?.aborted) throw signal.reason;
    if (idle.signal.aborted)
      throw new DownloadError(`the server sent nothing for ${idleTimeout / 1000} s`, { again: true, cause });
    throw explain(cause, request.url);
  } finally {
    clearTimeout(timer);
    await file.close();
  }
}

async function ask({ url, etag, fetch }: Request, received: number, signal: AbortSignal): Promise<Response> {
  // The bytes as they are: a compressed answer has another length and cannot be continued.
  const headers: Record<string, string> = { "accept-encoding": "identity" };
  if (received > 0) {
    headers.range = `bytes=${received}-`;
    if (etag) headers["if-range"] = etag;
  }
  const response = await fetch(url, { headers, signal });
  const { status, statusText } = response;
  if (status === 200 || status === 206 || (status === 416 && received > 0)) return response;
  await response.body?.cancel();
  const again = status >= 500 || status === 408 || status === 429;
  throw new DownloadError(`the server answered ${`${status} ${statusText}`.trim()}`, { again });
}

/** Brings the part file to where the answer starts: its end, where the server continues, or nothing. */
async function meet(response: Response, file: FileHandle, received: number): Promise<number> {
  const from = startOf(response);
  if (from === received) return received;
  await restart(file);
  if (from === 0) return 0;
  // 416, or another part than was asked for: what is here does not belong to what is there.
  await response.body?.cancel();
  throw new DownloadError("the server cannot continue the download", { again: true });
}

/** Offset of the first byte of an answer; undefined where it has none. */
function startOf(response: Response): number | undefined {
  if (response.status === 200) return 0;
  const match = response.headers.get("content-range")?.match(/^bytes (\d+)-/);
  return match ? Number(match[1]) : undefined;
}

/** Size of the whole file by an answer that starts at `received`. */
function totalOf(response: Response, received: number): number | undefined {
  const range = response.headers.get("content-range")?.match(/\/(\d+)$/);
  if (range) return Number(range[1]);
  const length = response.headers.get("content-length");
  return length === null ? undefined : received + Number(length);
}

async function openPart(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r+").catch(() => open(path, "w+"));
  } catch (cause) {
    throw explainFile(cause, path);
  }
}

async function restart(file: FileHandle): Promise<0> {
  await file.truncate(0);
  return 0;
}

async function writeAll(file: FileHandle, chunk: Uint8Array, position: number, path: string): Promise<void> {
  try {
    for (let at = 0; at < chunk.length; )
      at += (await file.write(chunk, at, chunk.length - at, position + at)).bytesWritten;
  } catch (cause) {
    throw explainFile(cause, path);
  }
}

/** A file error of the cache in words. */
export function explainFile(cause: unknown, path: string): DownloadError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const words =
    code === "ENOSPC" || code === "EDQUOT"
      ? "the disk is full"
      : code === "EACCES" || code === "EPERM" || code === "EROFS"
        ? `writing to "${path}" is not allowed`
        : message;
  return new DownloadError(words, { again: false, cause });
}

/** What `fetch` hides in the causes of "fetch failed" and "terminated". */
function explain(cause: unknown, url: string): DownloadError {
  const { code, message } = deepest(cause);
  const host = URL.canParse(url) ? new URL(url).host : url;
  if (code === "ENOTFOUND")
    return new DownloadError(`there is no server "${host}" (no network, or no such name)`, {
      again: false,
      cause,
    });
  if (code === "EAI_AGAIN")
    return new DownloadError(`the name "${host}" cannot be looked up now`, { again: true, cause });
  if (code === "ECONNREFUSED")
    return new DownloadError(`"${host}" refuses the connection`, { again: true, cause });
  if (code?.startsWith("ERR_TLS") || code?.includes("CERT"))
    return new DownloadError(`"${host}" has no valid certificate (${code})`, { again: false, cause });
  if (
    code?.startsWith("ERR_INVALID") ||
    message === "redirect count exceeded" ||
    message === "unknown scheme"
  )
    return new DownloadError(`the address "${url}" does not work: ${message}`, { again: false, cause });
  return new DownloadError(`the connection to "${host}" broke off (${code ?? message})`, {
    again: true,
    cause,
  });
}

function deepest(error: unknown): { code?: string; message: string } {
  let at = error as { code?: string; message?: string; cause?: unknown };
  while (at.cause instanceof Error) at = at.cause as typeof at;
  return { code: at.code, message: at.message ?? String(error) };
}
