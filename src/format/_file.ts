/**
 * Text files as they should be written: under a temporary name in the same folder, made durable, then renamed, so
 * that what stood there before survives every failure. The only file of this folder that touches the disk.
 */
import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import {
  access,
  chmod,
  constants,
  type FileHandle,
  lstat,
  open,
  realpath,
  rename,
  rm,
  stat,
} from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Writable } from "node:stream";
import { InputError, OutputError } from "../errors.js";
import { cannotParse } from "./_text.js";

/** Text is handed to the disk in pieces of about this many characters. */
const PIECE = 1 << 16;
/** No line of a text that people track with comes near this length; a video given as a text does. */
const LONGEST_LINE = 1 << 20;

/** Where an output goes. */
export interface Target {
  /** As given. */
  readonly path: string;
  /** "stream" is a pipe or a device, written directly. */
  readonly kind: "file" | "stream" | "stdout";
  /** The same for two paths to one file. */
  readonly identity: string;
  /** Permissions of the file that is there already. */
  readonly mode?: number;
}

/**
 * Looks at a path that is to be written, without touching it. `inputs` are the files that it must not be.
 *
 * @throws {OutputError} where it is a folder or an input, its folder is missing, or one of them may not be written.
 */
export async function findTarget(path: string, inputs: readonly string[]): Promise<Target> {
  const target = await lookAt(path);
  for (const input of inputs)
    if (await isSameFile(target, input))
      throw new OutputError(`Cannot write ${JSON.stringify(path)}: it is an input of this run`);
  return target;
}

/** @throws {RangeError} where a target is the same file as one of the others. */
export function refuseTwin(target: Target, others: readonly Target[]): void {
  const twin = others.find(({ identity }) => identity === target.identity);
  if (twin)
    throw new RangeError(
      `Cannot write ${JSON.stringify(target.path)}: ${JSON.stringify(twin.path)} is the same file`,
    );
}

async function lookAt(path: string): Promise<Target> {
  if (path === "-" || path === "/dev/stdout") return { path, kind: "stdout", identity: "-" };
  const here = await stat(path).catch(unlessMissing(path));
  if (here?.isDirectory() || path === "" || /[/\\]$/.test(path))
    throw new OutputError(`Cannot write ${JSON.stringify(path)}: expected a file name, got a folder`);
  try {
    if (here) await access(path, constants.W_OK);
    if (here && !here.isFile()) return { path, kind: "stream", identity: `${here.dev}:${here.ino}` };
    if (here) return { path, kind: "file", identity: await realpath(path), mode: here.mode & 0o777 };
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
  if (await lstat(path).catch(() => undefined))
    throw new OutputError(`Cannot write ${JSON.stringify(path)}: it is a link to a file that is not there`);
  try {
    const folder = await realpath(dirname(path));
    await access(folder, constants.W_OK);
    return { path, kind: "file", identity: join(folder, basename(path)) };
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
}

/** Whether a path names the very file of a target, whatever the two are called. */
async function isSameFile(target: Target, path: string): Promise<boolean> {
  if (target.kind !== "file" || target.mode === undefined) return false;
  const [a, b] = await Promise.all([target.identity, path].map((p) => stat(p).catch(() => undefined)));
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
}

/** One output while it is written. Awaiting `write` is the backpressure. */
export class OutputFile {
  readonly #target: Target;
  readonly #handle: FileHandle | undefined;
  readonly #stdout: Writable | undefined;
  readonly #temporary: string | undefined;
  #pending = "";
  #open = true;

  private constructor(target: Target, handle?: FileHandle, temporary?: string, stdout?: Writable) {
    this.#target = target;
    this.#handle = handle;
    this.#temporary = temporary;
    this.#stdout = stdout;
  }

  /** @throws {OutputError} where it cannot be opened. */
  static async open(target: Target, stdout: Writable = process.stdout): Promise<OutputFile> {
    if (target.kind === "stdout") return new OutputFile(target, undefined, undefined, stdout);
    // Short and random: a long name of its own leaves no room for an ending.
    const temporary =
      target.kind === "file"
        ? join(dirname(target.identity), `.track-${randomBytes(6).toString("hex")}.tmp`)
        : undefined;
    try {
      return new OutputFile(
        target,
        await open(temporary ?? target.path, temporary ? "wx" : constants.O_WRONLY),
        temporary,
      );
    } catch (cause) {
      throw cannotWrite(target.path, cause);
    }
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
      if (this.#stdout) await writeTo(this.#stdout, text);
      else await this.#handle!.writeFile(text);
    } catch (cause) {
      throw cannotWrite(this.#target.path, cause);
    }
  }

  /** Everything is on the disk, still under the temporary name. */
  async seal(): Promise<void> {
    await this.#flush();
    if (this.#stdout) return;
    try {
      if (this.#temporary) {
        if (this.#target.mode !== undefined) await chmod(this.#temporary, this.#target.mode);
        await this.#handle!.sync();
      }
      await this.#handle!.close();
    } catch (cause) {
      throw cannotWrite(this.#target.path, cause);
    }
  }

  /** Gives a sealed file its name. */
  async publish(): Promise<void> {
    if (this.#temporary) {
      try {
        await rename(this.#temporary, this.#target.identity);
      } catch (cause) {
        throw cannotWrite(this.#target.path, cause);
      }
      await syncFolder(dirname(this.#target.identity));
    }
    this.#open = false;
  }

  /** Takes back what was not published; nothing where it was. */
  async discard(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#handle?.close().catch(() => {}); // already closed, or failed for the reason being reported
    if (this.#temporary) await rm(this.#temporary, { force: true }).catch(() => {});
  }
}

/** Seals all, then names all: no file appears unless every one of them could be written. */
export async function publishAll(files: readonly OutputFile[]): Promise<void> {
  for (const file of files) await file.seal();
  for (const file of files) await file.publish();
}

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

/**
 * A text file in pieces of whole lines, with the number of each piece's first line; memory stays bounded.
 *
 * @throws {InputError} where it cannot be read. @throws {SyntaxError} where a line is absurdly long.
 */
export async function* readPieces(path: string): AsyncGenerator<readonly [text: string, firstLine: number]> {
  let rest = "";
  let line = 1;
  try {
    for await (const chunk of createReadStream(path, { encoding: "utf8", highWaterMark: 4 * PIECE })) {
      const text = rest + chunk;
      const end = text.lastIndexOf("\n") + 1;
      rest = text.slice(end);
      if (rest.length > LONGEST_LINE)
        throw cannotParse(path, line + countLines(text, end), "expected lines of text, got something else");
      if (end === 0) continue;
      yield [text.slice(0, end), line];
      line += countLines(text, end);
    }
  } catch (cause) {
    if (cause instanceof SyntaxError) throw cause;
    throw new InputError(`Cannot read ${JSON.stringify(path)}: ${reasonOf(cause)}`, { cause });
  }
  if (rest !== "") yield [rest, line];
}

function countLines(text: string, end: number): number {
  let count = 0;
  for (let i = text.indexOf("\n"); i !== -1 && i < end; i = text.indexOf("\n", i + 1)) count++;
  return count;
}

function cannotWrite(path: string, cause: unknown): OutputError {
  return new OutputError(`Cannot write ${JSON.stringify(path)}: ${reasonOf(cause)}`, { cause });
}

const unlessMissing = (path: string) => (cause: NodeJS.ErrnoException) => {
  if (cause.code === "ENOENT") return undefined;
  throw cannotWrite(path, cause);
};

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  ENOTDIR: "a part of its path is not a folder",
  EISDIR: "it is a folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left on the device",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would be too large",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "its links lead in a circle",
  EPIPE: "the reader closed the pipe",
};

function reasonOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  return REASONS[code ?? ""] ?? message;
}
