/**
 * Text files as they should be written: under a temporary name in the same folder, made durable, then renamed, so
 * that what stood there before survives every failure.
 */
import { createHash, type Hash, randomBytes } from "node:crypto";
import { chmod, constants, type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Writable } from "node:stream";
import { InputError } from "../errors.js";
import { cannotWrite, type Target } from "./_file.js";
import { beside } from "./beside.js";

/** Text is handed to the disk in pieces of about this many characters. */
const PIECE = 1 << 16;

/** How much of a file is on the disk, and what it is. */
export interface Mark {
  readonly bytes: number;
  /** Of those bytes, in hexadecimal. */
  readonly sha256: string;
}

/** How files are written that a later run may have to go on with. */
export interface Lasting {
  /**
   * Temporary names are the same in every run, so that a later one finds them; only one run at a time may write then.
   * @default false
   */
  readonly lasting?: boolean;
  /** Where each file stood when an earlier, lasting run was left. */
  readonly from?: readonly Mark[];
}

/** One output while it is written. Awaiting `write` is the backpressure. */
export class OutputFile {
  readonly #target: Target;
  readonly #handle: FileHandle | undefined;
  readonly #stdout: Writable | undefined;
  readonly #temporary: string | undefined;
  readonly #hash: Hash = createHash("sha256");
  #bytes = 0;
  #pending = "";
  /** Not yet published, kept or discarded. */
  #open = true;
  #sealed = false;

  private constructor(target: Target, handle?: FileHandle, temporary?: string, stdout?: Writable) {
    this.#target = target;
    this.#handle = handle;
    this.#temporary = temporary;
    this.#stdout = stdout;
  }

  /** @throws {OutputError} where it cannot be opened. */
  static async open(target: Target, stdout: Writable = process.stdout, lasting = false): Promise<OutputFile> {
    if (target.kind === "stdout") return new OutputFile(target, undefined, undefined, stdout);
    try {
      if (target.kind === "stream")
        return new OutputFile(target, await open(target.path, constants.O_WRONLY));
      const temporary = lasting ? beside(target.identity, "part") : randomName(target.identity);
      // Never through a link that somebody put there.
      if (lasting) await rm(temporary, { force: true });
      return new OutputFile(target, await open(temporary, "wx"), temporary);
    } catch (cause) {
      throw cannotWrite(target.path, cause);
    }
  }

  /**
   * Goes on with the file that an earlier run left at `mark`; what it wrote after that is cut off. Where that run had
   * published it already, there is nothing left to do for it.
   *
   * @throws {InputError} where what is there is not what the mark says
   */
  static async reopen(target: Target, mark: Mark): Promise<OutputFile> {
    const temporary = beside(target.identity, "part");
    try {
      const handle = await open(temporary, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0));
      const file = new OutputFile(target, handle, temporary);
      if (await file.#catchUp(mark)) return file;
      await handle.close();
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cannotWrite(target.path, cause);
      const file = new OutputFile(target, await open(target.identity, "r").catch(() => undefined));
      const isPublished = await file.#catchUp(mark);
      await file.#handle?.close();
      file.#open = false;
      if (isPublished) return file;
    }
    throw new InputError(`what was written of ${JSON.stringify(target.path)} is not there as it was left`);
  }

  /** Reads up to the mark and cuts off the rest. @returns whether everything was there */
  async #catchUp({ bytes, sha256 }: Mark): Promise<boolean> {
    const handle = this.#handle;
    if (!handle) return false;
    const buffer = Buffer.alloc(PIECE);
    while (this.#bytes < bytes) {
      // Without a position, so that writing goes on where reading ends.
      const { bytesRead } = await handle.read(buffer, 0, Math.min(PIECE, bytes - this.#bytes), null);
      if (bytesRead === 0) return false;
      this.#hash.update(buffer.subarray(0, bytesRead));
      this.#bytes += bytesRead;
    }
    if (this.#mark().sha256 !== sha256) return false;
    if (this.#temporary) await handle.truncate(bytes);
    return this.#temporary !== undefined || (await handle.stat()).size === bytes;
  }

  /** The temporary name that is on disk now, for whoever has to leave in a hurry. */
  get temporary(): string | undefined {
    return this.#open ? this.#temporary : undefined;
  }

  /** Appends text. Files take it in large pieces, pipes at once: somebody may be reading. */
  async write(text: string): Promise<void> {
    this.#pending += text;
    if (this.#pending.length >= PIECE || this.#target.kind !== "file") await this.#flush();
  }

  async #flush(): Promise<void> {
    const text = this.#pending;
    this.#pending = "";
    if (text === "") return;
    try {
      if (this.#stdout) return await writeTo(this.#stdout, text);
      const bytes = Buffer.from(text);
      await this.#handle!.writeFile(bytes);
      this.#hash.update(bytes);
      this.#bytes += bytes.length;
    } catch (cause) {
      throw cannotWrite(this.#target.path, cause);
    }
  }

  /** Everything written so far is on the disk. */
  async mark(): Promise<Mark> {
    await this.#flush();
    try {
      if (this.#temporary && !this.#sealed) await this.#handle!.sync();
    } catch (cause) {
      throw cannotWrite(this.#target.path, cause);
    }
    return this.#mark();
  }

  #mark(): Mark {
    return { bytes: this.#bytes, sha256: this.#hash.copy().digest("hex") };
  }

  /** Everything is on the disk, still under the temporary name. */
  async seal(): Promise<Mark> {
    await this.#flush();
    if (this.#stdout || !this.#open) return this.#mark();
    try {
      if (this.#temporary) {
        if (this.#target.mode !== undefined) await chmod(this.#temporary, this.#target.mode);
        await this.#handle!.sync();
      }
      this.#sealed = true;
      await this.#handle!.close();
    } catch (cause) {
      throw cannotWrite(this.#target.path, cause);
    }
    return this.#mark();
  }

  /** Gives a sealed file its name. */
  async publish(): Promise<void> {
    if (this.temporary) {
      try {
        await rename(this.temporary, this.#target.identity);
      } catch (cause) {
        throw cannotWrite(this.#target.path, cause);
      }
      await syncFolder(dirname(this.#target.identity));
    }
    this.#open = false;
  }

  /** Leaves what is there to a later run. */
  async keep(): Promise<void> {
    this.#open = false;
    await this.#handle?.close().catch(() => {}); // already closed, or failed for the reason being reported
  }

  /** Takes back what was not published; nothing where it was. */
  async discard(): Promise<void> {
    const { temporary } = this;
    if (!this.#open) return;
    await this.keep();
    if (temporary) await rm(temporary, { force: true }).catch(() => {});
  }
}

/** Opens files together. @throws {OutputError} {InputError} and then none of them is open */
export async function openAll(
  targets: readonly Target[],
  { stdout, lasting, from }: Lasting & { readonly stdout?: Writable } = {},
): Promise<OutputFile[]> {
  const files: OutputFile[] = [];
  try {
    for (const [i, target] of targets.entries())
      files.push(
        from ? await OutputFile.reopen(target, from[i]!) : await OutputFile.open(target, stdout, lasting),
      );
  } catch (error) {
    for (const file of files) await (from ? file.keep() : file.discard());
    throw error;
  }
  return files;
}

/** Text files that are made together, until they have their names. */
export interface Draft {
  /** Temporary names that are on disk now, for whoever has to leave in a hurry. */
  readonly temporary: readonly string[];
  /** Makes everything durable that was written so far, and says how much that is of each file. */
  mark(): Promise<readonly Mark[]>;
  /** Everything is on the disk, still under the temporary names. */
  seal(): Promise<readonly Mark[]>;
  /** Gives sealed files their names, in place of what was there before. */
  publish(): Promise<void>;
  /** Leaves everything as it is, for a later run to go on with. */
  keep(): Promise<void>;
  /** Takes back what was not published, and leaves alone what was or is kept. Always called at the end. */
  discard(): Promise<void>;
}

/** What is the same for all files of a draft. */
export function draftOf(files: readonly OutputFile[]): Draft {
  const each = async <T>(act: (file: OutputFile) => Promise<T>): Promise<T[]> => {
    const results: T[] = [];
    for (const file of files) results.push(await act(file));
    return results;
  };
  return {
    get temporary() {
      return files.flatMap((file) => file.temporary ?? []);
    },
    mark: () => each((file) => file.mark()),
    seal: () => each((file) => file.seal()),
    publish: async () => void (await each((file) => file.publish())),
    keep: async () => void (await each((file) => file.keep())),
    discard: async () => void (await each((file) => file.discard())),
  };
}

/** Seals all, then names all: no file appears unless every one of them could be written. */
export async function publishAll(files: readonly (OutputFile | Draft)[]): Promise<void> {
  for (const file of files) await file.seal();
  for (const file of files) await file.publish();
}

const randomName = (path: string): string =>
  join(dirname(path), `.track-${randomBytes(6).toString("hex")}.tmp`);

/** The name survives a power cut once its folder is on the disk; some file systems cannot promise that. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

function writeTo(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => reject(error);
    stream.once("error", failed);
    stream.write(text, (error) => {
      if (error) return reject(error); // the listener stays for the event that follows
      stream.off("error", failed);
      resolve();
    });
  });
}
