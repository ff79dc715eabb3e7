/**
 * The bytes of an ONNX file by the wire format (protobuf): a file of any size costs a window of it, and what is kept has a
 * limit. Nothing that the file claims is believed before its bytes are there.
 */
import type { ModelError } from "../../errors.js";
import { complaint } from "./_graph.js";

/** Bytes somewhere, such as an open file. */
export interface ByteSource {
  readonly size: number;
  /** Fills `target` from `position` on; returns how many bytes there were. */
  read(target: Uint8Array, position: number): number;
}

// Wire types (https://protobuf.dev/programming-guides/encoding).
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

const WINDOW = 1 << 16;
/** What is kept of a file, in bytes, an object counted as 100: a graph of 200,000 nodes stays below. */
const BUDGET = 100e6;
/** Names and paths; anything longer is not one. */
export const MAX_TEXT = 4096;
const DECODER = new TextDecoder();

/** Called for every field: its number, its wire type, and where it ends (bytes only). */
type OnField = (field: number, wire: number, end: number) => void;

/** Reads one value after the other, each up to an end that it is given. */
export class Wire {
  readonly #source: ByteSource;
  readonly #name: string;
  readonly #window: Uint8Array;
  readonly #view: DataView;
  #windowStart = 0;
  #windowEnd = 0;
  #left = BUDGET;
  /** Where the next value begins. */
  position = 0;

  /** `name` is what errors call the file. */
  constructor(source: ByteSource, name: string) {
    this.#source = source;
    this.#name = name;
    this.#window = new Uint8Array(Math.max(1, Math.min(WINDOW, source.size)));
    this.#view = new DataView(this.#window.buffer);
  }

  /** Tells `onField` of each field up to `end`; it must read the field, or skip it. */
  message(end: number, onField: OnField): void {
    while (this.position < end) {
      const tag = this.#varint(end);
      const field = Math.floor(tag / 8);
      const wire = tag % 8;
      if (field === 0 || field > 2 ** 29) throw this.malformed();
      let stop = end;
      if (wire === BYTES) {
        const length = this.#varint(end);
        stop = this.position + length;
        // The graph is by far the largest part: a file that was cut off was cut off inside it.
        if (stop > end && field === 7 && end === this.#source.size)
          throw this.error(`it ends early: expected at least ${stop} bytes, got ${end}`);
        if (stop > end) throw this.malformed();
      }
      onField(field, wire, stop);
      if (wire === BYTES && this.position !== stop) throw this.malformed();
    }
  }

  /** Goes on behind a field. */
  skip(wire: number, end: number): void {
    if (wire === VARINT) this.#varint(end);
    else if (wire === FIXED64) this.position += 8;
    else if (wire === FIXED32) this.position += 4;
    else if (wire === BYTES) this.position = end;
    else throw this.malformed();
    if (this.position > end) throw this.malformed();
  }

  /** Inexact beyond 2^53: a length that long is refused, a number that large is "without end". */
  #varint(end: number): number {
    let value = 0;
    for (let scale = 1, i = 0; i < 10; i++, scale *= 128) {
      const byte = this.byte(end);
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw this.malformed();
  }

  /** A signed 64-bit number; small negative ones are exact. */
  integer(end: number): number {
    let low = 0;
    let high = 0;
    for (let i = 0; i < 10; i++) {
      const byte = this.byte(end);
      if (i < 7) low += (byte & 127) * 2 ** (7 * i);
      else high += (byte & 127) * 2 ** (7 * (i - 7));
      if (byte < 128) {
        const top = high % 2 ** 15;
        // Two's complement: with the top bit set, 2^64 is taken off, the large parts first.
        return top >= 2 ** 14 ? low + (top - 2 ** 15) * 2 ** 49 : low + top * 2 ** 49;
      }
    }
    throw this.malformed();
  }

  float(end: number): number {
    return this.fixed(4, end).getFloat32(0, true);
  }

  /** So many bytes, to be looked at before the next value is read. */
  fixed(bytes: number, end: number): DataView {
    if (this.position + bytes > end) throw this.malformed();
    if (this.position < this.#windowStart || this.position + bytes > this.#windowEnd) this.#fill();
    const at = this.position - this.#windowStart;
    if (at + bytes > this.#windowEnd - this.#windowStart) throw this.malformed();
    this.position += bytes;
    return new DataView(this.#view.buffer, at, bytes);
  }

  text(end: number): string {
    const length = end - this.position;
    if (length > MAX_TEXT) throw this.malformed();
    this.keep(2 * length + 16);
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.byte(end);
    return DECODER.decode(bytes);
  }

  byte(end: number): number {
    if (this.position >= end) throw this.malformed();
    if (this.position < this.#windowStart || this.position >= this.#windowEnd) this.#fill();
    if (this.position >= this.#windowEnd) throw this.malformed();
    return this.#window[this.position++ - this.#windowStart]!;
  }

  #fill(): void {
    this.#windowStart = this.position;
    this.#windowEnd = this.position + this.#source.read(this.#window, this.position);
  }

  /** Counts what is kept in memory of the file. */
  keep(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0)
      throw this.error(
        `its graph takes more than ${BUDGET / 1e6} MB without its weights, which no network does`,
      );
  }

  malformed(): ModelError {
    return this.error("it is not an ONNX model, or its bytes are damaged");
  }

  error(why: string): ModelError {
    return complaint(this.#name, why);
  }

  /** One more number, or a packed list of them, after those that are there. */
  numbers(
    before: readonly number[] | undefined,
    wire: number,
    single: number,
    end: number,
  ): readonly number[] {
    const list = (before ?? []) as number[];
    const values = list.length === 0 ? [] : list;
    const one = (stop: number): number => {
      this.keep(8);
      if (single === VARINT) return this.integer(stop);
      return single === FIXED32 ? this.float(stop) : this.fixed(8, stop).getFloat64(0, true);
    };
    if (wire === single) values.push(one(this.#source.size));
    else if (wire === BYTES) while (this.position < end) values.push(one(end));
    else throw this.malformed();
    return values;
  }
}
