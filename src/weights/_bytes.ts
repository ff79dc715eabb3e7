/** Bytes that are read where and when they are asked for: of a file, or of memory. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { ModelError } from "../errors.js";

/** Something of a known size that is read in pieces. */
export interface Bytes {
  readonly size: number;
  /** A copy of `length` bytes, aligned for every element type. @throws {Malformed} when it ends before them */
  read(offset: number, length: number): Uint8Array<ArrayBuffer>;
  close(): void;
}

/** The bytes are not what they claim to be; the message says why, the caller adds the file's name. */
export class Malformed extends Error {}

/** Opens the file at `path` for reading in pieces. @throws {ModelError} */
export function fileBytes(path: string): Bytes {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const stats = fstatSync(file);
    if (!stats.isFile()) throw new ModelError(`Cannot read the weights "${path}": expected a file`);
    return bytesOf(file, stats.size);
  } catch (cause) {
    if (file !== undefined) closeSync(file);
    if (cause instanceof ModelError) throw cause;
    throw new ModelError(`Cannot read the weights "${path}": ${plain(cause)}`, { cause });
  }
}

function bytesOf(file: number, size: number): Bytes {
  let open = true;
  return {
    size,
    read(offset, length) {
      if (!open) throw new Malformed("it was closed before its weights were read");
      within(offset, length, size);
      const bytes = new Uint8Array(length);
      for (let at = 0; at < length; ) {
        const got = readSync(file, bytes, at, length - at, offset + at);
        if (got === 0) throw new Malformed(`it ends early: expected ${size} bytes, got ${offset + at}`);
        at += got;
      }
      return bytes;
    },
    close() {
      if (open) closeSync(file);
      open = false;
    },
  };
}

/** The same of bytes that are there already. */
export function memoryBytes(data: Uint8Array): Bytes {
  return {
    size: data.length,
    read(offset, length) {
      within(offset, length, data.length);
      return new Uint8Array(data.subarray(offset, offset + length));
    },
    close() {},
  };
}

/** Checked before anything is allocated: a header may claim whatever it likes. */
function within(offset: number, length: number, size: number): void {
  if (Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0)
    if (offset + length <= size) return;
  throw new Malformed(`it ends early: expected at least ${offset + length} bytes, got ${size}`);
}

function plain(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EACCES" || code === "EPERM") return "reading it is not allowed";
  return message;
}
