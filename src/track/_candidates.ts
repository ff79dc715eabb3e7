import { isPlausibleMotion, plausibleMotion } from "../math/affine.js";
import type { Affine, Detections } from "../types.js";

/** Coordinates beyond this are refused: squares and products of them must stay far from overflow. */
const farthest = 1e9;

/** A side below this (pixels) is no side: such a box shows nothing and its aspect means nothing. */
const smallestSide = 1e-6;

/** The detections of one frame that a tracker works with, in columns; storage is reused. */
export class Candidates {
  count = 0;
  /** Row in the frame's detections. */
  rows = new Int32Array(0);
  boxes = new Float64Array(0);
  scores = new Float64Array(0);
  classes = new Int32Array(0);
  /** Equal for classes that may share an identity. */
  keys = new Int32Array(0);
  /** 1 where a track has it. */
  taken = new Uint8Array(0);

  /** Takes the detections with `min <= score < max` whose boxes have an area, in the order of their rows. */
  take(detections: Detections, min: number, max: number, key: (c: number) => number): void {
    const { count, boxes, scores, classes } = detections;
    this.#reserve(count);
    let n = 0;
    for (let row = 0; row < count; row++) {
      const score = scores[row];
      if (!(score >= min && score < max)) continue;
      const x1 = boxes[4 * row];
      const y1 = boxes[4 * row + 1];
      const x2 = boxes[4 * row + 2];
      const y2 = boxes[4 * row + 3];
      if (x2 - x1 < smallestSide || y2 - y1 < smallestSide) continue;
      this.rows[n] = row;
      this.boxes[4 * n] = x1;
      this.boxes[4 * n + 1] = y1;
      this.boxes[4 * n + 2] = x2;
      this.boxes[4 * n + 3] = y2;
      this.scores[n] = score;
      this.classes[n] = classes[row];
      this.keys[n] = key(classes[row]);
      this.taken[n] = 0;
      n++;
    }
    this.count = n;
  }

  #reserve(count: number): void {
    if (this.rows.length >= count) return;
    const size = Math.max(16, 2 * count);
    this.rows = new Int32Array(size);
    this.boxes = new Float64Array(4 * size);
    this.scores = new Float64Array(size);
    this.classes = new Int32Array(size);
    this.keys = new Int32Array(size);
    this.taken = new Uint8Array(size);
  }
}

/**
 * Checks how the picture is said to have moved, before anything is changed by it.
 *
 * @throws {RangeError} when a number is not finite or nothing could move like that from one frame to the next
 */
export function checkCamera(camera: Affine): void {
  if (!isPlausibleMotion(camera))
    throw new RangeError(
      `Cannot move with the camera by [${camera.join(", ")}]: expected ${plausibleMotion}`,
    );
}

/**
 * Checks a frame's detections before anything is changed by them.
 *
 * @throws {RangeError} when a column is shorter than `count` or a number is not finite or beyond 1e9
 */
export function checkDetections({ count, boxes, scores, classes }: Detections): void {
  if (!Number.isSafeInteger(count) || count < 0)
    throw new RangeError(`Cannot track ${count} detections: expected a whole number, at least 0`);
  if (boxes.length < 4 * count || scores.length < count || classes.length < count)
    throw new RangeError(
      `Cannot track ${count} detections: boxes, scores, classes hold ${boxes.length}, ${scores.length}, ${classes.length} numbers`,
    );
  for (let k = 0; k < 4 * count; k++) {
    if (!(Math.abs(boxes[k]) <= farthest)) {
      const row = k >> 2;
      throw new RangeError(
        `Cannot track detection ${row}: its box is [${boxes.slice(4 * row, 4 * row + 4).join(", ")}], expected finite numbers within ${farthest}`,
      );
    }
  }
  for (let row = 0; row < count; row++) {
    if (!Number.isFinite(scores[row]))
      throw new RangeError(
        `Cannot track detection ${row}: its score is ${scores[row]}, expected a finite number`,
      );
  }
}
