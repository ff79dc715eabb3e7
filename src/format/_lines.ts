/**
 * Lines of JSON Lines files, checked.
 */
import type { z } from "zod";
import { firstIssue } from "./_schema.js";
import { cannotParse } from "./_text.js";

/** The value of one line. @throws {SyntaxError} `Cannot parse "name:line": ...` */
export function parseJsonLine<T extends z.ZodType>(
  schema: T,
  content: string,
  name: string,
  number: number,
): z.output<T> {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (cause) {
    throw cannotParse(name, number, `not JSON: ${(cause as Error).message.replaceAll(/\s+/g, " ")}`, cause);
  }
  const checked = schema.safeParse(value);
  if (!checked.success) throw cannotParse(name, number, firstIssue(checked.error).text, checked.error);
  return checked.data;
}
