import type { Frame } from "../types.js";

const nothing = new Uint8Array(0);

/** Bytes of three planes, of which the last two have half the rows and columns, rounded up. */
export const planarBytes = (width: number, height: number): number =>
  width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);

/** A frame whose memory goes back to where it came from. */
export class PixelFrame implements Frame {
  readonly index: number;
  readonly time: number;
  readonly width: number;
  readonly height: number;
  data: Uint8Array<ArrayBuffer>;
  #giveBack: ((bytes: ArrayBuffer) => void) | undefined;

  constructor(
    at: { readonly index: number; readonly time: number; readonly width: number; readonly height: number },
    bytes?: ArrayBuffer,
    giveBack?: (bytes: ArrayBuffer) => void,
  ) {
    this.index = at.index;
    this.time = at.time;
    this.width = at.width;
    this.height = at.height;
    this.data = bytes === undefined ? nothing : new Uint8Array(bytes);
    this.#giveBack = giveBack;
  }

  /** `data` is empty afterwards. What is given back is what `data` holds then: it may have travelled. */
  release(): void {
    const giveBack = this.#giveBack;
    this.#giveBack = undefined;
    const { buffer } = this.data;
    this.data = nothing;
    giveBack?.(buffer);
  }
}
