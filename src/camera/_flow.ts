/**
 * Where places of one picture are in another: B. Lucas, T. Kanade, "An iterative image registration technique", IJCAI
 * 1981, from coarse to fine as J.-Y. Bouguet, "Pyramidal implementation of the Lucas Kanade feature tracker", 2000,
 * with gradients of the first picture only, so that one small matrix serves all rounds.
 */
import type { Grey, Pyramid } from "./_grey.js";

/** Half the side of the square that is compared. */
export const radius = 4;
const side = 2 * radius + 1;
const area = side * side;
const wide = side + 2;
/** Rounds at most, and the step in pixels that ends them: exactly in the picture itself, roughly in its halves. */
interface Effort {
  readonly rounds: number;
  readonly enough: number;
}
const exact: Effort = { rounds: 8, enough: 0.03 };
const rough: Effort = { rounds: 5, enough: 0.2 };
/** For places that are where they were this is enough. */
const brief: Effort = { rounds: 2, enough: 0.1 };
/** Two squares are alike where the mean square difference is below this share of the variance, or hardly there. */
const alike = 0.4;
const noise = 9;

/** A displacement, and whether it was found. */
export interface Flow {
  x: number;
  y: number;
  found: boolean;
}

/** Follows one place at a time. */
export class FlowSearch {
  readonly #patch = new Float64Array(wide * wide);
  readonly #gx = new Float64Array(area);
  readonly #gy = new Float64Array(area);
  readonly #template = new Float64Array(area);
  /** The inverse of the gradients' products. */
  #xx = 0;
  #xy = 0;
  #yy = 0;
  #meanX = 0;
  #meanY = 0;
  #variance = 0;
  /** What was left of the difference in the last round, summed like the variance. */
  #difference = 0;

  /**
   * Finds the place (x, y) of `from` in `to`, beginning at `flow`, where the result goes.
   *
   * @param coarsest level that is looked at first, 0 for the pictures themselves only
   */
  find(from: Pyramid, to: Pyramid, x: number, y: number, coarsest: number, flow: Flow): void {
    for (let level = coarsest; level >= 0; level--)
      this.#look(from, to, x, y, level, level === 0 ? exact : rough, flow);
  }

  /** Whether the place (x, y) of `from` is within `reach` pixels of there in `to`. */
  stays(from: Pyramid, to: Pyramid, x: number, y: number, reach: number): boolean {
    const flow: Flow = { x: 0, y: 0, found: false };
    this.#look(from, to, x, y, 0, brief, flow);
    return flow.found && Math.hypot(flow.x, flow.y) < reach;
  }

  #look(from: Pyramid, to: Pyramid, x: number, y: number, level: number, effort: Effort, flow: Flow): void {
    const scale = 2 ** level;
    // Pixel i of a level covers 2 i and 2 i + 1 of the one below.
    const px = (x + 0.5) / scale - 0.5;
    const py = (y + 0.5) / scale - 0.5;
    flow.found =
      this.#take(from.level(level), px, py) &&
      this.#move(to.level(level), px, py, scale, effort, flow) &&
      this.#difference < Math.max(alike * this.#variance, noise * area);
  }

  /** Cuts the square around (px, py) out, with its gradients. */
  #take(picture: Grey, px: number, py: number): boolean {
    const patch = this.#patch;
    if (!cut(picture, px, py, radius + 1, patch)) return false;
    const [gx, gy, template] = [this.#gx, this.#gy, this.#template];
    let [sumX, sumY, sum] = [0, 0, 0];
    let [xx, xy, yy, squares] = [0, 0, 0, 0];
    for (let r = 0, i = 0; r < side; r++)
      for (let at = (r + 1) * wide + 1, end = at + side; at < end; at++, i++) {
        const x = (patch[at + 1] - patch[at - 1]) / 2;
        const y = (patch[at + wide] - patch[at - wide]) / 2;
        const t = patch[at];
        gx[i] = x;
        gy[i] = y;
        template[i] = t;
        sumX += x;
        sumY += y;
        sum += t;
        xx += x * x;
        xy += x * y;
        yy += y * y;
        squares += t * t;
      }
    // Gradients less their mean do not see a change of brightness.
    xx -= (sumX * sumX) / area;
    xy -= (sumX * sumY) / area;
    yy -= (sumY * sumY) / area;
    const determinant = xx * yy - xy * xy;
    if (!(determinant > area * area)) return false;
    this.#xx = yy / determinant;
    this.#xy = -xy / determinant;
    this.#yy = xx / determinant;
    this.#meanX = sumX / area;
    this.#meanY = sumY / area;
    this.#variance = squares - (sum * sum) / area;
    return true;
  }

  /** Moves the square to where it fits best; a step of `enough` pixels is the last. */
  #move(
    picture: Grey,
    px: number,
    py: number,
    scale: number,
    { rounds, enough }: Effort,
    flow: Flow,
  ): boolean {
    const [gx, gy, template] = [this.#gx, this.#gy, this.#template];
    const { width, height, data } = picture;
    let dx = flow.x / scale;
    let dy = flow.y / scale;
    for (let round = 0; round < rounds; round++) {
      const left = Math.floor(px + dx);
      const top = Math.floor(py + dy);
      if (!isInside(left, top, radius, width, height)) return false;
      const fx = px + dx - left;
      const fy = py + dy - top;
      const [w00, w10, w01, w11] = [(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy];
      let bx = 0;
      let by = 0;
      let sum = 0;
      let squares = 0;
      for (let y = -radius, i = 0; y <= radius; y++) {
        let at = (top + y) * width + left - radius;
        let before = w00 * data[at] + w01 * data[at + width];
        for (const end = i + side; i < end; i++) {
          at++;
          const upper = data[at];
          const lower = data[at + width];
          const e = template[i] - before - w10 * upper - w11 * lower;
          before = w00 * upper + w01 * lower;
          bx += gx[i] * e;
          by += gy[i] * e;
          sum += e;
          squares += e * e;
        }
      }
      this.#difference = squares - (sum * sum) / area;
      bx -= this.#meanX * sum;
      by -= this.#meanY * sum;
      const stepX = this.#xx * bx + this.#xy * by;
      const stepY = this.#xy * bx + this.#yy * by;
      // Further than the square the gradients tell nothing.
      if (!(Math.abs(stepX) <= radius && Math.abs(stepY) <= radius)) return false;
      dx += stepX;
      dy += stepY;
      if (Math.abs(stepX) + Math.abs(stepY) < enough) break;
    }
    flow.x = dx * scale;
    flow.y = dy * scale;
    return true;
  }
}

/** Whether the square of half side `r` and one pixel more are inside a picture. */
const isInside = (left: number, top: number, r: number, width: number, height: number): boolean =>
  left >= r && top >= r && left + r + 1 < width && top + r + 1 < height;

/** Copies the square of half side `r` around (px, py), between pixels; false where it is not inside. */
function cut({ width, height, data }: Grey, px: number, py: number, r: number, out: Float64Array): boolean {
  const left = Math.floor(px);
  const top = Math.floor(py);
  if (!isInside(left, top, r, width, height)) return false;
  const fx = px - left;
  const fy = py - top;
  const [w00, w10, w01, w11] = [(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy];
  for (let y = -r, i = 0; y <= r; y++) {
    let at = (top + y) * width + left - r;
    let upper = data[at];
    let lower = data[at + width];
    for (let x = -r; x <= r; x++) {
      at++;
      const nextUpper = data[at];
      const nextLower = data[at + width];
      out[i++] = w00 * upper + w10 * nextUpper + w01 * lower + w11 * nextLower;
      upper = nextUpper;
      lower = nextLower;
    }
  }
  return true;
}
