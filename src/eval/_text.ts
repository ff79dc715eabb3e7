/** Texts and what is said of those that cannot be read. */

/** The bytes of `text`. */
export function bytesOf(text: string | Uint8Array): Uint8Array {
  return typeof text === "string" ? new TextEncoder().encode(text) : text;
}

/** `Cannot parse "name:line": what`; line 0 means that there are no lines. */
export function syntaxError(name: string, line: number, what: string): SyntaxError {
  return new SyntaxError(`Cannot parse ${JSON.stringify(line > 0 ? `${name}:${line}` : name)}: ${what}`);
}

/** A value out of a file, fit for one line of an error message. */
export function quote(value: string): string {
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
}
