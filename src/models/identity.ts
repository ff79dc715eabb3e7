import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { dirname, resolve } from "node:path";
import { externalDataOf } from "./_onnx-file.js";
import type { ResolvedModel } from "./store.js";

/**
 * SHA-256 of everything that decides what a model finds: its card, its file, and the files that hold its weights. Reads
 * them whole.
 *
 * @throws {Error} of the file system
 */
export async function identityOf({ card, path }: ResolvedModel): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(card));
  const beside = new Set(externalDataOf(path).map(({ location }) => resolve(dirname(path), location)));
  for (const file of [path, ...beside])
    for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}
