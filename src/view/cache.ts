/**
 * What was made of videos, so that it is made once: in a folder of the system's for such things, since the folder that is
 * viewed is a person's, who may not be able to write there, or keeps it in a repository.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";

/** Bytes of everything in it. */
const MOST = 4e9;
/** Names that are ours; what else is in the folder is left alone. */
const OURS = /^[0-9a-f]{40}\.(?:mp4|strips)$/;
const PART = /^[0-9a-f]{40}\.(?:mp4|strips)\.\d+\.part$/;
/** Milliseconds after which a part that does not grow was left by somebody who was killed. */
const LEFT = 3600e3;

/** Files by what they are made of; those that nobody has used for the longest time make room for new ones. */
export class Cache {
  readonly #folder: string;
  readonly #most: number;

  constructor(folder: string, most = MOST) {
    this.#folder = folder;
    this.#most = most;
  }

  /** What a file is called that is made of these. A file that changes is another one. */
  async nameOf(path: string, ending: "mp4" | "strips", ...others: readonly string[]): Promise<string> {
    const { size, mtimeMs } = await stat(path);
    const of = [path, size, mtimeMs, ...others].join("\n");
    return `${createHash("sha256").update(of).digest("hex").slice(0, 40)}.${ending}`;
  }

  /** The path of a file that is there. */
  async find(name: string): Promise<string | undefined> {
    const path = join(this.#folder, name);
    const now = new Date();
    // As a sign that it is used.
    return utimes(path, now, now).then(
      () => path,
      () => undefined,
    );
  }

  /** Makes a file: whole, or not at all. @throws what `make` throws, and errors of the file system */
  async make(name: string, make: (path: string) => Promise<void>): Promise<string> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const part = join(this.#folder, `${name}.${process.pid}.part`);
    const path = join(this.#folder, name);
    try {
      await make(part);
      await rename(part, path);
    } finally {
      await rm(part, { force: true });
    }
    await this.#tidy(name);
    return path;
  }

  async #tidy(newest: string): Promise<void> {
    const found: { readonly path: string; readonly bytes: number; readonly used: number }[] = [];
    for (const name of await readdir(this.#folder)) {
      const isPart = PART.test(name);
      if (name === newest || !(isPart || OURS.test(name))) continue;
      const path = join(this.#folder, name);
      const is = await stat(path).catch(() => undefined);
      if (!is) continue;
      if (!isPart) found.push({ path, bytes: is.size, used: is.mtimeMs });
      else if (Date.now() - is.mtimeMs > LEFT) await rm(path, { force: true });
    }
    let bytes = (await stat(join(this.#folder, newest))).size;
    for (const one of found.sort((a, b) => b.used - a.used)) {
      bytes += one.bytes;
      if (bytes > this.#most) await rm(one.path, { force: true });
    }
  }
}
