/**
 * What tells whether an input is the one that it was, without reading hours of video.
 */
import { createHash, type Hash } from "node:crypto";
import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** So many bytes are read at the beginning, in the middle and at the end of a file. */
const SAMPLE = 1 << 16;

/** What an input's folder is made of; whatever else is put there, such as results, does not count. */
const counts = /\.(?:jpe?g|png|webp|tiff?|avif|gif)$|^\/(?:seqinfo\.ini|det\/det\.txt)$/i;

/**
 * A fingerprint of a file, or of a folder of pictures or a MOT sequence: names, sizes, times of change, and of a single
 * file also some of its bytes.
 *
 * @throws {Error} of the file system
 */
export async function fingerprint(path: string): Promise<string> {
  const hash = createHash("sha256");
  const { isFolder } = await addStat(hash, path, "");
  if (isFolder) await addFolder(hash, path, "");
  else await addSamples(hash, path);
  return hash.digest("hex");
}

/** The fingerprint of several together, in the order given. */
export async function fingerprintAll(paths: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const path of paths) hash.update(await fingerprint(path));
  return hash.digest("hex");
}

async function addStat(hash: Hash, path: string, name: string): Promise<{ isFolder: boolean }> {
  const { size, mtimeNs, ...found } = await stat(path, { bigint: true });
  const isFolder = (found.mode & 0o170000n) === 0o040000n;
  // A folder's own time changes with what is put beside its files.
  if (!isFolder) hash.update(`${name} ${size} ${mtimeNs}\n`);
  return { isFolder };
}

async function addFolder(hash: Hash, path: string, name: string): Promise<void> {
  const entries = await readdir(path, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith(".")) continue;
    const inside = `${name}/${entry.name}`;
    if (entry.isDirectory()) await addFolder(hash, join(path, entry.name), inside);
    else if (counts.test(inside)) await addStat(hash, join(path, entry.name), inside);
  }
}

async function addSamples(hash: Hash, path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(SAMPLE);
    for (const at of [0, Math.max(0, Math.floor(size / 2)), Math.max(0, size - SAMPLE)]) {
      const { bytesRead } = await file.read(buffer, 0, SAMPLE, at);
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
