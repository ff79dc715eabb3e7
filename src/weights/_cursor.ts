/** Reading forward through bytes. */
import { type Bytes, Malformed } from "./_bytes.js";

/** The longest text: far beyond any name. */
const MAX_TEXT = 1 << 20;
const WINDOW = 64 * 1024;

/** Reads forward through bytes, a window at a time. */
export class Cursor {
  #window = Buffer.alloc(0);
  #start: number;
  #at = 0;

  constructor(
    readonly bytes: Bytes,
    start = 0,
    readonly end = bytes.size,
  ) {
    this.#start = start;
  }

  get position(): number {
    return this.#start + this.#at;
  }

  /** The next `length` bytes, valid until the next call. */
  take(length: number): Buffer {
    if (this.#at + length > this.#window.length) {
      const from = this.position;
      if (from + length > this.end)
        throw new Malformed(`it ends early: expected more after byte ${this.end}`);
      const size = Math.min(Math.max(length, WINDOW), this.end - from);
      this.#window = Buffer.from(this.bytes.read(from, size).buffer);
      this.#start = from;
      this.#at = 0;
    }
    this.#at += length;
    return this.#window.subarray(this.#at - length, this.#at);
  }

  byte(): number {
    return this.take(1)[0]!;
  }

  /** A length of so many bytes; absurd ones are found when they are read. */
  length(bytes: 1 | 2 | 4 | 8): number {
    const b = this.take(bytes);
    return bytes === 8 ? Number(b.readBigUInt64LE()) : b.readUIntLE(0, bytes);
  }

  text(length: number): string {
    if (length > MAX_TEXT) throw new Malformed(`its pickle holds a text of ${length} bytes`);
    return this.take(length).toString("utf8");
  }

  line(): string {
    let text = "";
    for (let c = this.byte(); c !== 10; c = this.byte()) {
      text += String.fromCharCode(c);
      if (text.length > 1000) throw new Malformed("its pickle is damaged");
    }
    return text;
  }
}
