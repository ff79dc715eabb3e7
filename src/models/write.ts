/** Writes model files: under temporary names in their folder, then renamed, so that a failure leaves what was there. */
import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { basename } from "node:path";
import { OutputError } from "../errors.js";
import { encodeExternal, encodeModel, MAX_MODEL_BYTES, type ModelProto, weightBytes } from "../nn/index.js";

/** How a model is written. */
export interface WriteOptions {
  /** Keeps the weights in a second file, `<path>.data`. @default only where one file cannot hold them: from 2 GB on */
  readonly external?: boolean;
}

/**
 * Writes a model and returns the files that it consists of.
 *
 * @throws {OutputError} one line that names the file and why it cannot be written.
 *
 * @example
 * await writeModel("resnet50.onnx", buildBackbone("resnet50").model(source)); // ["resnet50.onnx"]
 */
export async function writeModel(
  path: string,
  model: ModelProto,
  { external = weightBytes(model) > MAX_MODEL_BYTES - 2 ** 20 }: WriteOptions = {},
): Promise<string[]> {
  const files: [path: string, data: readonly Uint8Array[]][] = [];
  if (external) {
    const parts = encodeExternal(model, `${basename(path)}.data`);
    // The weights first: a model is never seen without them.
    files.push([`${path}.data`, parts.data], [path, [parts.model]]);
  } else files.push([path, [encodeModel(model)]]);
  const written: [temporary: string, path: string][] = [];
  try {
    for (const [file, data] of files) {
      const temporary = `${file}.${randomBytes(6).toString("hex")}.part`;
      written.push([temporary, file]);
      await writePieces(temporary, data);
    }
    for (const [temporary, file] of written) await rename(temporary, file);
  } catch (cause) {
    for (const [temporary] of written) await rm(temporary, { force: true });
    throw new OutputError(`Cannot write the model "${path}": ${plain(cause)}`, { cause });
  }
  return files.map(([file]) => file).reverse();
}

async function writePieces(path: string, pieces: readonly Uint8Array[]): Promise<void> {
  const file = await open(path, "wx");
  try {
    for (const piece of pieces)
      for (let at = 0; at < piece.length; )
        at += (await file.write(piece, at, Math.min(piece.length - at, 1 << 26))).bytesWritten;
    await file.sync();
  } finally {
    await file.close();
  }
}

function plain(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "there is no such folder";
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") return "writing there is not allowed";
  if (code === "EISDIR") return "it is a folder";
  return code === "ENOSPC" || code === "EDQUOT" ? "the disk is full" : message;
}
