/**
 * A Kalman filter of boxes for many tracks at once: centre, width and height, each with a constant velocity.
 *
 * All noise is in proportion to the height of the box, the same for all four quantities (the idea of N. Wojke,
 * A. Bewley, D. Paulus, "Simple online and realtime tracking with a deep association metric", 2017, section 2.1,
 * without its constant aspect). Nothing couples the four, and their covariances begin alike, so they stay alike:
 * three numbers stand for the 64 of the 8 x 8 matrix.
 *
 * A filter whose boxes are further off, on and on, than it thinks possible is too sure of itself: a car that comes
 * near moves otherwise than people do. Its covariance is widened until both agree (the test of consistency by squared
 * innovations: Y. Bar-Shalom, X. Li, T. Kirubarajan, "Estimation with applications to tracking and navigation", 2001,
 * section 5.4).
 */
import type { Affine } from "../types.js";
import { grown } from "./grown.js";

/** Standard deviations as shares of the height: of a position and a velocity per step, and of a measurement. */
const position = 1 / 20;
const velocity = 1 / 160;
const measured = Math.sqrt(3) / 20;

/** At the start a track may be this many times less certain. */
const firstPosition = 2;
const firstVelocity = 10;

/** What one box counts in the mean of squared innovations, and the largest, in variances: three deviations. */
const memory = 0.05;
const largest = 9;

/** No side becomes smaller, in pixels. */
const smallest = 1e-3;

const MEAN = 8;
const COV = 3;

/** The filters of all tracks, one slot each. */
export class BoxKalman {
  /** `[x, y, w, h, x', y', w', h']` of slot i at `8 * i`: centre and sides in pixels, velocities per step. */
  mean = new Float64Array(0);
  /** Slot i at `3 * i`: variance of a position, its covariance with the velocity, variance of the velocity. */
  cov = new Float64Array(0);
  /** Mean squared innovation of a slot as a multiple of the variance that the filter expected. */
  surprise = new Float64Array(0);

  /** Makes room for slots 0 to `slots - 1`. */
  reserve(slots: number): void {
    if (this.mean.length >= MEAN * slots) return;
    this.mean = grown(this.mean, MEAN * slots);
    this.cov = grown(this.cov, COV * slots);
    this.surprise = grown(this.surprise, slots);
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
    const c = COV * slot;
    cov[c] = (firstPosition * position * h) ** 2;
    cov[c + 1] = 0;
    cov[c + 2] = (firstVelocity * velocity * h) ** 2;
    this.surprise[slot] = 1;
  }

  /**
   * `steps` ahead, which need not be whole. With `still` the sides stay as they are.
   *
   * @param agility how many times more than usual velocities may change in a step
   */
  predict(slot: number, steps: number, still: boolean, agility = 1): void {
    const { mean, cov } = this;
    const m = MEAN * slot;
    if (still) {
      mean[m + 6] = 0;
      mean[m + 7] = 0;
    }
    const h = mean[m + 3];
    mean[m] += steps * mean[m + 4];
    mean[m + 1] += steps * mean[m + 5];
    mean[m + 2] = Math.max(smallest, mean[m + 2] + steps * mean[m + 6]);
    mean[m + 3] = Math.max(smallest, h + steps * mean[m + 7]);
    const c = COV * slot;
    cov[c] += 2 * steps * cov[c + 1] + steps * steps * cov[c + 2] + steps * (position * h) ** 2;
    cov[c + 1] += steps * cov[c + 2];
    cov[c + 2] += steps * (agility * velocity * h) ** 2;
  }

  /** Corrects the state by box `j` of `boxes`. */
  correct(slot: number, boxes: Float64Array, j: number): void {
    const { mean, cov } = this;
    const m = MEAN * slot;
    const c = COV * slot;
    const w = boxes[4 * j + 2] - boxes[4 * j];
    const h = boxes[4 * j + 3] - boxes[4 * j + 1];
    const dx = boxes[4 * j] + w / 2 - mean[m];
    const dy = boxes[4 * j + 1] + h / 2 - mean[m + 1];
    const dw = w - mean[m + 2];
    const dh = h - mean[m + 3];
    const noise = (measured * mean[m + 3]) ** 2;
    this.#widen(slot, (dx * dx + dy * dy + dw * dw + dh * dh) / 4, noise);
    const sum = cov[c] + noise;
    const gain = cov[c] / sum;
    const velocityGain = cov[c + 1] / sum;
    mean[m] += gain * dx;
    mean[m + 1] += gain * dy;
    mean[m + 2] = Math.max(smallest, mean[m + 2] + gain * dw);
    mean[m + 3] = Math.max(smallest, mean[m + 3] + gain * dh);
    mean[m + 4] += velocityGain * dx;
    mean[m + 5] += velocityGain * dy;
    mean[m + 6] += velocityGain * dw;
    mean[m + 7] += velocityGain * dh;
    // Products with R / S in place of differences keep every variance positive.
    cov[c + 2] -= velocityGain * cov[c + 1];
    cov[c] *= noise / sum;
    cov[c + 1] *= noise / sum;
  }

  /** Takes note of a squared innovation, and widens the covariance where such were larger than it allows. */
  #widen(slot: number, squared: number, noise: number): void {
    const { cov, surprise } = this;
    const c = COV * slot;
    const sum = cov[c] + noise;
    surprise[slot] += memory * (Math.min(largest, squared / sum) - surprise[slot]);
    if (surprise[slot] <= 1) return;
    const factor = (surprise[slot] * sum - noise) / cov[c];
    for (let i = 0; i < COV; i++) cov[c + i] *= factor;
  }

  /**
   * Moves a track with the camera: `[a, b, x, c, d, y]` takes the point (px, py) of the last picture to
   * (a px + b py + x, c px + d py + y) in this one.
   */
  warp(slot: number, [a, b, x, c, d, y]: Affine): void {
    const { mean } = this;
    const m = MEAN * slot;
    const [px, py, vx, vy] = [mean[m], mean[m + 1], mean[m + 4], mean[m + 5]];
    mean[m] = a * px + b * py + x;
    mean[m + 1] = c * px + d * py + y;
    mean[m + 4] = a * vx + b * vy;
    mean[m + 5] = c * vx + d * vy;
    const scale = Math.sqrt(Math.abs(a * d - b * c));
    for (const side of [2, 3, 6, 7]) mean[m + side] *= scale;
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
