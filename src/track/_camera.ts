/**
 * Camera motion told by the boxes alone: people walk each their own way, so what all of them have in common in one
 * frame is the camera. Our own; it stands in where no picture is at hand.
 */
import type { Candidates } from "./_candidates.js";

/** Tracks and detections further apart than this are not compared: in heights, plus twice the log of the heights' ratio. */
const reach = 0.7;
/** As many tracks must take part. */
const fewest = 4;
/** More take part in turn: a median of so many is as good. */
const most = 64;
/** A common motion of so many standard errors is beyond doubt. */
const sure = 3;
/** Too few objects tell nothing, and what was known before is soon out of date. */
const fading = 0.9;
/** What one frame counts in the share of frames that are beyond doubt, and the share from which the camera moves. */
const memory = 0.02;
const moving = 0.05;
/** Standard deviation of a normal distribution by its median deviation. */
const deviations = 1.4826;
/** Boxes tremble by this share of their height however still everything stands. */
const tremble = 0.01;

/** Watches one camera. */
export class CameraFromBoxes {
  /** Share of the last frames, some 50 of them, in which a common motion was beyond doubt. */
  share = 0;
  readonly #dx = new Float64Array(most);
  readonly #dy = new Float64Array(most);
  readonly #heights = new Float64Array(most);
  readonly #sorted = new Float64Array(most);

  /**
   * By how much the picture has moved since the last frame, in pixels; undefined where the camera stands still or
   * cannot be told to move.
   *
   * @param tracks boxes of `count` tracks as predicted, x1, y1, x2, y2
   * @param from detections with a score below it do not take part
   */
  look(
    tracks: Float64Array,
    count: number,
    { count: found, boxes, scores }: Candidates,
    from: number,
  ): [x: number, y: number] | undefined {
    let n = 0;
    const stride = Math.max(1, count / most);
    for (let s = 0; s < count && n < most; s += stride) {
      const t = 4 * Math.floor(s);
      const height = tracks[t + 3] - tracks[t + 1];
      const x = tracks[t] + tracks[t + 2];
      const y = tracks[t + 1] + tracks[t + 3];
      let closest = reach;
      for (let j = 0; j < found; j++) {
        const dx = (boxes[4 * j] + boxes[4 * j + 2] - x) / 2;
        // Most are far off, and that is soon seen.
        if (!(Math.abs(dx) < closest * height) || scores[j] < from) continue;
        const dy = (boxes[4 * j + 1] + boxes[4 * j + 3] - y) / 2;
        const ratio = (boxes[4 * j + 3] - boxes[4 * j + 1]) / height;
        const distance = Math.hypot(dx, dy) / height + 2 * Math.abs(Math.log(ratio));
        if (!(distance < closest)) continue;
        closest = distance;
        this.#dx[n] = dx;
        this.#dy[n] = dy;
        this.#heights[n] = height;
      }
      if (closest < reach) n++;
    }
    if (n < fewest) {
      this.share *= fading;
      return undefined;
    }
    const floor = tremble * this.#median(this.#heights, n, 0);
    const x = this.#median(this.#dx, n, 0);
    const y = this.#median(this.#dy, n, 0);
    const errorsX = this.#standardErrors(this.#dx, n, x, floor);
    const errorsY = this.#standardErrors(this.#dy, n, y, floor);
    this.share += memory * ((Math.max(errorsX, errorsY) > sure ? 1 : 0) - this.share);
    return this.share < moving ? undefined : [x * trust(errorsX), y * trust(errorsY)];
  }

  /** How many standard errors the median `m` is away from no motion. */
  #standardErrors(values: Float64Array, n: number, m: number, floor: number): number {
    const spread = deviations * this.#median(values, n, m, Math.abs) + floor;
    return (Math.abs(m) * Math.sqrt(n)) / spread;
  }

  #median(values: Float64Array, n: number, middle: number, of = (v: number): number => v): number {
    const sorted = this.#sorted.subarray(0, n);
    for (let i = 0; i < n; i++) sorted[i] = of(values[i] - middle);
    return sorted.sort()[n >> 1];
  }
}

/** The share of an estimate that is kept so that its expected error is least (James and Stein). */
const trust = (errors: number): number => (errors <= 1 ? 0 : 1 - 1 / errors ** 2);
