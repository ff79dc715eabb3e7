/**
 * Files that are written whole or not at all: each under a temporary name in its folder, made durable, then renamed.
 */
import { randomBytes } from "node:crypto";
import { existsSync, rmSync, statSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { OutputError } from "../errors.js";
import { UsageError } from "./errors.js";
import { watchInterrupt } from "./interrupt.js";

/** @throws {UsageError} where a file is there already and may not be replaced. @throws {OutputError} */
export function checkTargets(paths: readonly string[], force: boolean): void {
  for (const path of paths) {
    const folder = dirname(path);
    if (!existsSync(folder)) throw new OutputError(`Cannot write "${path}": there is no folder "${folder}"`);
    if (!existsSync(path)) continue;
    if (!statSync(path).isFile())
      throw new OutputError(`Cannot write "${path}": expected the name of a file`);
    if (!force) throw new UsageError(`Cannot write "${path}": it is there already; --force replaces it`);
  }
}

/**
 * Writes the files, the first one's name last: where it is, the others are. Returns the exit code of an interruption.
 *
 * @throws {OutputError} where one cannot be written; then none is.
 */
export async function writeFiles(
  files: readonly (readonly [path: string, content: Uint8Array | string])[],
): Promise<number | undefined> {
  const temporary: string[] = [];
  const clear = (): void => {
    for (const path of temporary) rmSync(path, { force: true });
  };
  const interrupt = watchInterrupt({ onFirst: () => {}, onSecond: clear });
  let at = files[0]![0];
  try {
    for (const [path, content] of files) {
      at = path;
      temporary.push(join(dirname(path), `.track-${randomBytes(6).toString("hex")}.tmp`));
      const handle = await open(temporary.at(-1)!, "wx");
      try {
        await handle.writeFile(content);
        await handle.sync();
      } finally {
        await handle.close();
      }
      if (interrupt.signal.aborted) return interrupt.exitCode;
    }
    for (let k = files.length - 1; k >= 0; k--) {
      at = files[k]![0];
      await rename(temporary[k]!, at);
    }
    return undefined;
  } catch (cause) {
    throw new OutputError(`Cannot write "${at}": ${(cause as Error).message}`, { cause });
  } finally {
    clear();
    interrupt.close();
  }
}
