/** Downloads of models whose cards have an address. */
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ModelError } from "../errors.js";
import { DownloadError, download, explainFile } from "./_download.js";
import { claimPart, leavePart } from "./_part.js";
import type { Card } from "./card.js";
import { expectedHash, hashFits, type StoreOptions, sha256Of, verifyModel } from "./store.js";

/** How to pull. */
export interface PullOptions extends StoreOptions {
  /** Told often; `total` is undefined where neither card nor server know it. */
  readonly onProgress?: (progress: { readonly received: number; readonly total?: number }) => void;
  /** Told, in one line each, what a user should know: licences to read, missing checksums, attempts that failed. */
  readonly onNotice?: (line: string) => void;
  /** Stops the download; what came is kept for the next pull. */
  readonly signal?: AbortSignal;
  /** Another address of the same file: a mirror. @default the card's */
  readonly urlOverride?: string;
  /** @default globalThis.fetch */
  readonly fetch?: typeof globalThis.fetch;
  /** Attempts in a row that may bring next to nothing. @default 5 */
  readonly attempts?: number;
  /** Milliseconds without a byte until an attempt is given up. @default 30000 */
  readonly idleTimeout?: number;
  /** Milliseconds before the second attempt; twice that before each further one. @default 1000 */
  readonly retryDelay?: number;
}

export const defaults = { attempts: 5, idleTimeout: 30_000, retryDelay: 1000 } as const;

/** An attempt that brings this much counts as progress. */
const PROGRESS_BYTES = 64 * 1024;

/** A model that is whole and in its place. */
export interface Pulled {
  readonly card: Card;
  readonly path: string;
  /** SHA-256 of the file, the same as the card's where that has one. */
  readonly sha256: string;
  /** True where the file was there already, and right. */
  readonly already: boolean;
}

/**
 * Downloads a model into the cache and returns where it is. The file has its name only once size and SHA-256 are
 * those of its card; a download that broke off is continued, now or by the next pull; several may run at once.
 *
 * @throws {ModelError} one line that says what failed.
 *
 * @example
 * const { path } = await pullModel("yolox-nano", {
 *   cacheDir: defaultCacheDir(process.env),
 *   onProgress: ({ received, total }) => console.error(received, total),
 * });
 */
export async function pullModel(name: string, options: PullOptions = {}): Promise<Pulled> {
  const { card, state, path } = await verifyModel(name, options);
  const fail = (why: string, cause?: unknown) => new ModelError(`Cannot pull "${name}": ${why}`, { cause });
  const url = options.urlOverride ?? card.url;
  if (card.url === undefined || url === undefined)
    throw fail("it is part of the package, nothing is to be downloaded");
  if (state === "ok" || state === "unknown")
    return { card, path, sha256: card.sha256 ?? (await sha256Of(path)), already: true };
  for (const line of noticesOf(card)) options.onNotice?.(line);
  let part: string | undefined;
  try {
    await mkdir(dirname(path), { recursive: true }).catch((cause) => {
      throw explainFile(cause, dirname(path));
    });
    part = await claimPart(path);
    const sha256 = await fetchWhole(card, url, part, options);
    await rename(part, path).catch((cause) => {
      throw explainFile(cause, path);
    });
    return { card, path, sha256, already: false };
  } catch (cause) {
    if (part !== undefined) await leavePart(part, path);
    if (cause instanceof DownloadError) throw fail(cause.message, cause);
    throw cause;
  }
}

/** What to know of a card before its file is used. */
export function noticesOf(card: Card): string[] {
  const lines: string[] = [];
  if (/read .*before use/i.test(card.licence))
    lines.push(`"${card.name}": licence ${card.licence} (${card.source})`);
  if (expectedHash(card) === undefined)
    lines.push(`"${card.name}": no full SHA-256 is known, the file cannot be checked against one`);
  else if (card.sha256 === undefined)
    lines.push(`"${card.name}": of its SHA-256 only the beginning is known, ${expectedHash(card)}`);
  return lines;
}

/** Brings the part file to its end, by as many requests as it takes, and returns its hash, which is the card's. */
async function fetchWhole(card: Card, url: string, part: string, options: PullOptions): Promise<string> {
  const { attempts, idleTimeout, retryDelay } = { ...defaults, ...defined(options) };
  let etag: string | undefined;
  let failures = 0;
  for (;;) {
    options.signal?.throwIfAborted();
    let got = 0;
    let last: number | undefined;
    try {
      const { fresh } = await download(
        {
          url,
          part,
          bytes: card.bytes,
          etag,
          idleTimeout,
          signal: options.signal,
          fetch: options.fetch ?? globalThis.fetch,
          onProgress: (now, total) => {
            got += now - (last ?? now);
            last = now;
            options.onProgress?.({ received: now, total });
          },
        },
        (tag) => {
          etag = tag;
        },
      );
      const sha256 = await sha256Of(part);
      if (hashFits(card, sha256)) return sha256;
      await rm(part, { force: true });
      // What an earlier request left may have been of another file; all in one piece there is no such excuse.
      throw new DownloadError(`wrong SHA-256: expected ${expectedHash(card)}, got ${sha256}`, {
        again: !fresh,
      });
    } catch (error) {
      if (!(error instanceof DownloadError) || !error.again) throw error;
      failures = got >= PROGRESS_BYTES ? 1 : failures + 1;
      if (failures >= attempts)
        throw new DownloadError(`${error.message}; gave up after ${attempts} attempts`, {
          again: false,
          cause: error,
        });
      const wait = retryDelay * 2 ** (failures - 1);
      options.onNotice?.(`"${card.name}": ${error.message}; trying again in ${wait / 1000} s`);
      // Cut short by the signal, the next round says so.
      await delay(wait, undefined, { signal: options.signal }).catch(() => undefined);
    }
  }
}

/** Options that are set: an explicit undefined means the default. */
function defined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
