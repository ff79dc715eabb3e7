/**
 * Numbers out of text, straight from the bytes: splitting the lines of a benchmark into strings costs more
 * than all metrics together.
 */
import { longDecimal, powersOfTen } from "./_decimal.js";
import { digitsIn, noDigits, numberOf } from "./_digits.js";
import { bytesOf, quote, syntaxError } from "./_text.js";

/** The first columns of every line that is not blank. */
export interface Columns {
  readonly count: number;
  /** `count * width` numbers, row-major; columns that a line does not have are NaN. */
  readonly values: Float64Array;
  /** Line of each row, from 1. */
  readonly lines: Int32Array;
}

const newline = 10;
const carriageReturn = 13;
const space = 32;
const tab = 9;
const comma = 44;
const minus = 45;
const point = 46;

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
  readonly #view: DataView;
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
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
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
    const view = this.#view;
    const end = bytes.length;
    const last = end - 4;
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
    while (column < width) {
      // Four characters at a time: a loop over single digits ends where no processor foresees it.
      let word = at <= last ? view.getInt32(at, true) : this.#wordAt(at) | 0;
      let size = digitsIn(word);
      let code = size < 4 ? (word >>> (size << 3)) & 255 : at < last ? bytes[at + 4] : newline;
      const whole = numberOf(word, size);
      // Most fields are up to four digits, a point and up to three more, or without a point.
      if (size > 0 && code === comma) {
        values[row + column++] = whole;
        at += size + 1;
        continue;
      }
      const start = at;
      let value = 0;
      let decimalsFrom = 0;
      let tailFrom = end;
      if (size > 0 && code === point && at + size < last) {
        const decimals = view.getInt32(at + size + 1, true);
        const count = digitsIn(decimals);
        const scale = powersOfTen[count];
        const all = whole * scale + numberOf(decimals, count);
        if (((decimals >>> (count << 3)) & 255) === comma) {
          values[row + column++] = all / scale;
          at += size + count + 2;
          continue;
        }
        if (count === 4) {
          value = all;
          decimalsFrom = at + size + 1;
          tailFrom = decimalsFrom + 8;
          at = decimalsFrom + 4;
        }
      }
      if (code === minus && size === 0) at++;
      const first = decimalsFrom > 0 ? start : at;
      // From the ninth decimal on apart: together they may be more than a double holds.
      let tail = 0;
      for (;;) {
        word = at <= last ? view.getInt32(at, true) : this.#wordAt(at) | 0;
        size = digitsIn(word);
        const next = numberOf(word, size);
        if (at < tailFrom) value = value * powersOfTen[size] + next;
        else tail = tail * powersOfTen[size] + next;
        at += size;
        if (size === 4) continue;
        code = (word >>> (size << 3)) & 255;
        if (code !== point || decimalsFrom > 0 || at === first) break;
        decimalsFrom = ++at;
        tailFrom = at + 8;
      }
      let digits = at - first;
      if (decimalsFrom > 0) {
        const tailDigits = at > tailFrom ? at - tailFrom : 0;
        digits--;
        if (digits <= 15) value = (value * powersOfTen[tailDigits] + tail) / powersOfTen[at - decimalsFrom];
        else value = +longDecimal(value, tail, digits, tailDigits, at - decimalsFrom);
      } else if (digits > 15) value = Number.NaN;
      if (digits === 0 || Number.isNaN(value) || (code !== comma && !isSeparator(code))) {
        at = start;
        code = at < end ? bytes[at] : newline;
        if (isBlank(code)) {
          at = skipBlanks(bytes, at, end);
          continue;
        }
        if (code === newline || code === carriageReturn) break;
        while (at < end && !isSeparator(bytes[at])) at++;
        values[row + column] = this.#unusual(start, at, column);
        column++;
        code = at < end ? bytes[at] : newline;
      } else values[row + column++] = start === first ? value : -value;
      if (code === comma) at++;
      else if (isBlank(code)) {
        at = skipBlanks(bytes, at, end);
        if (at < end && bytes[at] === comma) at++;
      } else break;
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

  /** The word at the end of the text. */
  #wordAt(at: number): number {
    let word = noDigits;
    for (let i = this.#bytes.length - 1; i >= at; i--) word = (word << 8) | this.#bytes[i];
    return word;
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

/**
 * Never used, and kept: when no object of a class is left the collector takes its layout, and with that all code that
 * was compiled for it, in the middle of the work.
 */
export const kept: unknown = new LineReader(new Uint8Array(0), "", [], 0);

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
