/**
 * Camera motion seen in the pictures: corners of the background are followed from one frame to the next, and what most
 * of them have in common is the camera. While it stands still that is all there is to it: they are where they were.
 */
import type { Affine, Camera, Column, Detections, Frame } from "../types.js";
import { Corners } from "./_corners.js";
import { type Flow, FlowSearch, radius } from "./_flow.js";
import { middle, Pyramid, type Shrunk, shrink } from "./_grey.js";
import { shiftBetween } from "./_shift.js";
import { type Displacements, fitSimilarity, type Similarity } from "./_similarity.js";

/** Places within so many (shrunk) pixels of where they were have not moved: what noise does to them. */
const noise = 0.25;
/** The camera stands still where such a share of the places has not moved. */
const still = 0.5;
/** Every so many places one is tried, and after so many tries hardly any that stayed are proof that the camera moves. */
const step = 7;
const glance = 16;
/** Fewer places tell nothing. */
const fewest = 10;
/** Frames after which still pictures are compared with a newer one, because light changes. */
const lasting = 50;
/** How often pictures are halved to be followed: where the quick way fails, once more. */
const depths = [2, 3];
/** How often they are halved to look for the shift of the whole picture. */
const tiny = 4;
/** Pictures are halved while their shorter side is at least this. */
const shortest = 12;

const unmoved: Affine = [1, 0, 0, 0, 1, 0];

type Shift = readonly [x: number, y: number];

/** The picture with which those that follow are compared, until the camera has moved. */
interface Anchor {
  readonly picture: Shrunk;
  readonly pyramid: Pyramid;
  /** `[x, y] * n` */
  readonly places: Float64Array;
  /** Frames since. */
  age: number;
}

/**
 * Watches one camera by its pictures.
 *
 * `look` copies a small grey picture; what it returns tells the motion since the last frame: exactly none while the
 * camera stands still, or undefined where it cannot be told (the first frame, a cut, darkness). Detected boxes are left
 * out, because what is in them moves by itself.
 *
 * @example
 * for await (const { tracks } of track(frames, { detector, tracker, camera: new CameraFromPictures() }))
 *   console.log(tracks.length);
 */
export class CameraFromPictures implements Camera {
  readonly #corners = new Corners();
  readonly #search = new FlowSearch();
  #anchor: Anchor | undefined;

  look(frame: Frame): (detections: Detections) => Promise<Affine | undefined> {
    const picture = shrink(frame);
    return async (detections) => {
      // Whoever waits for the pixels of the next frame comes first: models compute meanwhile.
      await new Promise((resolve) => setImmediate(resolve));
      return picture && this.#follow(picture, detections);
    };
  }

  /** What it knows between two frames. */
  save(): Readonly<Record<string, Column>> {
    if (!this.#anchor) return {};
    const { picture, places, age } = this.#anchor;
    const { width, height, factor, data } = picture;
    return { picture: data, places, numbers: Int32Array.of(width, height, factor, age) };
  }

  /**
   * Goes on from what was saved.
   *
   * @throws {RangeError} where it is damaged
   */
  restore({ picture, places, numbers }: Readonly<Record<string, Column>>): void {
    this.#anchor = undefined;
    if (!picture && !places && !numbers) return;
    const [width, height, factor, age] = numbers ?? [];
    const whole =
      picture instanceof Uint8Array &&
      places instanceof Float64Array &&
      numbers?.length === 4 &&
      picture.length === width * height &&
      Math.min(width, height, factor) > 0 &&
      places.length % 2 === 0 &&
      places.every(Number.isFinite);
    if (!whole) throw new RangeError("Cannot go on with the camera: what was saved of it is damaged");
    const shrunk = { width, height, factor, data: picture };
    this.#anchor = { picture: shrunk, pyramid: new Pyramid(shrunk), places, age };
  }

  #follow(picture: Shrunk, detections: Detections): Affine | undefined {
    const before = this.#anchor;
    const pyramid = new Pyramid(picture);
    const isHidden = hiddenBy(detections, picture.factor);
    const anchor = (): void => {
      this.#anchor = { picture, pyramid, places: this.#findPlaces(picture, pyramid, isHidden), age: 0 };
    };
    if (before?.picture.width !== picture.width || before.picture.height !== picture.height) {
      anchor();
      return undefined;
    }
    const places = before.places.filter((_, i, all) => !isHidden(all[i - (i % 2)], all[i - (i % 2) + 1]));
    const motion = this.#motion(before.pyramid, pyramid, places, picture);
    if (motion === unmoved && ++before.age < lasting) return unmoved;
    anchor();
    return motion;
  }

  #findPlaces(picture: Shrunk, pyramid: Pyramid, isHidden: (x: number, y: number) => boolean): Float64Array {
    // Half the size shows as much, and is a quarter of the work.
    const level = Math.min(1, levels(picture));
    const scale = 2 ** level;
    const up = (v: number) => scale * (v + 0.5) - 0.5;
    const margin = Math.ceil((radius + 2) / scale);
    return this.#corners.find(pyramid.level(level), margin, (x, y) => isHidden(up(x), up(y))).map(up);
  }

  #isStill(from: Pyramid, to: Pyramid, places: Float64Array): boolean {
    const count = places.length / 2;
    const needed = Math.ceil(still * count);
    let tried = 0;
    let stayed = 0;
    // By great steps: the first few are from all over the picture.
    for (let first = 0; first < step; first++)
      for (let i = first; i < count; i += step) {
        if (this.#search.stays(from, to, places[2 * i], places[2 * i + 1], noise)) stayed++;
        tried++;
        if (stayed === needed) return true;
        if (needed - stayed > count - tried || (tried >= glance && stayed <= tried / 8)) return false;
      }
    return false;
  }

  #motion(from: Pyramid, to: Pyramid, places: Float64Array, picture: Shrunk): Affine | undefined {
    const count = places.length / 2;
    if (count < fewest) return undefined;
    if (this.#isStill(from, to, places)) return unmoved;
    const level = Math.min(tiny, levels(picture));
    const [x, y] = shiftBetween(from.level(level), to.level(level));
    const shift: Shift = [x * 2 ** level, y * 2 ** level];
    const { width, height, factor } = picture;
    let fitted: Similarity | undefined;
    for (const depth of depths)
      fitted ??= fitSimilarity(
        this.#followAll(from, to, places, shift, Math.min(depth, level)),
        width,
        height,
      );
    if (!fitted) return undefined;
    return furthest(fitted, width, height) < noise ? unmoved : inSource(fitted, factor);
  }

  /** Where the places are that can be found, each looked for after the shift. */
  #followAll(from: Pyramid, to: Pyramid, places: Float64Array, shift: Shift, depth: number): Displacements {
    const columns = () => new Float64Array(places.length / 2);
    const [x, y, toX, toY] = [columns(), columns(), columns(), columns()];
    let count = 0;
    for (let i = 0; i < places.length; i += 2) {
      const flow: Flow = { x: shift[0], y: shift[1], found: false };
      this.#search.find(from, to, places[i], places[i + 1], depth, flow);
      if (!flow.found) continue;
      x[count] = places[i];
      y[count] = places[i + 1];
      toX[count] = places[i] + flow.x;
      toY[count++] = places[i + 1] + flow.y;
    }
    return { count, x, y, toX, toY };
  }
}

/** How often a picture can be halved. */
const levels = ({ width, height }: Shrunk): number =>
  Math.max(0, Math.min(tiny, Math.floor(Math.log2(Math.min(width, height) / shortest))));

/** Whether a place of a shrunk picture is inside one of the boxes, or nearly so. */
function hiddenBy({ count, boxes }: Detections, factor: number): (x: number, y: number) => boolean {
  const c = middle(factor);
  const margin = radius * factor;
  return (x, y) => {
    const px = factor * x + c;
    const py = factor * y + c;
    for (let i = 0; i < 4 * count; i += 4)
      if (
        px > boxes[i] - margin &&
        px < boxes[i + 2] + margin &&
        py > boxes[i + 1] - margin &&
        py < boxes[i + 3] + margin
      )
        return true;
    return false;
  };
}

/** By how much the corner that moves most moves. */
function furthest({ a, b, tx, ty }: Similarity, width: number, height: number): number {
  let most = 0;
  for (const x of [0, width])
    for (const y of [0, height])
      most = Math.max(most, Math.hypot((a - 1) * x - b * y + tx, b * x + (a - 1) * y + ty));
  return most;
}

function inSource({ a, b, tx, ty }: Similarity, factor: number): Affine {
  const c = middle(factor);
  return [a, -b, factor * tx + c - a * c + b * c, b, a, factor * ty + c - b * c - a * c];
}
