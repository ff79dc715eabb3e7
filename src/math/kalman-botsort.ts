/**
 * BoT-SORT's Kalman filter for many tracks at once, on flat columns: N. Aharon, R. Orfaig, B.-Z. Bobrovsky, "BoT-SORT:
 * Robust associations multi-pedestrian tracking", 2022 (arXiv 2206.14651), section 3.1.
 *
 * State `[x, y, w, h, x', y', w', h']`: centre, width and height, velocities per step. The noise of x and w is in
 * proportion to the width, that of y and h to the height. Nothing couples the four, and the covariances of x and w
 * begin alike and so stay alike, as do those of y and h: six numbers stand for the 64.
 */
import type { Affine } from "../types.js";
import { grown } from "./grown.js";

// Standard deviations as shares of the side: of a position (and of a measurement) and of a velocity, per step.
const position = 1 / 20;
const velocity = 1 / 160;
/** At the start a track is this many times less certain. */
const firstPosition = 2;
const firstVelocity = 10;

/** No side becomes smaller, in pixels. */
const smallest = 1e-3;

const MEAN = 8;
const COV = 6;

/** The filters of all tracks, one slot each. */
export class BotSortKalman {
  /** `[x, y, w, h, x', y', w', h']` of slot i at `8 * i`. */
  mean = new Float64Array(0);
  /** Slot i at `6 * i`: variance, covariance and velocity variance of x (and w), the same three of y (and h). */
  cov = new Float64Array(0);

  /** Numbers of one slot. */
  readonly widths = { mean: MEAN, cov: COV };

  /** Makes room for slots 0 to `slots - 1`. */
  reserve(slots: number): void {
    if (this.mean.length >= MEAN * slots) return;
    this.mean = grown(this.mean, MEAN * slots);
    this.cov = grown(this.cov, COV * slots);
  }

  /** Starts a track at rest in box `j` of `boxes`, x1, y1, x2, y2 in finite numbers. */
  start(slot: number, boxes: Float64Array, j: number): void {
    const { mean, cov } = this;
    const m = MEAN * slot;
    const w = boxes[4 * j + 2] - boxes[4 * j];
    const h = boxes[4 * j + 3] - boxes[4 * j + 1];
    mean[m] = boxes[4 * j] + w / 2;
    mean[m + 1] = boxes[4 * j + 1] + h / 2;
    mean[m + 2] = w;
    mean[m + 3] = h;
    mean.fill(0, m + 4, m + 8);
    for (let axis = 0; axis < 2; axis++) {
      const c = COV * slot + 3 * axis;
      const side = mean[m + 2 + axis];
      cov[c] = (firstPosition * position * side) ** 2;
      cov[c + 1] = 0;
      cov[c + 2] = (firstVelocity * velocity * side) ** 2;
    }
  }

  /** One step ahead. With `still` the sides stay as they are. */
  predict(slot: number, still: boolean): void {
    const { mean, cov } = this;
    const m = MEAN * slot;
    if (still) {
      mean[m + 6] = 0;
      mean[m + 7] = 0;
    }
    for (let axis = 0; axis < 2; axis++) {
      const c = COV * slot + 3 * axis;
      const side = mean[m + 2 + axis];
      cov[c] += 2 * cov[c + 1] + cov[c + 2] + (position * side) ** 2;
      cov[c + 1] += cov[c + 2];
      cov[c + 2] += (velocity * side) ** 2;
      mean[m + axis] += mean[m + 4 + axis];
      mean[m + 2 + axis] = Math.max(smallest, side + mean[m + 6 + axis]);
    }
  }

  /** Corrects the state by box `j` of `boxes`. */
  correct(slot: number, boxes: Float64Array, j: number): void {
    const { mean, cov } = this;
    const m = MEAN * slot;
    for (let axis = 0; axis < 2; axis++) {
      const c = COV * slot + 3 * axis;
      const side = mean[m + 2 + axis];
      const noise = (position * side) ** 2;
      const sum = cov[c] + noise;
      const gain = cov[c] / sum;
      const velocityGain = cov[c + 1] / sum;
      const size = boxes[4 * j + 2 + axis] - boxes[4 * j + axis];
      const dx = boxes[4 * j + axis] + size / 2 - mean[m + axis];
      const dw = size - side;
      mean[m + axis] += gain * dx;
      mean[m + 2 + axis] = Math.max(smallest, side + gain * dw);
      mean[m + 4 + axis] += velocityGain * dx;
      mean[m + 6 + axis] += velocityGain * dw;
      // Products with R / S in place of differences keep every variance positive.
      cov[c + 2] -= velocityGain * cov[c + 1];
      cov[c] *= noise / sum;
      cov[c + 1] *= noise / sum;
    }
  }

  /**
   * Moves a track with the camera (section 3.2): centre, sides and velocities by the matrix, the centre by the shift as
   * well. Where the picture turns, x and y would come to depend on each other; that is as small as the turn and left
   * out, and a side never becomes negative.
   */
  warp(slot: number, [a, b, x, c, d, y]: Affine): void {
    const { mean, cov } = this;
    const m = MEAN * slot;
    for (let k = m; k < m + MEAN; k += 2) {
      const [p, q] = [mean[k], mean[k + 1]];
      mean[k] = a * p + b * q;
      mean[k + 1] = c * p + d * q;
    }
    mean[m] += x;
    mean[m + 1] += y;
    mean[m + 2] = Math.max(smallest, Math.abs(mean[m + 2]));
    mean[m + 3] = Math.max(smallest, Math.abs(mean[m + 3]));
    for (let k = COV * slot; k < COV * slot + 3; k++) {
      const [p, q] = [cov[k], cov[k + 3]];
      cov[k] = a * a * p + b * b * q;
      cov[k + 3] = c * c * p + d * d * q;
    }
  }

  /** Writes the box as x1, y1, x2, y2 to `out[at]` and on. */
  writeBox(slot: number, out: Float64Array, at: number): void {
    const { mean } = this;
    const m = MEAN * slot;
    out[at] = mean[m] - mean[m + 2] / 2;
    out[at + 1] = mean[m + 1] - mean[m + 3] / 2;
    out[at + 2] = mean[m] + mean[m + 2] / 2;
    out[at + 3] = mean[m + 1] + mean[m + 3] / 2;
  }
}
