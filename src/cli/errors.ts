/**
 * From an error to one line and an exit code.
 */
import { EnvironmentError, InputError, ModelError, OutputError } from "../errors.js";

/** What the process ends with. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  /** Everything readable was tracked, but a part of the input was damaged or missing. */
  damaged: 3,
  /** Of a batch: some files failed, the others are done. */
  someFailed: 4,
  /** 128 + SIGINT, as shells have it. */
  interrupted: 130,
} as const;

/** The command line or the configuration asks for something that does not exist. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Runs a function whose arguments come from the user: what it refuses is a usage error. */
export async function asUsage<T>(run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    if (cause instanceof RangeError || cause instanceof TypeError)
      throw new UsageError(cause.message, { cause });
    throw cause;
  }
}

export function exitCodeOf(error: unknown): number {
  return error instanceof UsageError ? exitCodes.usage : exitCodes.failed;
}

/** The error in one line, whatever is in it. */
export function lineOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  // Names of files may hold line ends and terminal codes.
  const line = message.replaceAll(/\s*[\r\n]+\s*/g, " ").replaceAll(/\p{Cc}/gu, "?");
  return isExpected(error) ? line : `Internal error: ${line} (please report it; --verbose shows the stack)`;
}

/** The error with its stack and its causes, for --verbose. */
export function stackOf(error: unknown): string {
  const lines: string[] = [];
  for (let at: unknown = error; at !== undefined; at = at instanceof Error ? at.cause : undefined)
    lines.push(at instanceof Error ? (at.stack ?? at.message) : String(at));
  return lines.join("\nCaused by: ");
}

function isExpected(error: unknown): boolean {
  return (
    [UsageError, InputError, ModelError, EnvironmentError, OutputError].some(
      (kind) => error instanceof kind,
    ) ||
    // Malformed text files; a SyntaxError of any other kind would be ours.
    (error instanceof SyntaxError && error.message.startsWith("Cannot parse "))
  );
}
