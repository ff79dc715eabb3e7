/** Looks at a model file before a runtime may open it. */
import { realpath, stat } from "node:fs/promises";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { ModelError } from "../errors.js";
import { type ExternalData, externalDataOf, MalformedOnnx } from "./_onnx-file.js";

/**
 * Checks that the file at `path` is a whole ONNX model, and that whatever it refers to lies in its own folder (or
 * below) and is there. Reads a few kilobytes, whatever the model's size.
 *
 * @throws {ModelError} one line that names the file, what was expected and what to do.
 *
 * @example
 * await checkModelFile("yolox_nano.onnx"); // fine, or: Cannot use the model "yolox_nano.onnx": it ends early: ...
 */
export async function checkModelFile(path: string): Promise<void> {
  let folder: string;
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new ModelError(`Cannot use the model "${path}": expected a file`);
    if (found.size === 0)
      throw new ModelError(`Cannot use the model "${path}": the file is empty, expected an ONNX model`);
    folder = dirname(await realpath(path));
  } catch (cause) {
    if (cause instanceof ModelError) throw cause;
    throw new ModelError(`Cannot read the model "${path}": ${plain(cause)}`, { cause });
  }
  let references: ExternalData[];
  try {
    references = externalDataOf(path);
  } catch (cause) {
    const why = cause instanceof MalformedOnnx ? cause.message : plain(cause);
    throw new ModelError(`Cannot use the model "${path}": ${why}`, { cause });
  }
  const checked = new Map<string, number>();
  for (const reference of references) {
    const size = checked.get(reference.location) ?? (await sizeOfExternal(path, folder, reference.location));
    checked.set(reference.location, size);
    const { offset, length = 0 } = reference;
    if (offset + length > size)
      throw new ModelError(
        `Cannot use the model "${path}": its weights file "${reference.location}" ends early: expected at least ${offset + length} bytes, got ${size}`,
      );
  }
}

async function sizeOfExternal(path: string, folder: string, location: string): Promise<number> {
  const outside = () =>
    new ModelError(
      `Cannot use the model "${path}": it wants to read "${location}", expected a file inside the model's own folder`,
    );
  if (location === "" || isAbsolute(location) || location.split(/[\\/]/).includes("..")) throw outside();
  let real: string;
  try {
    // As ONNX Runtime does: looked for beside the path as given, and allowed only where the model itself really lies.
    real = await realpath(resolve(dirname(path), location));
  } catch (cause) {
    throw new ModelError(
      `Cannot use the model "${path}": its weights file "${location}" is missing, expected it in the model's folder`,
      { cause },
    );
  }
  // A link may point anywhere.
  const way = relative(folder, real);
  if (way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way)) throw outside();
  const found = await stat(real);
  if (!found.isFile()) throw outside();
  return found.size;
}

/** Node's file errors in words. */
function plain(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EACCES" || code === "EPERM") return "reading it is not allowed";
  return message;
}
