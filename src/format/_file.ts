/**
 * Where text files go: looking at a path before it is written, and saying why it cannot be.
 */
import { access, constants, lstat, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { OutputError } from "../errors.js";

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

export function cannotWrite(path: string, cause: unknown): OutputError {
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

export function reasonOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  return REASONS[code ?? ""] ?? message;
}
