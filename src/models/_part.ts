/**
 * Files of a download that is not finished. Each running download has one of its own, so that two never write to
 * the same; what an earlier one left behind is taken over by renaming it, which only one of several can do.
 */
import { readdir, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";

/** A running download writes at least once per idle timeout; a file this old has no writer. */
const ABANDONED_MS = 60 * 60 * 1000;

let count = 0;

/** A name for this download's own part file; it holds what an abandoned download of `target` got, if any. */
export async function claimPart(target: string): Promise<string> {
  const own = `${target}.${hostname()}-${process.pid}-${++count}.part`;
  let best: { path: string; size: number } | undefined;
  for (const path of await abandonedParts(target)) {
    const size = (await stat(path).catch(() => undefined))?.size ?? 0;
    if (!best || size > best.size) best = { path, size };
  }
  // Somebody else may have been quicker: then there is nothing to continue.
  if (best) await rename(best.path, own).catch(() => undefined);
  return own;
}

/** Leaves the part file under the plain name, for the next pull to continue; an empty one goes. */
export async function leavePart(own: string, target: string): Promise<void> {
  const size = (await stat(own).catch(() => undefined))?.size;
  if (size) await rename(own, `${target}.part`).catch(() => undefined);
  else await rm(own, { force: true });
}

async function abandonedParts(target: string): Promise<string[]> {
  const folder = dirname(target);
  const name = basename(target);
  const parts: string[] = [];
  for (const file of await readdir(folder)) {
    if (!file.startsWith(`${name}.`) || !file.endsWith(".part")) continue;
    const path = join(folder, file);
    const owner = file.slice(name.length + 1, -".part".length).match(/^(.*)-(\d+)-\d+$/);
    if (file === `${name}.part`) parts.push(path);
    else if (
      owner &&
      ((await age(path)) > ABANDONED_MS || (owner[1] === hostname() && !runs(Number(owner[2]))))
    )
      parts.push(path);
  }
  return parts;
}

async function age(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  return found ? Date.now() - found.mtimeMs : 0;
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
