/** What may be written where. */
import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { OutputError } from "../errors.js";
import { UsageError } from "./errors.js";

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
