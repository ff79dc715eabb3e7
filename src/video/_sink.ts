import { Writable } from "node:stream";

/** What cuts the bytes, and who gets the pictures. */
export interface SinkOptions {
  /** Takes one picture. */
  readonly onPicture: (bytes: ArrayBuffer) => void;
  /** True while no further picture should be made. */
  readonly isFull: () => boolean;
}

/**
 * Cuts the raw bytes of ffmpeg's stdout into pictures of one size, in memory that comes back (`giveBack`).
 * Waits while the size is unknown or the reader is full; that is the backpressure which ends in ffmpeg.
 */
export class PictureSink extends Writable {
  readonly #options: SinkOptions;
  readonly #spare: ArrayBuffer[] = [];
  #size: number | undefined;
  #current: Uint8Array<ArrayBuffer> | undefined;
  #filled = 0;
  #held: { chunk: Uint8Array; callback: () => void } | undefined;
  #discarding = false;

  constructor(options: SinkOptions) {
    // `emitClose: false`: fluent-ffmpeg kills the process 20 ms after its output says "close", done or not.
    // The mark stands above one read of a pipe (64 KB), or every read would stop and start it.
    super({ emitClose: false, autoDestroy: false, highWaterMark: 1 << 20 });
    this.#options = options;
  }

  /** Sets the number of bytes of one picture, once, as soon as it is known. */
  setSize(size: number): void {
    this.#size = size;
    this.resumeCutting();
  }

  /** To be called when there is room again. */
  resumeCutting(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    this.#cut(held.chunk, held.callback);
  }

  /** Takes memory back for the next picture; memory of another size (or handed over elsewhere) is ignored. */
  giveBack(bytes: ArrayBuffer): void {
    if (bytes.byteLength === this.#size && this.#spare.length < 4) this.#spare.push(bytes);
  }

  /** From here on everything is thrown away, so that whoever writes comes to its end. */
  discard(): void {
    this.#discarding = true;
    this.#current = undefined;
    this.#spare.length = 0;
    this.resumeCutting();
  }

  /** Bytes of a picture that was begun and never finished. */
  get unfinished(): number {
    return this.#filled;
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, callback: () => void): void {
    this.#cut(chunk, callback);
  }

  #cut(chunk: Uint8Array, callback: () => void): void {
    let offset = 0;
    while (offset < chunk.length && !this.#discarding) {
      const size = this.#size;
      if (size === undefined || (this.#filled === 0 && this.#options.isFull())) {
        this.#held = { chunk: chunk.subarray(offset), callback };
        return;
      }
      this.#current ??= new Uint8Array(this.#spare.pop() ?? new ArrayBuffer(size));
      const part = chunk.subarray(offset, offset + size - this.#filled);
      this.#current.set(part, this.#filled);
      this.#filled += part.length;
      offset += part.length;
      if (this.#filled === size) {
        const { buffer } = this.#current;
        this.#current = undefined;
        this.#filled = 0;
        this.#options.onPicture(buffer);
      }
    }
    callback();
  }
}
