import { access, chmod, constants, copyFile, mkdir, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join } from "node:path";

/**
 * Path of the ffmpeg that npm installed, ready to run. Its run bit is set by an install script, which many
 * installations do not run: it is set here, or, where the folder belongs to somebody else, a copy is made in
 * the user's cache folder.
 *
 * @throws {Error} where npm has no binary for this machine, or it cannot be made to run
 */
export async function installerPath(): Promise<string> {
  const { path, version } = await installed();
  return makeRunnable(path, join(homedir(), ".cache", "throughline", `ffmpeg-${version}`));
}

/** Sets the run bit; where that is not allowed, makes a copy in the folder, once. */
export async function makeRunnable(path: string, folder: string): Promise<string> {
  if (await isRunnable(path)) return path;
  try {
    await chmod(path, 0o755);
    return path;
  } catch {
    return copyInto(path, folder);
  }
}

async function installed(): Promise<{ readonly path: string; readonly version: string }> {
  try {
    const { default: found } = await import("@ffmpeg-installer/ffmpeg");
    return found;
  } catch (error) {
    // It throws strings.
    throw new Error(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** @returns the path of the copy, which may have been made earlier */
export async function copyInto(path: string, folder: string): Promise<string> {
  const copy = join(folder, basename(path));
  const wanted = (await stat(path)).size;
  const present = await stat(copy).catch(() => undefined);
  if (present?.size === wanted && (await isRunnable(copy))) return copy;
  await mkdir(folder, { recursive: true });
  const unfinished = `${copy}.${process.pid}`;
  try {
    await copyFile(path, unfinished);
    await chmod(unfinished, 0o755);
    await rename(unfinished, copy);
  } finally {
    await rm(unfinished, { force: true });
  }
  return copy;
}

async function isRunnable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
