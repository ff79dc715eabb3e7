/**
 * DeepSORT's Kalman filter for many tracks at once, on flat columns: N. Wojke, A. Bewley, D. Paulus, "Simple
 * online and realtime tracking with a deep association metric", ICIP 2017, section 2.1.
 *
 * State `[x, y, a, h, x', y', a', h']`: centre, aspect a = w / h, height, velocities per step. Measured are
 * x, y, a, h. Noise is proportional to the height. All matrices couple a quantity only with its own velocity, so
 * the 8 x 8 filter falls apart exactly into four pairs; x, y and h have the same noise, so their covariances are
 * equal at all times: six numbers stand for the 64.
 */
import { grown } from "./grown.js";

// Standard deviations as fractions of the height, per step.
const positionStd = 1 / 20;
const velocityStd = 1 / 160;
// The aspect's own: process, velocity, measurement; a new track starts with the first two as well.
const aspectStd = 1e-2;
const aspectVelocityStd = 1e-5;
const measuredAspectStd = 1e-1;

const MEAN = 8;
const COV = 6;

/** The filters of all tracks, one slot each. */
export class DeepSortKalman {
  /** `[x, y, a, h, x', y', a', h']` of slot i at `8 * i`. */
  mean = new Float64Array(0);
  /** Slot i at `6 * i`: variance, covariance and velocity variance of x (y and h alike), the same three of a. */
  cov = new Float64Array(0);

  /** Makes room for slots 0 to `slots - 1`. */
  reserve(slots: number): void {
    if (this.mean.length >= MEAN * slots) return;
    this.mean = grown(this.mean, MEAN * slots);
    this.cov = grown(this.cov, COV * slots);
  }

  /**
   * Starts a track at rest.
   *
   * @throws {RangeError} when the measurement is not finite
   */
  start(slot: number, x: number, y: number, a: number, h: number): void {
    check(x, y, a, h);
    const { mean, cov } = this;
    const m = MEAN * slot;
    mean.fill(0, m, m + MEAN);
    mean[m] = x;
    mean[m + 1] = y;
    mean[m + 2] = a;
    mean[m + 3] = h;
    const c = COV * slot;
    cov[c] = (2 * positionStd * h) ** 2;
    cov[c + 1] = 0;
    cov[c + 2] = (10 * velocityStd * h) ** 2;
    cov[c + 3] = aspectStd ** 2;
    cov[c + 4] = 0;
    cov[c + 5] = aspectVelocityStd ** 2;
  }

  /**
   * Ahead by `steps` steps, which may be a fraction; the noise of a step adds up linearly.
   */
  predict(slot: number, steps = 1): void {
    const { mean, cov } = this;
    const m = MEAN * slot;
    const h = mean[m + 3];
    for (let k = m; k < m + 4; k++) mean[k] += steps * mean[k + 4];
    const c = COV * slot;
    cov[c] += 2 * steps * cov[c + 1] + steps * steps * cov[c + 2] + steps * (positionStd * h) ** 2;
    cov[c + 1] += steps * cov[c + 2];
    cov[c + 2] += steps * (velocityStd * h) ** 2;
    cov[c + 3] += 2 * steps * cov[c + 4] + steps * steps * cov[c + 5] + steps * aspectStd ** 2;
    cov[c + 4] += steps * cov[c + 5];
    cov[c + 5] += steps * aspectVelocityStd ** 2;
  }

  /** Variance of a predicted measurement of x (and of y and h). */
  spread(slot: number): number {
    return this.cov[COV * slot] + (positionStd * this.mean[MEAN * slot + 3]) ** 2;
  }

  /** Variance of a predicted measurement of the aspect. */
  aspectSpread(slot: number): number {
    return this.cov[COV * slot + 3] + measuredAspectStd ** 2;
  }

  /**
   * Squared Mahalanobis distance of a measurement from the prediction, 4 degrees of freedom.
   */
  distance(slot: number, x: number, y: number, a: number, h: number): number {
    const { mean } = this;
    const m = MEAN * slot;
    const dx = x - mean[m];
    const dy = y - mean[m + 1];
    const da = a - mean[m + 2];
    const dh = h - mean[m + 3];
    return (dx * dx + dy * dy + dh * dh) / this.spread(slot) + (da * da) / this.aspectSpread(slot);
  }

  /**
   * Corrects the state by a measurement.
   *
   * @throws {RangeError} when the measurement is not finite
   */
  correct(slot: number, x: number, y: number, a: number, h: number): void {
    check(x, y, a, h);
    const { mean, cov } = this;
    const m = MEAN * slot;
    const c = COV * slot;
    const spread = this.spread(slot);
    const gain = cov[c] / spread;
    const velocityGain = cov[c + 1] / spread;
    const rest = (positionStd * mean[m + 3]) ** 2 / spread;
    const dx = x - mean[m];
    const dy = y - mean[m + 1];
    const dh = h - mean[m + 3];
    mean[m] += gain * dx;
    mean[m + 1] += gain * dy;
    mean[m + 3] += gain * dh;
    mean[m + 4] += velocityGain * dx;
    mean[m + 5] += velocityGain * dy;
    mean[m + 7] += velocityGain * dh;
    const aspectSpread = this.aspectSpread(slot);
    const aspectVelocityGain = cov[c + 4] / aspectSpread;
    const aspectRest = measuredAspectStd ** 2 / aspectSpread;
    const da = a - mean[m + 2];
    mean[m + 2] += (cov[c + 3] / aspectSpread) * da;
    mean[m + 6] += aspectVelocityGain * da;
    // Products with R / S in place of differences keep every variance positive.
    cov[c + 2] -= velocityGain * cov[c + 1];
    cov[c] *= rest;
    cov[c + 1] *= rest;
    cov[c + 5] -= aspectVelocityGain * cov[c + 4];
    cov[c + 3] *= aspectRest;
    cov[c + 4] *= aspectRest;
  }
}

function check(x: number, y: number, a: number, h: number): void {
  if (!Number.isFinite(x + y + a + h))
    throw new RangeError(`Cannot measure [${x}, ${y}, ${a}, ${h}]: expected finite numbers`);
}
