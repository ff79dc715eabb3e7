/**
 * SORT's Kalman filter for many tracks at once, on flat columns: A. Bewley et al., "Simple online and realtime
 * tracking", ICIP 2016, section 3.2.
 *
 * State `[u, v, s, r, u', v', s']`: centre, area s = w h, aspect r = w / h (constant), velocities per step.
 * Measured are u, v, s, r. All matrices couple a quantity only with its own velocity, so the 7 x 7 filter falls
 * apart exactly into three pairs and one scalar, and since u and v have the same noise, their covariances are
 * equal at all times: seven numbers stand for the 49.
 */
import { grown } from "./grown.js";

// Diagonals of the covariances: initial state, process, measurement.
const initialPosition = 10;
const initialVelocity = 1e4;
const processPosition = 1;
const processVelocity = 0.01;
const processAreaVelocity = 1e-4;
const measuredCentre = 1;
const measuredShape = 10;

const MEAN = 7;
const COV = 7;

/** The filters of all tracks, one slot each. */
export class SortKalman {
  /** `[u, v, s, r, u', v', s']` of slot i at `7 * i`. */
  mean = new Float64Array(0);
  /**
   * Slot i at `7 * i`: variance, covariance and velocity variance of the centre (u and v alike), the same three
   * of the area, variance of the aspect.
   */
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
  start(slot: number, u: number, v: number, s: number, r: number): void {
    check(u, v, s, r);
    const { mean, cov } = this;
    const m = MEAN * slot;
    mean[m] = u;
    mean[m + 1] = v;
    mean[m + 2] = s;
    mean[m + 3] = r;
    mean[m + 4] = 0;
    mean[m + 5] = 0;
    mean[m + 6] = 0;
    const c = COV * slot;
    cov[c] = initialPosition;
    cov[c + 1] = 0;
    cov[c + 2] = initialVelocity;
    cov[c + 3] = initialPosition;
    cov[c + 4] = 0;
    cov[c + 5] = initialVelocity;
    cov[c + 6] = initialPosition;
  }

  /** One step ahead. An area that would become negative stands still instead. */
  predict(slot: number): void {
    const { mean, cov } = this;
    const m = MEAN * slot;
    if (mean[m + 2] + mean[m + 6] <= 0) mean[m + 6] = 0;
    mean[m] += mean[m + 4];
    mean[m + 1] += mean[m + 5];
    mean[m + 2] += mean[m + 6];
    const c = COV * slot;
    cov[c] += 2 * cov[c + 1] + cov[c + 2] + processPosition;
    cov[c + 1] += cov[c + 2];
    cov[c + 2] += processVelocity;
    cov[c + 3] += 2 * cov[c + 4] + cov[c + 5] + processPosition;
    cov[c + 4] += cov[c + 5];
    cov[c + 5] += processAreaVelocity;
    cov[c + 6] += processPosition;
  }

  /**
   * Corrects the state by a measurement.
   *
   * @throws {RangeError} when the measurement is not finite
   */
  correct(slot: number, u: number, v: number, s: number, r: number): void {
    check(u, v, s, r);
    const { mean, cov } = this;
    const m = MEAN * slot;
    const c = COV * slot;
    const centre = cov[c] + measuredCentre;
    const centreGain = cov[c] / centre;
    const centreVelocityGain = cov[c + 1] / centre;
    const du = u - mean[m];
    const dv = v - mean[m + 1];
    mean[m] += centreGain * du;
    mean[m + 1] += centreGain * dv;
    mean[m + 4] += centreVelocityGain * du;
    mean[m + 5] += centreVelocityGain * dv;
    const area = cov[c + 3] + measuredShape;
    const areaVelocityGain = cov[c + 4] / area;
    const ds = s - mean[m + 2];
    mean[m + 2] += (cov[c + 3] / area) * ds;
    mean[m + 6] += areaVelocityGain * ds;
    const aspect = cov[c + 6] + measuredShape;
    mean[m + 3] += (cov[c + 6] / aspect) * (r - mean[m + 3]);
    // Products with R / S in place of differences keep every variance positive.
    cov[c + 2] -= centreVelocityGain * cov[c + 1];
    cov[c] *= measuredCentre / centre;
    cov[c + 1] *= measuredCentre / centre;
    cov[c + 5] -= areaVelocityGain * cov[c + 4];
    cov[c + 3] *= measuredShape / area;
    cov[c + 4] *= measuredShape / area;
    cov[c + 6] *= measuredShape / aspect;
  }
}

function check(u: number, v: number, s: number, r: number): void {
  if (!Number.isFinite(u + v + s + r))
    throw new RangeError(`Cannot measure [${u}, ${v}, ${s}, ${r}]: expected finite numbers`);
}
