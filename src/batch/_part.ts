/**
 * What has come of a recording, on the disk: its bytes, and beside them how many of these are there for good and of
 * which version they are.
 */
import { type FileHandle, lstat, open, readFile, rm, statfs, utimes } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { writeDurably } from "../checkpoint/durable.js";
import { OutputError } from "../errors.js";
import type { Version } from "../video/recording.js";
import { recordingSchema } from "./manifest.js";

const FORMAT = "throughline-download";

const stateSchema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(1),
  /** As it is told: without what is secret in it. */
  address: z.string(),
  received: z.int().nonnegative(),
  isWhole: z.boolean(),
  recording: recordingSchema,
});

/** Bytes of the disk that are left alone where nobody knows how much is to come. */
const RESERVE = 2 ** 30;

/** A recording that is being fetched, or was. */
export class Part {
  readonly #path: string;
  readonly #address: string;
  readonly #handle: FileHandle;
  #received: number;
  #isWhole: boolean;
  #version: Version | undefined;
  readonly #interval: number;
  #last = performance.now();

  private constructor(
    path: string,
    address: string,
    interval: number,
    handle: FileHandle,
    found: z.output<typeof stateSchema> | undefined,
  ) {
    this.#path = path;
    this.#interval = interval;
    this.#address = address;
    this.#handle = handle;
    this.#received = found?.received ?? 0;
    this.#isWhole = found?.isWhole ?? false;
    this.#version = found?.recording;
  }

  /**
   * Opens what an earlier run has left, or begins.
   *
   * @param options.interval seconds of a download that a run which is killed loses at most, about
   * @throws {OutputError}
   */
  static async open(
    path: string,
    address: string,
    { resume, interval }: { readonly resume: boolean; readonly interval: number },
  ): Promise<Part> {
    try {
      const found = resume ? await look(path, address) : undefined;
      if (found === undefined) await removePart(path);
      // Never through a link that somebody put there.
      const handle = await open(path, found === undefined ? "wx+" : "r+");
      if (found?.isWhole === false) await handle.truncate(found.received);
      return new Part(path, address, interval, handle, found);
    } catch (cause) {
      throw refuse(path, cause);
    }
  }

  get received(): number {
    return this.#received;
  }

  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Of the bytes that are here; undefined where nothing is known yet. */
  get version(): Version | undefined {
    return this.#version;
  }

  /** Begins anew. @throws {OutputError} where there is no room for it */
  async begin(version: Version): Promise<void> {
    try {
      // What it says is not true any more; what is true is written when some of it is here.
      await rm(stateOf(this.#path), { force: true });
      await this.#handle.truncate(0);
      this.#received = 0;
      this.#isWhole = false;
      this.#version = version;
    } catch (cause) {
      throw refuse(this.#path, cause);
    }
    await this.#checkRoom(version.size ?? RESERVE);
  }

  /** @throws {OutputError} */
  async write(chunk: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < chunk.length; )
        at += (await this.#handle.write(chunk, at, chunk.length - at, this.#received + at)).bytesWritten;
      this.#received += chunk.length;
    } catch (cause) {
      throw refuse(this.#path, cause);
    }
    if (performance.now() - this.#last < this.#interval * 1e3) return;
    await this.keep();
    if (this.#version?.size === undefined) await this.#checkRoom(RESERVE);
  }

  /** Puts onto the disk what is here, for a later run. @throws {OutputError} */
  async keep(): Promise<void> {
    try {
      await this.#handle.datasync();
      await this.#save();
    } catch (cause) {
      throw refuse(this.#path, cause);
    }
  }

  /**
   * All is here. Its time is the recording's, so that it looks the same wherever and whenever it is fetched.
   *
   * @throws {OutputError}
   */
  async finish(): Promise<void> {
    this.#isWhole = true;
    await this.keep();
    const modified = Date.parse(this.#version?.modified ?? "");
    const time = Number.isFinite(modified) ? modified / 1e3 : 0;
    await utimes(this.#path, time, time).catch((cause) => {
      throw refuse(this.#path, cause);
    });
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  async #save(): Promise<void> {
    const state: z.output<typeof stateSchema> = {
      ...{ format: FORMAT, version: 1, address: this.#address },
      ...{ received: this.#received, isWhole: this.#isWhole, recording: this.#version ?? {} },
    };
    await writeDurably(stateOf(this.#path), `${JSON.stringify(state)}\n`);
    this.#last = performance.now();
  }

  async #checkRoom(needed: number): Promise<void> {
    // Some file systems do not tell, and then find out.
    const found = await statfs(dirname(this.#path)).catch(() => undefined);
    const free = found && found.bavail * found.bsize;
    if (free === undefined || free >= needed) return;
    const folder = JSON.stringify(dirname(this.#path));
    const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(bytes < 1e10 ? 2 : 0);
    throw new OutputError(
      `Cannot fetch "${this.#address}" into ${folder}: ${gigabytes(needed)} GB are needed there, ${gigabytes(free)} are free`,
    );
  }
}

/** Takes away what has come of a recording. Never throws. */
export async function removePart(path: string): Promise<void> {
  for (const file of filesOf(path)) await rm(file, { force: true }).catch(() => {});
}

/** The files that a recording is kept in meanwhile. */
export const filesOf = (path: string): string[] => [path, stateOf(path)];

const stateOf = (path: string): string => `${path}.json`;

/** What an earlier run has left of the recording, where it can be gone on with. */
async function look(path: string, address: string): Promise<z.output<typeof stateSchema> | undefined> {
  try {
    const found = stateSchema.parse(JSON.parse(await readFile(stateOf(path), "utf8")));
    const file = await lstat(path);
    const fits = found.isWhole ? file.size === found.received : file.size >= found.received;
    return file.isFile() && fits && found.address === address ? found : undefined;
  } catch {
    return undefined;
  }
}

function refuse(path: string, cause: unknown): OutputError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const why = code === "ENOSPC" || code === "EDQUOT" ? "the disk is full" : message;
  return new OutputError(`Cannot write to ${JSON.stringify(dirname(path))}: ${why}`, { cause });
}
