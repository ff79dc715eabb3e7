/**
 * How the picture has moved since the first frame. People go straight on over the ground, not over the picture of a
 * camera that is carried about: their ways are looked at in the coordinates of the first frame, and written in their own.
 */
import { compose } from "../math/affine.js";
import { grown } from "../math/grown.js";
import type { Affine, Box, FrameTracks } from "../types.js";
import type { End } from "./_line.js";

const none: Affine = [1, 0, 0, 0, 1, 0];
/** What would take boxes further out, or let them grow or shrink by more than this, is left out: no camera goes there. */
const farthest = 1e7;
const most = 1e3;
const numbers = 6;

/** Follows the picture from frame to frame. */
export class Motion {
  #sinceFirst: Affine = none;

  /** Takes in the next frame. @returns whether the picture has moved since the one before */
  add(camera: Affine = none): boolean {
    if (!camera.some((value, i) => value !== none[i])) return false;
    const sinceFirst = compose(this.#sinceFirst, camera);
    if (!isBounded(sinceFirst)) return false;
    this.#sinceFirst = sinceFirst;
    return true;
  }

  /** From the first frame to this one. */
  get sinceFirst(): Affine {
    return this.#sinceFirst;
  }
}

/** Where the picture was in every frame: six numbers of each are kept. */
export class Places {
  #frames = 0;
  #values = new Float64Array(0);

  add(sinceFirst: Affine): void {
    const at = numbers * this.#frames++;
    if (this.#values.length < at + numbers) this.#values = grown(this.#values, at + numbers);
    this.#values.set(sinceFirst, at);
  }

  /** From the first frame to this one. */
  at(frame: number): Affine {
    const [a, b, c, d, e, f] = this.#values.subarray(numbers * frame, numbers * (frame + 1));
    return [a, b, c, d, e, f];
  }

  /** Where an end in the coordinates of the first frame is in the picture. */
  inPicture({ frame, box: [x, y, w, h] }: End): End["box"] {
    const [x1, y1, x2, y2] = fromFirst(this.at(frame), [x - w / 2, y - h / 2, x + w / 2, y + h / 2]);
    return [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1];
  }
}

/** Where a box of a frame is in the first one. */
export const toFirst = (sinceFirst: Affine, box: Box): Box => moved(inverse(sinceFirst), box);

/** The other way round. */
export const fromFirst = (sinceFirst: Affine, box: Box): Box => moved(sinceFirst, box);

/** Frames with their boxes where they are in the first one. */
export const inFirst = (places: Places, frames: AsyncIterable<FrameTracks>): AsyncGenerator<FrameTracks> =>
  withBoxes(frames, (frame, box) => toFirst(places.at(frame), box));

/** The other way round. */
export const inPictures = (places: Places, frames: AsyncIterable<FrameTracks>): AsyncGenerator<FrameTracks> =>
  withBoxes(frames, (frame, box) => fromFirst(places.at(frame), box));

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
