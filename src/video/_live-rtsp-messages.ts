/** Who gets what was cut out of the bytes. */
export interface MessageHandlers {
  /** A whole request or answer with its body, one character per byte. */
  readonly onText: (text: string) => void;
  /** Interleaved packets, with their heads. */
  readonly onData: (data: Uint8Array) => void;
  /** What came is no RTSP. */
  readonly onFault: () => void;
}

/** No honest head or body is longer; a packet's length has two bytes. */
const LONGEST = 1 << 17;

/** Cuts a stream of RTSP into its messages and its interleaved packets (RFC 2326, 10.12). */
export class RtspMessages {
  readonly #handlers: MessageHandlers;
  #rest: Buffer = Buffer.alloc(0);
  #broken = false;

  constructor(handlers: MessageHandlers) {
    this.#handlers = handlers;
  }

  push(bytes: Uint8Array): void {
    if (this.#broken) return;
    this.#rest = this.#rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#rest, bytes]);
    let at = 0;
    // Packets in a row are passed on in one piece.
    let data = 0;
    const flush = () => {
      if (at > data) this.#handlers.onData(this.#rest.subarray(data, at));
    };
    while (at < this.#rest.length) {
      if (this.#rest[at] === 0x24) {
        const end = at + 4 <= this.#rest.length ? at + 4 + this.#rest.readUInt16BE(at + 2) : Infinity;
        if (end > this.#rest.length) break;
        at = end;
        continue;
      }
      const length = this.#lengthOfText(at);
      if (length === undefined) break;
      flush();
      this.#handlers.onText(this.#rest.toString("latin1", at, at + length));
      at += length;
      data = at;
    }
    flush();
    this.#rest = this.#rest.subarray(at);
    if (this.#rest.length > LONGEST && this.#rest[0] !== 0x24) {
      this.#broken = true;
      this.#handlers.onFault();
    }
  }

  /** @returns undefined where its end has not come yet */
  #lengthOfText(at: number): number | undefined {
    const head = this.#rest.indexOf("\r\n\r\n", at, "latin1");
    if (head === -1) return undefined;
    const length = /^Content-Length:\s*(\d{1,6})\s*$/im.exec(
      this.#rest.toString("latin1", at, head + 2),
    )?.[1];
    const end = head + 4 + Number(length ?? 0);
    return end <= this.#rest.length ? end - at : undefined;
  }
}
