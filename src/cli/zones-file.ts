/**
 * `--zones`: the file that says where to count.
 */
import { readFileSync } from "node:fs";
import { parseZones, type Zones } from "../count/index.js";
import { UsageError } from "./errors.js";

/**
 * Reads a file of zones.
 *
 * @throws {UsageError} it cannot be read. @throws {SyntaxError} `Cannot parse "zones.json": ...`
 */
export function readZones(path: string): Zones {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "no such file" : code === "EISDIR" ? "it is a folder" : message;
    throw new UsageError(`Cannot read ${JSON.stringify(path)}: ${why}`, { cause });
  }
  return parseZones(text, path);
}

/**
 * The zones of a run, where it has any.
 *
 * @throws {UsageError} counts are asked for without saying where to count. @throws as `readZones`.
 */
export function zonesOf(settings: { readonly zones?: string; readonly counts?: unknown }): Zones | undefined {
  if (settings.zones !== undefined) return readZones(settings.zones);
  if (settings.counts === undefined || settings.counts === false) return undefined;
  throw new UsageError("Option --counts: expected --zones with it, the file that says where to count");
}
