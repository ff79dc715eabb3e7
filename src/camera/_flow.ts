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
/** Rounds at most, and the step in pixels that ends them. */
const rounds = 8;
const arrived = 0.03;
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
  readonly #other = new Float64Array(area);
  /** The inverse of the gradients' products. */
  #xx = 0;
  #xy = 0;
  #yy = 0;
  #variance = 0;

  /**
   * Finds the place (x, y) of `from` in `to`, beginning at `flow`, where the result goes.
   *
   * @param coarsest level that is looked at first, 0 for the pictures themselves only
   */
  search(from: Pyramid, to: Pyramid, x: number, y: number, coarsest: number, flow: Flow): void {
    for (let level = coarsest; level >= 0; level--) {
      const scale = 2 ** level;
      // Pixel i of a level covers 2 i and 2 i + 1 of the one below.
      const px = (x + 0.5) / scale - 0.5;
      const py = (y + 0.5) / scale - 0.5;
      flow.found = this.#take(from.level(level), px, py) && this.#move(to.level(level), px, py, scale, flow);
    }
    flow.found &&= this.#isAlike();
  }

  /** Cuts the square around (px, py) out, with its gradients. */
  #take(picture: Grey, px: number, py: number): boolean {
    const patch = this.#patch;
    if (!cut(picture, px, py, radius + 1, patch)) return false;
    const [gx, gy, template] = [this.#gx, this.#gy, this.#template];
    let meanX = 0;
    let meanY = 0;
    let mean = 0;
    for (let r = 0, i = 0; r < side; r++)
      for (let at = (r + 1) * wide + 1, end = at + side; at < end; at++, i++) {
        gx[i] = (patch[at + 1] - patch[at - 1]) / 2;
        gy[i] = (patch[at + wide] - patch[at - wide]) / 2;
        template[i] = patch[at];
        meanX += gx[i];
        meanY += gy[i];
        mean += template[i];
      }
    meanX /= area;
    meanY /= area;
    mean /= area;
    // Gradients less their mean do not see a change of brightness.
    let xx = 0;
    let xy = 0;
    let yy = 0;
    let variance = 0;
    for (let i = 0; i < area; i++) {
      const x = gx[i] - meanX;
      const y = gy[i] - meanY;
      const t = template[i] - mean;
      gx[i] = x;
      gy[i] = y;
      template[i] = t;
      xx += x * x;
      xy += x * y;
      yy += y * y;
      variance += t * t;
    }
    const determinant = xx * yy - xy * xy;
    if (!(determinant > area * area)) return false;
    this.#xx = yy / determinant;
    this.#xy = -xy / determinant;
    this.#yy = xx / determinant;
    this.#variance = variance;
    return true;
  }

  #move(picture: Grey, px: number, py: number, scale: number, flow: Flow): boolean {
    const [gx, gy, template, other] = [this.#gx, this.#gy, this.#template, this.#other];
    let dx = flow.x / scale;
    let dy = flow.y / scale;
    for (let round = 0; round < rounds; round++) {
      if (!cut(picture, px + dx, py + dy, radius, other)) return false;
      let bx = 0;
      let by = 0;
      for (let i = 0; i < area; i++) {
        const e = template[i] - other[i];
        bx += gx[i] * e;
        by += gy[i] * e;
      }
      const stepX = this.#xx * bx + this.#xy * by;
      const stepY = this.#xy * bx + this.#yy * by;
      // Further than the square the gradients tell nothing.
      if (!(Math.abs(stepX) <= radius && Math.abs(stepY) <= radius)) return false;
      dx += stepX;
      dy += stepY;
      if (Math.abs(stepX) + Math.abs(stepY) < arrived) break;
    }
    flow.x = dx * scale;
    flow.y = dy * scale;
    return true;
  }

  /** Whether the square last looked at is the one that was looked for. */
  #isAlike(): boolean {
    const [template, other] = [this.#template, this.#other];
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < area; i++) {
      const e = template[i] - other[i];
      sum += e;
      squares += e * e;
    }
    return squares - (sum * sum) / area < Math.max(alike * this.#variance, noise * area);
  }
}

/** Copies the square of half side `r` around (px, py), between pixels; false where it is not inside. */
function cut({ width, height, data }: Grey, px: number, py: number, r: number, out: Float64Array): boolean {
  const left = Math.floor(px);
  const top = Math.floor(py);
  if (!(left >= r && top >= r && left + r + 1 < width && top + r + 1 < height)) return false;
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
