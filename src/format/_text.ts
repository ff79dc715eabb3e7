/**
 * Numbers and lines as the text formats write and read them.
 */

/** Pixels are written to a hundredth, scores to a ten-thousandth, times to a microsecond. */
export const pixels = (value: number): number => round(value, 100);
export const score = (value: number): number => round(value, 1e4);
export const seconds = (value: number): number => round(value, 1e6);

/** The nearest multiple of 1 / `steps`; never -0. @throws {RangeError} where the number is not finite. */
export const round = (value: number, steps: number): number => Math.round(finite(value) * steps) / steps + 0;

/** Two decimals, rounded as printf does. @throws {RangeError} where the number is not finite. */
export const hundredths = (value: number): string =>
  finite(value)
    .toFixed(2)
    .replace(/^-0\.00$/, "0.00");

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new RangeError(`Cannot write ${value}: tracks hold finite numbers only`);
  return value;
}

/** The error of a malformed text file: `Cannot parse "gt.txt:14": expected at least 6 columns, got 4`. */
export function cannotParse(
  name: string,
  line: number | undefined,
  what: string,
  cause?: unknown,
): SyntaxError {
  const place = line === undefined ? name : `${name}:${line}`;
  return new SyntaxError(`Cannot parse ${JSON.stringify(place)}: ${what}`, { cause });
}

/** A value out of a file, fit for one line of an error message. */
export function quote(value: string): string {
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
}

/** The lines of a text without their ends (LF or CRLF) and without a byte order mark, with numbers from 1. */
export function* linesOf(text: string): Generator<readonly [line: string, number: number]> {
  let number = 0;
  for (let from = text.startsWith("\uFEFF") ? 1 : 0; from < text.length; ) {
    const end = text.indexOf("\n", from);
    const to = end === -1 ? text.length : end;
    yield [text.slice(from, text[to - 1] === "\r" && to > from ? to - 1 : to), ++number];
    from = to + 1;
  }
}
