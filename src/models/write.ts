/** Writes model files: under temporary names in their folder, then renamed, so that a failure leaves what was there. */
import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { basename } from "node:path";
import { OutputError } from "../errors.js";
import { encodeExternal, encodePieces, fitsOneFile, type ModelProto } from "../nn/index.js";

/** How a model is written. */
export interface WriteOptions {
  /** Keeps the weights in a second file, `<path>.data`. @default only where one file cannot hold them: from 2 GB on */
  readonly external?: boolean;
  /** Writes the text of `<path>.json` from what is known of the model then. @default no such file */
  readonly card?: (model: WrittenModel) => string | undefined;
  /** Ends the writing; nothing is left of it then. */
  readonly signal?: AbortSignal;
  /** Told of each temporary file before it is there, so that it can be removed when the process ends by force. */
  readonly onTemporary?: (path: string) => void;
}

/** What was written. */
export interface WrittenModel {
  /** The model, and the files beside it. */
  readonly files: readonly string[];
  /** Of the model's own file. */
  readonly bytes: number;
  /** Of the model's own file. */
  readonly sha256: string;
}

/** Small pieces are written together: so many bytes. */
const BLOCK = 2 ** 20;
/** Large ones in parts, between which the writing can be ended. */
const LARGEST = 2 ** 26;

/**
 * Writes a model, all its files or none. Weights are made as they are written: memory is that of the largest tensors.
 *
 * @throws {OutputError} one line that names the file and why it cannot be written.
 *
 * @example
 * const { sha256 } = await writeModel("resnet50.onnx", buildBackbone("resnet50").model(source));
 */
export async function writeModel(
  path: string,
  model: ModelProto,
  { external = !fitsOneFile(model), card, signal, onTemporary }: WriteOptions = {},
): Promise<WrittenModel> {
  const temporary = new Map<string, string>();
  const write = (file: string, pieces: Iterable<Uint8Array>): Promise<Sum> => {
    const part = `${file}.${randomBytes(6).toString("hex")}.part`;
    temporary.set(part, file);
    onTemporary?.(part);
    return writePieces(part, pieces, { path, signal });
  };
  try {
    let written: WrittenModel;
    if (external) {
      const { model: bytes, data } = encodeExternal(model, `${basename(path)}.data`);
      written = { files: [path, `${path}.data`], ...(await write(path, [bytes])) };
      await write(`${path}.data`, data);
    } else written = { files: [path], ...(await write(path, encodePieces(model))) };
    const text = card?.(written);
    if (text !== undefined) {
      written = { ...written, files: [...written.files, `${path}.json`] };
      await write(`${path}.json`, [new TextEncoder().encode(text)]);
    }
    // The model last: where it is, what it needs is too.
    for (const [part, file] of [...temporary].reverse()) await done(path, rename(part, file));
    return written;
  } catch (error) {
    for (const part of temporary.keys()) await rm(part, { force: true });
    throw error;
  }
}

type Sum = Pick<WrittenModel, "bytes" | "sha256">;

/** Errors of the file name `path`; those of making the pieces stay as they are. */
async function writePieces(
  part: string,
  pieces: Iterable<Uint8Array>,
  { path, signal }: { readonly path: string; readonly signal?: AbortSignal },
): Promise<Sum> {
  const hash = createHash("sha256");
  let bytes = 0;
  const file = await done(path, open(part, "wx"));
  try {
    for (const block of blocksOf(pieces)) {
      signal?.throwIfAborted();
      hash.update(block);
      bytes += block.length;
      await done(path, writeAll(file, block));
    }
    await done(path, file.sync());
  } finally {
    await file.close();
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** The same bytes in pieces of a size that is quick to write. */
function* blocksOf(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  let [small, length]: [Uint8Array[], number] = [[], 0];
  for (const piece of pieces) {
    if (length + piece.length > BLOCK) {
      yield Buffer.concat(small);
      [small, length] = [[], 0];
    }
    if (piece.length <= BLOCK) {
      small.push(piece);
      length += piece.length;
    } else for (let at = 0; at < piece.length; at += LARGEST) yield piece.subarray(at, at + LARGEST);
  }
  yield Buffer.concat(small);
}

async function writeAll(file: FileHandle, block: Uint8Array): Promise<void> {
  for (let at = 0; at < block.length; ) at += (await file.write(block, at)).bytesWritten;
}

async function done<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new OutputError(`Cannot write the model "${path}": ${plain(cause)}`, { cause });
  }
}

function plain(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "there is no such folder";
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") return "writing there is not allowed";
  if (code === "EISDIR") return "it is a folder";
  return code === "ENOSPC" || code === "EDQUOT" ? "the disk is full" : message;
}
