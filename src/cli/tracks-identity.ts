/** Which file it is, whatever it is called. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import type { TracksIdentity } from "../edit/index.js";
import { InputError } from "../errors.js";

/** Name, size and checksum of a file. @throws {InputError} it cannot be read. */
export async function identifyTracks(path: string): Promise<TracksIdentity> {
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      bytes += chunk.length;
    }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "no such file" : code === "EISDIR" ? "it is a folder" : message;
    throw new InputError(`Cannot read ${JSON.stringify(path)}: ${why}`, { cause });
  }
  return { file: basename(path), bytes, sha256: hash.digest("hex") };
}
