/**
 * Places that can be found again: J. Shi, C. Tomasi, "Good features to track", CVPR 1994, section 4.
 */
import type { Grey } from "./_grey.js";

/** About so many are looked for, one in each cell of a grid, so that they lie all over the picture. */
const cells = 120;
/** Half the side of the square over which gradients are summed. */
const reach = 2;
const area = (2 * reach + 1) ** 2;
/** Least mean square of the gradient in its weakest direction, in grey levels per pixel: less drowns in noise. */
const least = 4;

/** Room for what is computed on the way; the object's own, so that frames leave no garbage. */
export class Corners {
  #xx = new Float32Array(0);
  #xy = new Float32Array(0);
  #yy = new Float32Array(0);

  /**
   * The best corner of each cell that has one, `[x, y] * n` in pixels of `picture`.
   *
   * @param margin no corner is nearer to the border
   * @param hidden whether something stands at this place that may move by itself
   */
  find(
    { width, height, data }: Grey,
    margin: number,
    hidden: (x: number, y: number) => boolean,
  ): Float64Array {
    this.#sumProducts(data, width, height);
    const side = Math.max(4, Math.sqrt((width * height) / cells));
    const columns = Math.max(1, Math.round(width / side));
    const rows = Math.max(1, Math.round(height / side));
    const border = Math.max(margin, reach + 1);
    const found: number[] = [];
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++) {
        let best = least;
        let bestX = -1;
        let bestY = -1;
        const x1 = Math.min(width - border, Math.floor(((c + 1) * width) / columns));
        const y1 = Math.min(height - border, Math.floor(((r + 1) * height) / rows));
        for (let y = Math.max(border, Math.floor((r * height) / rows)); y < y1; y++)
          for (let x = Math.max(border, Math.floor((c * width) / columns)); x < x1; x++) {
            const score = this.#score(y * width + x);
            if (score <= best || hidden(x, y)) continue;
            best = score;
            bestX = x;
            bestY = y;
          }
        if (bestX >= 0) found.push(bestX, bestY);
      }
    return Float64Array.from(found);
  }

  /** The smaller eigenvalue of the gradients' mean products. */
  #score(at: number): number {
    const xx = this.#xx[at];
    const yy = this.#yy[at];
    const xy = this.#xy[at];
    return (xx + yy - Math.sqrt((xx - yy) * (xx - yy) + 4 * xy * xy)) / (2 * area);
  }

  /** Sums the products of the gradients over the square around each pixel. */
  #sumProducts(data: Uint8Array, width: number, height: number): void {
    const size = width * height;
    if (this.#xx.length !== size) {
      this.#xx = new Float32Array(size);
      this.#xy = new Float32Array(size);
      this.#yy = new Float32Array(size);
    }
    const [xx, xy, yy] = [this.#xx, this.#xy, this.#yy];
    for (let y = 1; y < height - 1; y++)
      for (let x = 1, at = y * width + 1; x < width - 1; x++, at++) {
        const gx = (data[at + 1] - data[at - 1]) / 2;
        const gy = (data[at + width] - data[at - width]) / 2;
        xx[at] = gx * gx;
        xy[at] = gx * gy;
        yy[at] = gy * gy;
      }
    for (const products of [xx, xy, yy]) sumSquares(products, width, height);
  }
}

/** Replaces each value by the sum over the square around it, where the square fits into the inner pixels. */
function sumSquares(values: Float32Array, width: number, height: number): void {
  const length = 2 * reach + 1;
  const line = new Float32Array(Math.max(width, height));
  // Sums of whole and quarter numbers below 2 ** 24: no rounding, however they are ordered.
  for (let y = 1; y < height - 1; y++) {
    const at = y * width;
    let sum = 0;
    for (let x = 1; x < width - 1; x++) {
      line[x] = values[at + x];
      sum += line[x];
      if (x > length) sum -= line[x - length];
      if (x >= length) values[at + x - reach] = sum;
    }
  }
  for (let x = 1 + reach; x < width - 1 - reach; x++) {
    let sum = 0;
    for (let y = 1, at = width + x; y < height - 1; y++, at += width) {
      line[y] = values[at];
      sum += line[y];
      if (y > length) sum -= line[y - length];
      if (y >= length) values[at - reach * width] = sum;
    }
  }
}
