/** The options that `track batch` and `track worker` share. */
import { Option } from "commander";
import { parseAddress, type QueueAddress } from "../queue/address.js";
import { UsageError } from "./errors.js";
import { toNumber } from "./options.js";

/** @throws {UsageError} without the password that may be in it */
export function addressOf(value: unknown): QueueAddress {
  try {
    return parseAddress(String(value));
  } catch (error) {
    // Not as the cause: --verbose would show what it was made from.
    throw new UsageError(`Option --queue: ${(error as Error).message}`);
  }
}

/** @throws {UsageError} where it is there, and is no whole number from 1 */
export function checkCount(name: string, value: unknown): void {
  if (value !== undefined && !(Number.isSafeInteger(value) && (value as number) >= 1))
    throw new UsageError(`Option --${name}: expected a whole number from 1, got ${JSON.stringify(value)}`);
}

/** Seconds without a sign of work after which a file's process is ended. */
const STALL_LIMIT = 600;

export const stallOption = (): Option =>
  new Option(
    "--stall-limit <seconds>",
    `for which nothing happens, after which a file's process is ended and the file gone on with once (${STALL_LIMIT}; 0: never)`,
  ).argParser(toNumber);

/** The value of that option. @throws {UsageError} */
export function stallLimitOf(value: unknown = STALL_LIMIT): number {
  if (typeof value === "number" && value >= 0 && Number.isFinite(value)) return value;
  throw new UsageError(`Option --stall-limit: expected seconds from 0, got ${JSON.stringify(value)}`);
}
