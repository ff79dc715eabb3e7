/**
 * How the picture has moved since the first frame. People go straight on over the ground, not over the picture of a
 * camera that is carried about: their ways are looked at in the coordinates of the first frame, and written in their own.
 */
import { compose } from "../math/affine.js";
import type { Affine, Box, FrameTracks } from "../types.js";
import type { End } from "./_line.js";

const none: Affine = [1, 0, 0, 0, 1, 0];
/** What would take boxes further out, or let them grow or shrink by more than this, is left out: no camera goes there. */
const farthest = 1e7;
const most = 1e3;
const numbers = 6;

/** Six numbers a frame are kept from where the picture first moves on. */
export class Motion {
  #frames = 0;
  #all: Affine = none;
  /** From where on it has moved. */
  #since = Number.POSITIVE_INFINITY;
  #values = new Float64Array(0);

  /** Takes in the next frame. @returns whether the picture has moved since the one before */
  add(camera: Affine = none): boolean {
    const moves = camera.some((value, i) => value !== none[i]);
    const all = moves ? compose(this.#all, camera) : this.#all;
    const isTold = moves && isBounded(all);
    if (isTold) this.#all = all;
    if (isTold && this.#since === Number.POSITIVE_INFINITY) this.#since = this.#frames;
    this.#frames++;
    if (this.#since === Number.POSITIVE_INFINITY) return false;
    const at = numbers * (this.#frames - 1 - this.#since);
    if (at === this.#values.length) {
      const values = new Float64Array(Math.max(numbers * 1024, 2 * at));
      values.set(this.#values);
      this.#values = values;
    }
    this.#values.set(this.#all, at);
    return isTold;
  }

  /** A box of a frame, where it is in the first one. */
  toFirst(frame: number, box: Box): Box {
    return moved(inverse(this.#at(frame)), box);
  }

  /** The other way round. */
  fromFirst(frame: number, box: Box): Box {
    return moved(this.#at(frame), box);
  }

  /** Where an end in the coordinates of the first frame is in the picture. */
  inPicture({ frame, box: [x, y, w, h] }: End): End["box"] {
    const [x1, y1, x2, y2] = this.fromFirst(frame, [x - w / 2, y - h / 2, x + w / 2, y + h / 2]);
    return [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1];
  }

  #at(frame: number): Affine {
    if (frame < this.#since) return none;
    const at = numbers * (frame - this.#since);
    const [a, b, c, d, e, f] = this.#values.subarray(at, at + numbers);
    return [a, b, c, d, e, f];
  }
}

/** Frames with their boxes where they are in the first one. */
export const inFirst = (motion: Motion, frames: AsyncIterable<FrameTracks>): AsyncGenerator<FrameTracks> =>
  withBoxes(frames, (frame, box) => motion.toFirst(frame, box));

/** The other way round. */
export const inPictures = (motion: Motion, frames: AsyncIterable<FrameTracks>): AsyncGenerator<FrameTracks> =>
  withBoxes(frames, (frame, box) => motion.fromFirst(frame, box));

async function* withBoxes(
  frames: AsyncIterable<FrameTracks>,
  to: (frame: number, box: Box) => Box,
): AsyncGenerator<FrameTracks> {
  let position = 0;
  for await (const frame of frames) {
    const at = position++;
    yield { ...frame, tracks: frame.tracks.map((track) => ({ ...track, box: to(at, track.box) })) };
  }
}

/** The middle goes where the motion takes it; boxes grow as areas do, and stay upright. */
function moved([a, b, c, d, e, f]: Affine, [x1, y1, x2, y2]: Box): Box {
  const scale = Math.sqrt(Math.abs(a * e - b * d));
  const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
  const [w, h] = [(scale * (x2 - x1)) / 2, (scale * (y2 - y1)) / 2];
  const [px, py] = [a * x + b * y + c, d * x + e * y + f];
  return [px - w, py - h, px + w, py + h];
}

function inverse([a, b, c, d, e, f]: Affine): Affine {
  const det = a * e - b * d;
  const [g, h, i, j] = [e / det, -b / det, -d / det, a / det];
  return [g, h, -(g * c + h * f), i, j, -(i * c + j * f)];
}

function isBounded([a, b, c, d, e, f]: Affine): boolean {
  return (
    [a, b, d, e].every((v) => Math.abs(v) <= most) &&
    [c, f].every((v) => Math.abs(v) <= farthest) &&
    Math.abs(a * e - b * d) >= 1 / most ** 2
  );
}
