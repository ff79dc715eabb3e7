/**
 * Numbers out of text, straight from the bytes: splitting the lines of a benchmark into strings costs more
 * than all metrics together.
 */
import { longDecimal } from "./_decimal.js";

/** The first columns of every line that is not blank. */
export interface Columns {
  readonly count: number;
  /** `count * width` numbers, row-major; columns that a line does not have are NaN. */
  readonly values: Float64Array;
  /** Line of each row, from 1. */
  readonly lines: Int32Array;
}

/** The bytes of `text`. */
export function bytesOf(text: string | Uint8Array): Uint8Array {
  return typeof text === "string" ? new TextEncoder().encode(text) : text;
}

/** `Cannot parse "name:line": what`; line 0 means that there are no lines. */
export function syntaxError(name: string, line: number, what: string): SyntaxError {
  return new SyntaxError(`Cannot parse "${name}${line > 0 ? `:${line}` : ""}": ${what}`);
}

const newline = 10;
const carriageReturn = 13;
const space = 32;
const tab = 9;
const comma = 44;
const minus = 45;
const point = 46;
const zero = 48;
const nine = 57;

/** Powers of ten that a double holds exactly: dividing an exact integer by one of them rounds only once. */
const powersOfTen = Float64Array.from({ length: 19 }, (_, i) => Number(`1e${i}`));

/**
 * Reads the first `names.length` columns of comma or blank separated lines.
 *
 * @param names of the columns, for messages.
 * @param minimum columns that every line must have.
 * @throws {SyntaxError} too few columns, or a column among the first that is no finite number.
 */
export function readColumns(
  text: string | Uint8Array,
  name: string,
  names: readonly string[],
  minimum: number,
): Columns {
  const bytes = bytesOf(text);
  const end = bytes.length;
  const width = names.length;
  // As many lines as there are if the others are as long as the first.
  let lines = new Int32Array(Math.ceil((end / Math.max(bytes.indexOf(newline), 16)) * 1.1) + 16);
  let values = new Float64Array(width * lines.length);
  let count = 0;
  let line = 1;
  let at = end > 2 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  for (; at < end; line++) {
    at = skipBlanks(bytes, at, end);
    if (count === lines.length) {
      lines = grown(lines);
      values = grown(values);
    }
    let column = 0;
    while (column < width && at < end && bytes[at] !== newline && bytes[at] !== carriageReturn) {
      // Up to 18 digits; whatever else there is goes to the general conversion.
      const start = at;
      let sign = 1;
      if (bytes[at] === minus) {
        sign = -1;
        at++;
      }
      const first = at;
      let whole = 0;
      let decimals = 0;
      let code = at < end ? bytes[at] : newline;
      while (code >= zero && code <= nine) {
        whole = whole * 10 + (code - zero);
        code = ++at < end ? bytes[at] : newline;
      }
      let digits = at - first;
      if (code === point) {
        const afterPoint = ++at;
        code = at < end ? bytes[at] : newline;
        while (code >= zero && code <= nine) {
          whole = whole * 10 + (code - zero);
          code = ++at < end ? bytes[at] : newline;
        }
        decimals = at - afterPoint;
        digits += decimals;
      }
      let value = Number.NaN;
      if (digits > 0 && digits <= 18 && (code === comma || isSeparator(code))) {
        value = whole;
        if (whole > Number.MAX_SAFE_INTEGER) value = longDecimal(bytes, first, at, digits, decimals);
        else if (decimals > 0) value /= powersOfTen[decimals];
        value *= sign;
      }
      if (Number.isNaN(value)) {
        while (at < end && !isSeparator(bytes[at])) at++;
        const field = latin1(bytes, start, at);
        value = Number(field);
        if (!Number.isFinite(value) || !/^[-+.\de]+$/i.test(field)) {
          throw syntaxError(
            name,
            line,
            `expected a finite number in column ${column + 1} (${names[column]}), got "${field}"`,
          );
        }
      }
      values[count * width + column++] = value;
      at = skipBlanks(bytes, at, end);
      if (at < end && bytes[at] === comma) at = skipBlanks(bytes, at + 1, end);
    }
    if (column > 0) {
      if (column < minimum) {
        throw syntaxError(name, line, `expected at least ${minimum} columns, got ${column}`);
      }
      for (; column < width; column++) values[count * width + column] = Number.NaN;
      lines[count++] = line;
    }
    while (at < end && bytes[at] !== newline) at++;
    at++;
  }
  return { count, values: values.subarray(0, count * width), lines: lines.subarray(0, count) };
}

function grown<T extends Int32Array | Float64Array>(from: T): T {
  const to = new (from.constructor as new (length: number) => T)(2 * from.length);
  to.set(from);
  return to;
}

function skipBlanks(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && (bytes[at] === space || bytes[at] === tab)) at++;
  return at;
}

function isSeparator(code: number): boolean {
  return code === comma || code === newline || code === carriageReturn || code === space || code === tab;
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString("latin1");
}
