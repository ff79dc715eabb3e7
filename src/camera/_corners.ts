/**
 * Places that can be found again: J. Shi, C. Tomasi, "Good features to track", CVPR 1994, section 4.
 */
import type { Grey } from "./_grey.js";

/** About so many are looked for, one in each cell of a grid, so that they lie all over the picture. */
const cells = 120;
/** Half the side of the square over which gradients are summed. */
const reach = 2;
const side = 2 * reach + 1;
const area = side ** 2;
/** Least mean square of the gradient in its weakest direction, in grey levels per pixel: less drowns in noise. */
const least = 4;

/** Finds corners; its room is its own, so that frames leave no garbage. */
export class Corners {
  /** Products of the gradients in the last rows, and their sums over these rows, column by column. */
  #xx = new Int32Array(0);
  #xy = new Int32Array(0);
  #yy = new Int32Array(0);
  #best = new Float64Array(0);
  #bestX = new Int32Array(0);
  #bestY = new Int32Array(0);

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
    const cellSide = Math.max(4, Math.sqrt((width * height) / cells));
    const columns = Math.max(1, Math.round(width / cellSide));
    const rows = Math.max(1, Math.round(height / cellSide));
    const border = Math.max(margin, reach + 1);
    const found: number[] = [];
    this.#reserve(width, columns);
    let row = 0;
    // The sums around a row are complete `reach` rows further on.
    for (let last = 1; last < height - 1; last++) {
      this.#sumColumns(data, width, last);
      const y = last - reach;
      if (y < border || y >= height - border) continue;
      while (y >= Math.floor(((row + 1) * height) / rows)) {
        this.#take(found, columns);
        row++;
      }
      for (let c = 0; c < columns; c++) {
        const from = Math.max(border, Math.floor((c * width) / columns));
        const to = Math.min(width - border, Math.floor(((c + 1) * width) / columns));
        this.#look(from, to, y, c, width, hidden);
      }
    }
    this.#take(found, columns);
    return Float64Array.from(found);
  }

  #reserve(width: number, columns: number): void {
    if (this.#xx.length !== (side + 1) * width) {
      this.#xx = new Int32Array((side + 1) * width);
      this.#xy = new Int32Array((side + 1) * width);
      this.#yy = new Int32Array((side + 1) * width);
    } else for (const products of [this.#xx, this.#xy, this.#yy]) products.fill(0);
    if (this.#best.length !== columns) {
      this.#best = new Float64Array(columns);
      this.#bestX = new Int32Array(columns);
      this.#bestY = new Int32Array(columns);
    }
    this.#best.fill(least);
    this.#bestX.fill(-1);
  }

  /** Adds the cells' corners, and begins the next row of cells. */
  #take(found: number[], columns: number): void {
    for (let c = 0; c < columns; c++) if (this.#bestX[c] >= 0) found.push(this.#bestX[c], this.#bestY[c]);
    this.#best.fill(least);
    this.#bestX.fill(-1);
  }

  /** Takes row y into the sums, and out of them the row whose place it takes. Gradients are twice what they are. */
  #sumColumns(data: Uint8Array, width: number, y: number): void {
    const [xx, xy, yy] = [this.#xx, this.#xy, this.#yy];
    let at = y * width + 1;
    let old = (1 + (y % side)) * width + 1;
    for (let x = 1; x < width - 1; x++, at++, old++) {
      const gx = data[at + 1] - data[at - 1];
      const gy = data[at + width] - data[at - width];
      xx[x] += gx * gx - xx[old];
      xx[old] = gx * gx;
      xy[x] += gx * gy - xy[old];
      xy[old] = gx * gy;
      yy[x] += gy * gy - yy[old];
      yy[old] = gy * gy;
    }
  }

  /** Looks for a better corner in the row y of cell c. A corner's score: the smaller eigenvalue of the mean products. */
  #look(
    from: number,
    to: number,
    y: number,
    c: number,
    width: number,
    hidden: (x: number, y: number) => boolean,
  ): void {
    if (from >= to || to + reach > width) return;
    const [columnsXx, columnsXy, columnsYy] = [this.#xx, this.#xy, this.#yy];
    let best = this.#best[c];
    let [xx, xy, yy] = [0, 0, 0];
    for (let x = from - reach; x < from + reach; x++) {
      xx += columnsXx[x];
      xy += columnsXy[x];
      yy += columnsYy[x];
    }
    for (let x = from; x < to; x++) {
      xx += columnsXx[x + reach];
      xy += columnsXy[x + reach];
      yy += columnsYy[x + reach];
      // The smaller eigenvalue is above neither of the two.
      if (Math.min(xx, yy) > best * 4 * area) {
        const score = (xx + yy - Math.sqrt((xx - yy) * (xx - yy) + 4 * xy * xy)) / (8 * area);
        if (score > best && !hidden(x, y)) {
          best = score;
          this.#bestX[c] = x;
          this.#bestY[c] = y;
        }
      }
      xx -= columnsXx[x - reach];
      xy -= columnsXy[x - reach];
      yy -= columnsYy[x - reach];
    }
    this.#best[c] = best;
  }
}
