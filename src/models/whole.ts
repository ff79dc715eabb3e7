/** Model files as bytes. */
import { readFile, stat } from "node:fs/promises";
import { externalDataOf } from "./_onnx-file.js";

/**
 * The bytes of a model that has all its weights in its one file; undefined for one that has not, or is larger than
 * `limit` bytes.
 *
 * @throws {Error} Node's, when the file cannot be read.
 *
 * @example
 * const bytes = await readWholeModel("yolox_nano.onnx", 2 ** 26);
 */
export async function readWholeModel(path: string, limit: number): Promise<Uint8Array | undefined> {
  const { size } = await stat(path);
  return size > limit || externalDataOf(path).length > 0 ? undefined : readFile(path);
}
