/** The options that the two ends of a queue share. */
import { parseAddress, type QueueAddress } from "../queue/address.js";
import { UsageError } from "./errors.js";

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
