/** Small grey copies of frames, and pyramids of them. */
import type { Frame } from "../types.js";

/** A grey picture; a byte a pixel, row-major. */
export interface Grey {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A grey picture of a frame, and how to get from its pixels to the frame's. */
export interface Shrunk extends Grey {
  /** Source pixels to one of its own, along each side. */
  readonly factor: number;
}

/** The long side is at most this: more tells no more about the camera. */
const longSide = 480;

/** From one sample of a block to the next, in source pixels. */
const offset = (factor: number): number => (factor === 1 ? 0 : Math.ceil(factor / 2));

/** Where the middle of the first pixel of a shrunk picture lies, in source pixels from the edge. */
export const middle = (factor: number): number => (offset(factor) + 1) / 2;

/** Copies a frame; undefined where it has no picture, or too small a one. */
export function shrink({ width: w, height: h, data: rgb }: Frame): Shrunk | undefined {
  const factor = Math.ceil(Math.max(w, h) / longSide);
  const width = Math.floor(w / factor);
  const height = Math.floor(h / factor);
  if (rgb.length !== w * h * 3 || width * height === 0) return undefined;
  const data = new Uint8Array(width * height);
  // Green is the nearest to luminance, and four samples of it are as good as all: half a block apart, what would come
  // out as a false pattern cancels.
  const right = 3 * offset(factor);
  const down = w * right;
  for (let y = 0, to = 0; y < height; y++) {
    let at = 3 * w * factor * y + 1;
    for (let x = 0; x < width; x++, at += 3 * factor)
      data[to++] = (rgb[at] + rgb[at + right] + rgb[at + down] + rgb[at + down + right] + 2) >> 2;
  }
  return { width, height, data, factor };
}

/** Half of a picture's size: the mean of each two by two pixels. */
export function half({ width: w, height: h, data: from }: Grey): Grey {
  const width = w >> 1;
  const height = h >> 1;
  const data = new Uint8Array(width * height);
  for (let y = 0, to = 0; y < height; y++) {
    let at = 2 * y * w;
    for (let x = 0; x < width; x++, at += 2)
      data[to++] = (from[at] + from[at + 1] + from[at + w] + from[at + w + 1] + 2) >> 2;
  }
  return { width, height, data };
}

/** A picture and its halves, made when they are asked for. */
export class Pyramid {
  readonly #levels: Grey[];

  constructor(picture: Grey) {
    this.#levels = [picture];
  }

  level(n: number): Grey {
    while (this.#levels.length <= n) this.#levels.push(half(this.#levels.at(-1)!));
    return this.#levels[n];
  }
}
