/**
 * Numbers out of text, straight from the bytes: splitting the lines of a benchmark into strings costs more
 * than all metrics together.
 */

/** A field that is not a finite number is refused with the name of its column. */
export type ColumnNames = readonly string[];

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

/** `Cannot parse "name:line": what` */
export function syntaxError(name: string, line: number, what: string): SyntaxError {
  return new SyntaxError(`Cannot parse "${name}:${line}": ${what}`);
}

const newline = 10;
const carriageReturn = 13;
const space = 32;
const tab = 9;
const comma = 44;
const zero = 48;

/** Powers of ten that a double holds exactly: dividing an exact integer by one of them rounds only once. */
const powersOfTen = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

/**
 * Reads the first `names.length` columns of comma or blank separated lines.
 *
 * @param minimum columns that every line must have.
 * @throws {SyntaxError} too few columns, or a column among the first that is no finite number.
 */
export function readColumns(
  text: string | Uint8Array,
  name: string,
  names: ColumnNames,
  minimum: number,
): Columns {
  const bytes = bytesOf(text);
  const end = bytes.length;
  const width = names.length;
  let values = new Float64Array(width * (Math.ceil(end / 32) + 4));
  let lines = new Int32Array(values.length / width);
  let count = 0;
  let line = 1;
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  for (; at < end; line++) {
    at = skipBlanks(bytes, at, end);
    if (isLineEnd(bytes[at])) {
      at = nextLine(bytes, at, end);
      continue;
    }
    if (count === lines.length) {
      const more = new Float64Array(values.length * 2);
      more.set(values);
      values = more;
      const moreLines = new Int32Array(lines.length * 2);
      moreLines.set(lines);
      lines = moreLines;
    }
    let column = 0;
    for (; column < width && at < end && !isLineEnd(bytes[at]); column++) {
      // A decimal number of up to 15 digits; whatever else there is goes to the general conversion.
      const start = at;
      const negative = bytes[at] === 45;
      if (negative) at++;
      const first = at;
      let mantissa = 0;
      let code = bytes[at];
      while (code >= zero && code <= 57) {
        mantissa = mantissa * 10 + (code - zero);
        code = bytes[++at];
      }
      let digits = at - first;
      let decimals = 0;
      if (code === 46) {
        const point = at;
        code = bytes[++at];
        while (code >= zero && code <= 57) {
          mantissa = mantissa * 10 + (code - zero);
          code = bytes[++at];
        }
        decimals = at - point - 1;
        digits += decimals;
      }
      let value = negative ? -mantissa : mantissa;
      if (decimals > 0) value /= powersOfTen[decimals];
      const isSimple = digits > 0 && digits <= 22 && mantissa <= Number.MAX_SAFE_INTEGER;
      if (!isSimple || !(at >= end || isSeparator(code))) {
        while (at < end && !isSeparator(bytes[at])) at++;
        const field = latin1(bytes, start, at);
        value = field === "" ? Number.NaN : Number(field);
        if (!Number.isFinite(value)) {
          throw syntaxError(
            name,
            line,
            `expected a finite number in column ${column + 1} (${names[column]}), got "${field}"`,
          );
        }
      }
      values[count * width + column] = value;
      at = skipBlanks(bytes, at, end);
      if (bytes[at] === comma) at = skipBlanks(bytes, at + 1, end);
    }
    if (column < minimum) {
      throw syntaxError(name, line, `expected at least ${minimum} columns, got ${column}`);
    }
    for (; column < width; column++) values[count * width + column] = Number.NaN;
    lines[count++] = line;
    at = nextLine(bytes, at, end);
  }
  return { count, values: values.subarray(0, count * width), lines: lines.subarray(0, count) };
}

function skipBlanks(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && (bytes[at] === space || bytes[at] === tab)) at++;
  return at;
}

function nextLine(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && bytes[at] !== newline) at++;
  return at + 1;
}

function isLineEnd(code: number | undefined): boolean {
  return code === newline || code === carriageReturn || code === undefined;
}

function isSeparator(code: number): boolean {
  return code === comma || code === newline || code === carriageReturn || code === space || code === tab;
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  let text = "";
  for (let i = from; i < to && i < from + 40; i++) text += String.fromCharCode(bytes[i]);
  return text;
}
