import { basename } from "node:path";
import { InputError } from "../errors.js";
import type { Damage, Frame, Integrity } from "../types.js";
import { tooManyPixels } from "./_explain.js";
import { decodePicture, type Size, sizeOfPicture } from "./_picture.js";
import { PixelFrame } from "./_pixels.js";
import { toPlanes } from "./_to-planes.js";
import type { FrameSource, Selection } from "./source.js";

/** Pictures that are decoded ahead of whoever takes them; libvips uses several threads for each. */
const ahead = 2;

/** One place in a sequence of pictures. */
export interface Place {
  readonly index: number;
  /** undefined where the frame has no picture. */
  readonly path?: string;
}

/** Pictures in order, with what is known about them. */
export interface ImageInput {
  /** As it was given. */
  readonly name: string;
  /** By index, ascending; an index that is left out is missing. */
  readonly places: readonly Place[];
  /** Frames that there should be. */
  readonly expected: number;
  readonly frameRate: number;
  /** Size that every picture must have. @default that of the first */
  readonly size?: Size;
  readonly hasPictures: boolean;
  /** What the damage list says about a missing frame. */
  readonly missing?: string;
  readonly detections?: string;
  readonly selection: Selection;
  readonly signal?: AbortSignal;
}

/**
 * Reads pictures as frames: 8-bit RGB, turned as their EXIF data says. A picture that cannot be decoded is
 * left out and stands in `integrity()`.
 *
 * @throws {InputError} where no picture can be read; while reading, for one of another size
 */
export async function readImages(input: ImageInput): Promise<FrameSource> {
  const { name, places, selection, frameRate } = input;
  input.signal?.throwIfAborted();
  const chosen = places.filter(({ index }) => isChosen(index / frameRate, index, selection));
  if (chosen.length === 0)
    throw new InputError(
      `Cannot read "${name}": expected frames from ${selection.start} s on, found none (it lasts ${(input.expected / frameRate).toFixed(2)} s)`,
    );
  const size = input.size ?? (await sizeOfFirst(name, chosen));
  if (input.hasPictures && size.width * size.height > selection.maxPixels)
    throw new InputError(
      `Cannot read "${name}": ${tooManyPixels(size.width, size.height, selection.maxPixels)}`,
    );
  return new ImageReader(input, chosen, size);
}

function isChosen(time: number, index: number, { start, end, every, only }: Selection): boolean {
  // Few numbers against many pictures, each asked for once.
  return time >= start && time < end && index % every === 0 && (only?.includes(index) ?? true);
}

async function sizeOfFirst(name: string, places: readonly Place[]): Promise<Size> {
  let reason = "";
  for (const { path } of places) {
    try {
      return await sizeOfPicture(path!);
    } catch (error) {
      reason ||= oneLine(error);
    }
  }
  throw new InputError(
    `Cannot read "${name}": expected pictures, found none that can be decoded (${reason})`,
  );
}

type Read = { readonly frame: Frame } | { readonly error: unknown; readonly place: Place };

class ImageReader implements FrameSource, AsyncIterator<Frame> {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  readonly frames: number;
  readonly duration: number;
  readonly hasPictures: boolean;
  readonly detections?: string;

  readonly #input: ImageInput;
  readonly #chosen: readonly Place[];
  readonly #underWay: Promise<Read>[] = [];
  readonly #broken: Damage[] = [];
  #next = 0;
  #taken = 0;
  #reached = -1;
  #ended = false;
  #closed = false;

  constructor(input: ImageInput, chosen: readonly Place[], size: Size) {
    this.#input = input;
    this.#chosen = chosen;
    this.name = input.name;
    this.width = size.width;
    this.height = size.height;
    this.frameRate = input.frameRate;
    this.frames = chosen.length;
    this.duration = input.expected / input.frameRate;
    this.hasPictures = input.hasPictures && input.selection.pictures;
    this.detections = input.detections;
  }

  [Symbol.asyncIterator](): AsyncIterator<Frame> {
    return this;
  }

  async next(): Promise<IteratorResult<Frame>> {
    for (;;) {
      this.#input.signal?.throwIfAborted();
      if (this.#closed) return { done: true, value: undefined };
      while (this.#underWay.length < ahead && this.#next < this.#chosen.length)
        this.#underWay.push(this.#read(this.#chosen[this.#next++]));
      const first = this.#underWay.shift();
      if (first === undefined) return this.#finish();
      const read = await first;
      if ("frame" in read) {
        this.#taken++;
        this.#reached = read.frame.index;
        return { done: false, value: read.frame };
      }
      this.#reached = read.place.index;
      this.#leaveOut(read.place, read.error);
    }
  }

  async return(): Promise<IteratorResult<Frame>> {
    await this.close();
    return { done: true, value: undefined };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#underWay.splice(0));
  }

  integrity(): Integrity {
    const { expected, selection, frameRate } = this.#input;
    const reached = this.#ended ? Infinity : this.#reached;
    const missing = this.#missing().filter(({ fromFrame }) => fromFrame! <= reached);
    const damage = [...this.#broken, ...missing].sort((a, b) => a.fromFrame! - b.fromFrame!);
    const until = Math.min(expected, Math.ceil(selection.end * frameRate));
    return {
      complete: this.#ended && damage.length === 0,
      frames: this.#ended ? until - lost(damage) : this.#reached + 1,
      ...(selection.end === Infinity ? { expectedFrames: expected } : {}),
      damage,
      ...(this.#ended ? {} : { interrupted: true }),
    };
  }

  #finish(): IteratorResult<Frame> {
    this.#ended = true;
    if (this.#taken === 0)
      throw new InputError(
        `Cannot read "${this.name}": expected pictures, found none that can be decoded (${this.#broken[0]?.reason})`,
      );
    return { done: true, value: undefined };
  }

  /** Never rejects: what is under way may never be asked for. */
  async #read(place: Place): Promise<Read> {
    const { index, path } = place;
    const at = { index, time: index / this.frameRate, width: this.width, height: this.height };
    if (!this.hasPictures || path === undefined) return { frame: new PixelFrame(at) };
    try {
      const { bytes, width, height } = await decodePicture(path, this.#input.selection.maxPixels);
      if (width === this.width && height === this.height)
        return { frame: new PixelFrame(at, this.#input.selection.planes ? toPlanes(bytes, at) : bytes) };
      const expected = `${this.width}x${this.height} pixels like the rest of "${this.name}"`;
      const error = new InputError(`Cannot read "${path}": expected ${expected}, found ${width}x${height}`);
      return { place, error };
    } catch (error) {
      return { place, error };
    }
  }

  #leaveOut({ index, path }: Place, error: unknown): void {
    if (error instanceof InputError) throw error;
    const time = index / this.frameRate;
    this.#broken.push({
      kind: "corrupt",
      ...{ fromFrame: index, toFrame: index, fromTime: time, toTime: time + 1 / this.frameRate },
      reason: `${basename(path!)}: ${oneLine(error)}`,
    });
  }

  /** Runs of indices that have no place, within what was asked for. */
  #missing(): Damage[] {
    const { places, expected, selection, frameRate, missing = "no such picture" } = this.#input;
    const found: Damage[] = [];
    let next = Math.ceil(selection.start * frameRate);
    const until = Math.min(expected, Math.ceil(selection.end * frameRate));
    for (const index of [...places.map((place) => place.index), until]) {
      if (index > next && index <= until)
        found.push({
          kind: "missing",
          ...{ fromFrame: next, toFrame: index - 1, fromTime: next / frameRate, toTime: index / frameRate },
          reason: missing,
        });
      next = Math.max(next, index + 1);
    }
    return found;
  }
}

function lost(damage: readonly Damage[]): number {
  return damage.reduce((sum, { fromFrame, toFrame }) => sum + toFrame! - fromFrame! + 1, 0);
}

function oneLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0];
}
