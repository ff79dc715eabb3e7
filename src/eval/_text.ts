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
  return new SyntaxError(`Cannot parse ${JSON.stringify(line > 0 ? `${name}:${line}` : name)}: ${what}`);
}

/** A value out of a file, fit for one line of an error message. */
export function quote(value: string): string {
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
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
  const reader = new LineReader(bytesOf(text), name, names, minimum);
  while (reader.next());
  return reader.columns();
}

/** One call per line: a function that is called often is compiled well and early, one long loop is not. */
class LineReader {
  readonly #bytes: Uint8Array;
  readonly #name: string;
  readonly #names: readonly string[];
  readonly #minimum: number;
  #values: Float64Array;
  #lines: Int32Array;
  #count = 0;
  #line = 1;
  #at = 0;

  constructor(bytes: Uint8Array, name: string, names: readonly string[], minimum: number) {
    this.#bytes = bytes;
    this.#name = name;
    this.#names = names;
    this.#minimum = minimum;
    // As many lines as there are if the others are as long as the first.
    this.#lines = new Int32Array(Math.ceil((bytes.length / Math.max(bytes.indexOf(newline), 16)) * 1.1) + 16);
    this.#values = new Float64Array(names.length * this.#lines.length);
    const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    if (hasMark) this.#at = 3;
  }

  columns(): Columns {
    const count = this.#count;
    return {
      count,
      values: this.#values.subarray(0, count * this.#names.length),
      lines: this.#lines.subarray(0, count),
    };
  }

  /** Reads a line. @returns whether there was one */
  next(): boolean {
    const bytes = this.#bytes;
    const end = bytes.length;
    let at = this.#at;
    if (at >= end) return false;
    if (this.#count === this.#lines.length) {
      this.#lines = grown(this.#lines);
      this.#values = grown(this.#values);
    }
    const values = this.#values;
    const width = this.#names.length;
    const row = this.#count * width;
    let column = 0;
    if (isBlank(bytes[at])) at = skipBlanks(bytes, at, end);
    let code = at < end ? bytes[at] : newline;
    while (column < width && code !== newline && code !== carriageReturn) {
      // Up to 18 digits; whatever else there is goes to the general conversion.
      const start = at;
      if (code === minus) code = ++at < end ? bytes[at] : newline;
      const first = at;
      // Nine digits fit a small integer, which is multiplied faster than a double.
      let whole = 0;
      while (code >= zero && code <= nine) {
        whole = (Math.imul(whole, 10) + code - zero) | 0;
        code = ++at < end ? bytes[at] : newline;
      }
      let digits = at - first;
      let value = digits <= 9 ? whole : Number.NaN;
      if (code === point) {
        const afterPoint = ++at;
        code = at < end ? bytes[at] : newline;
        while (code >= zero && code <= nine) {
          value = value * 10 + (code - zero);
          code = ++at < end ? bytes[at] : newline;
        }
        const decimals = at - afterPoint;
        digits += decimals;
        if (value <= Number.MAX_SAFE_INTEGER) value /= powersOfTen[decimals];
        else value = digits <= 18 ? longDecimal(bytes, first, at, digits, decimals) : Number.NaN;
      }
      if (digits > 0 && !Number.isNaN(value) && (code === comma || isSeparator(code))) {
        values[row + column] = start === first ? value : -value;
      } else {
        while (at < end && !isSeparator(bytes[at])) at++;
        values[row + column] = this.#unusual(start, at, column);
        code = at < end ? bytes[at] : newline;
      }
      column++;
      if (isBlank(code)) {
        at = skipBlanks(bytes, at, end);
        code = at < end ? bytes[at] : newline;
      }
      if (code === comma) {
        code = ++at < end ? bytes[at] : newline;
        if (isBlank(code)) {
          at = skipBlanks(bytes, at, end);
          code = at < end ? bytes[at] : newline;
        }
      }
    }
    while (at < end && bytes[at] !== newline) at++;
    this.#at = at + 1;
    if (column > 0) {
      if (column < width) this.#fill(row, column);
      this.#lines[this.#count++] = this.#line;
    }
    this.#line++;
    return true;
  }

  /** A number that is none of the usual ones, such as 1e-5 or one of 20 digits. */
  #unusual(from: number, to: number, column: number): number {
    const field = latin1(this.#bytes, from, to);
    const value = Number(field);
    if (Number.isFinite(value) && /^[-+.\de]+$/i.test(field)) return value;
    throw syntaxError(
      this.#name,
      this.#line,
      `expected a finite number in column ${column + 1} (${this.#names[column]}), got ${quote(field)}`,
    );
  }

  /** Marks the columns that a line does not have. */
  #fill(row: number, column: number): void {
    if (column < this.#minimum) {
      throw syntaxError(this.#name, this.#line, `expected at least ${this.#minimum} columns, got ${column}`);
    }
    this.#values.fill(Number.NaN, row + column, row + this.#names.length);
  }
}

function grown<T extends Int32Array | Float64Array>(from: T): T {
  const to = new (from.constructor as new (length: number) => T)(2 * from.length);
  to.set(from);
  return to;
}

function skipBlanks(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && isBlank(bytes[at])) at++;
  return at;
}

function isBlank(code: number): boolean {
  return code === space || code === tab;
}

function isSeparator(code: number): boolean {
  return code === comma || code === newline || code === carriageReturn || isBlank(code);
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString("latin1");
}
