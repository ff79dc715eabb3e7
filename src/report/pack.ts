/**
 * A run as few bytes: the facts as JSON, then each column as variable-length differences, which gzip presses well.
 *
 * Boxes are told as differences to the identity's last box, times in microseconds as differences of differences.
 */
import type { Run, RunFacts } from "./run.js";

const MAGIC = "TLR1";

/** Scores have four decimals, as in tracks files. */
const SCORES = 1e4;

/**
 * Packs a run.
 *
 * @example
 * const bytes = gzipSync(pack(run));
 */
export function pack(run: Run): Uint8Array<ArrayBuffer> {
  const { index, time, start, id, box, score, class: classes, flags, joined, ...facts } = run;
  const out = new Writer();
  for (const letter of MAGIC) out.byte(letter.charCodeAt(0));
  const text = new TextEncoder().encode(JSON.stringify(facts satisfies RunFacts));
  out.number(text.length);
  out.bytes(text);
  out.number(index.length);
  out.number(id.length);
  out.differences(index);
  let [last, lastStep] = [0, 0];
  for (const seconds of time) {
    const now = Math.round(seconds * 1e6);
    out.number(now - last - lastStep);
    lastStep = now - last;
    last = now;
  }
  for (let at = 0; at < index.length; at++) out.number(start[at + 1]! - start[at]!);
  out.differences(id);
  const before = new Map<number, number>();
  for (let row = 0; row < id.length; row++) {
    const old = before.get(id[row]!);
    for (let side = 0; side < 4; side++)
      out.number(box[row * 4 + side]! - (old === undefined ? 0 : box[old * 4 + side]!));
    before.set(id[row]!, row);
  }
  for (const value of score) out.number(Math.round(value * SCORES));
  out.differences(classes);
  out.bytes(flags);
  out.differences(joined);
  return out.end();
}

/**
 * Reads what `pack` wrote.
 *
 * @throws {RangeError} where it is something else, or damaged.
 */
export function unpack(bytes: Uint8Array): Run {
  const input = new Reader(bytes);
  for (const letter of MAGIC) if (input.byte() !== letter.charCodeAt(0)) throw damaged();
  const facts = JSON.parse(new TextDecoder().decode(input.bytes(input.count()))) as RunFacts;
  const frames = input.count();
  const rows = input.count();
  const index = input.differences(new Int32Array(frames));
  const time = new Float64Array(frames);
  let [last, step] = [0, 0];
  for (let at = 0; at < frames; at++) {
    step += input.number();
    last += step;
    time[at] = last / 1e6;
  }
  const start = new Int32Array(frames + 1);
  for (let at = 0; at < frames; at++) start[at + 1] = start[at]! + input.count();
  if (start[frames] !== rows) throw damaged();
  const id = input.differences(new Float64Array(rows));
  const box = new Int32Array(rows * 4);
  const before = new Map<number, number>();
  for (let row = 0; row < rows; row++) {
    const old = before.get(id[row]!);
    for (let side = 0; side < 4; side++)
      box[row * 4 + side] = input.number() + (old === undefined ? 0 : box[old * 4 + side]!);
    before.set(id[row]!, row);
  }
  const score = Float32Array.from({ length: rows }, () => input.number() / SCORES);
  const classes = input.differences(new Int32Array(rows));
  const flags = input.bytes(rows).slice();
  const joined = input.differences(new Float64Array(rows));
  return { ...facts, index, time, start, id, box, score, class: classes, flags, joined };
}

const damaged = (): RangeError =>
  new RangeError("The tracks in this page are damaged: make the report again");

/** Seven bits a byte, the sign in the lowest bit of the number. */
class Writer {
  #data = new Uint8Array(1 << 16);
  #length = 0;

  byte(value: number): void {
    this.#reserve(1);
    this.#data[this.#length++] = value;
  }

  bytes(values: Uint8Array): void {
    this.#reserve(values.length);
    this.#data.set(values, this.#length);
    this.#length += values.length;
  }

  number(value: number): void {
    this.#reserve(8);
    // Beyond 32 bits, where times in microseconds are; so no bit operators.
    let rest = value < 0 ? -2 * value - 1 : 2 * value;
    while (rest >= 128) {
      this.#data[this.#length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#data[this.#length++] = rest;
  }

  differences(values: Int32Array | Float64Array): void {
    let last = 0;
    for (const value of values) {
      this.number(value - last);
      last = value;
    }
  }

  end(): Uint8Array<ArrayBuffer> {
    return this.#data.slice(0, this.#length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#data.length) return;
    const larger = new Uint8Array(Math.max(this.#data.length * 2, this.#length + more));
    larger.set(this.#data);
    this.#data = larger;
  }
}

class Reader {
  readonly #data: Uint8Array;
  #at = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  byte(): number {
    if (this.#at >= this.#data.length) throw damaged();
    return this.#data[this.#at++]!;
  }

  bytes(length: number): Uint8Array {
    if (length > this.#data.length - this.#at) throw damaged();
    this.#at += length;
    return this.#data.subarray(this.#at - length, this.#at);
  }

  number(): number {
    let [value, unit] = [0, 1];
    for (;;) {
      const next = this.byte();
      value += (next & 127) * unit;
      if (next < 128) break;
      unit *= 128;
      if (unit > Number.MAX_SAFE_INTEGER) throw damaged();
    }
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }

  /** A length: no more than there are bytes left for it. */
  count(): number {
    const value = this.number();
    if (value < 0 || value > this.#data.length) throw damaged();
    return value;
  }

  differences<Column extends Int32Array | Float64Array>(values: Column): Column {
    let last = 0;
    for (let at = 0; at < values.length; at++) {
      last += this.number();
      values[at] = last;
    }
    return values;
  }
}
