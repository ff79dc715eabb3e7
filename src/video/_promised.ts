import { type FileHandle, open } from "node:fs/promises";
import { promisedByAvi } from "./_avi.js";
import type { Promised, ReadAt } from "./_header.js";
import { promisedByMovie } from "./_mp4.js";

/**
 * How many frames an MP4/MOV or AVI file should have: ffmpeg ends a truncated one without complaint, and
 * tells nobody what its index says. Other containers promise nothing that can be relied on.
 *
 * @returns undefined for other containers, and where the header does not tell
 */
export async function promisedFrames(path: string): Promise<Promised | undefined> {
  const file = await open(path);
  try {
    const read: ReadAt = (position, length) => bytesAt(file, position, length);
    const head = await read(0, 12);
    if (head === undefined) return undefined;
    const isAvi = head.toString("latin1", 0, 4) === "RIFF" && head.toString("latin1", 8, 12) === "AVI ";
    return await (isAvi ? promisedByAvi(read) : promisedByMovie(read));
  } catch (error) {
    // A header that lies about its own lengths promises nothing; whether it can be read is ffmpeg's to say.
    if (error instanceof RangeError) return undefined;
    throw error;
  } finally {
    await file.close();
  }
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<Buffer | undefined> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, position);
  return bytesRead === length ? bytes : undefined;
}
