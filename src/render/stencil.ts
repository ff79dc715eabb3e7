/**
 * Shapes with smooth edges: first how much ink every pixel takes, then the ink. Strokes of one path join without a seam, since
 * the most that any of them asks of a pixel counts, not one after the other; and brightness and colour, which has half the
 * rows and columns, come from the same shape.
 */
import { type Canvas, coloursOf, type Ink } from "./canvas.js";

/** How much ink each pixel of a small picture takes, 0 to 255. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** What is around the shapes. */
export interface Rim {
  readonly ink: Ink;
  readonly part: number;
}

/** Collects shapes for pictures of one size; empty after each `paint`. */
export class Stencil {
  readonly #width: number;
  readonly #height: number;
  readonly #core: Uint8Array;
  readonly #rim: Uint8Array;
  /** Of each row, what is not 0 begins and ends here. */
  readonly #from: Int32Array;
  readonly #to: Int32Array;
  #top: number;
  #bottom = 0;

  constructor({ width, height }: { readonly width: number; readonly height: number }) {
    this.#width = width;
    this.#height = height;
    this.#core = new Uint8Array(width * height);
    this.#rim = new Uint8Array(width * height);
    this.#from = new Int32Array(height).fill(width);
    this.#to = new Int32Array(height);
    this.#top = height;
  }

  /** Adds a mask whose upper left corner is at (x, y), whole numbers. */
  stamp(mask: Mask, x: number, y: number): void {
    const [fromX, toX] = [Math.max(0, -x), Math.min(mask.width, this.#width - x)];
    const [fromY, toY] = [Math.max(0, -y), Math.min(mask.height, this.#height - y)];
    if (fromX >= toX || fromY >= toY) return;
    this.#cover(y + fromY, y + toY);
    for (let row = fromY; row < toY; row++) {
      this.#reach(y + row, x + fromX, x + toX);
      const [source, target] = [row * mask.width, (y + row) * this.#width + x];
      for (let i = fromX; i < toX; i++) {
        const ink = mask.data[source + i]!;
        if (ink > this.#core[target + i]!) this.#core[target + i] = ink;
      }
    }
  }

  /**
   * Adds a straight stroke with round ends, `thick` pixels wide, and a rim around it.
   *
   * @param ink how much it takes, 0 to 255
   */
  stroke(
    [x1, y1, x2, y2]: readonly [number, number, number, number],
    { thick, rim, ink }: { readonly thick: number; readonly rim: number; readonly ink: number },
  ): void {
    const half = thick / 2;
    const outer = half + rim + 0.5;
    const cut = clip(x1, y1, x2, y2, outer, this.#width, this.#height);
    if (!cut) return;
    const [ax, ay, bx, by] = cut;
    const [dx, dy] = [bx - ax, by - ay];
    const square = dx * dx + dy * dy;
    const [lowX, highX] = [Math.min(ax, bx) - outer, Math.max(ax, bx) + outer];
    const first = Math.max(0, Math.floor(Math.min(ay, by) - outer));
    const last = Math.min(this.#height - 1, Math.ceil(Math.max(ay, by) + outer));
    if (first > last) return;
    this.#cover(first, last + 1);
    // A row cuts out of the stroke what lies within this of the middle, but never more than from end to end.
    const band = dy === 0 ? Number.POSITIVE_INFINITY : (outer * Math.sqrt(square)) / Math.abs(dy);
    const inverse = square === 0 ? 0 : 1 / square;
    const [cores, rims] = [this.#core, this.#rim];
    const [outside, inside] = [outer * outer, half > 0.5 ? (half - 0.5) ** 2 : 0];
    for (let row = first; row <= last; row++) {
      const py = row + 0.5 - ay;
      const middle = dy === 0 ? ax : ax + (py * dx) / dy;
      const left = Math.max(0, Math.floor(Math.max(lowX, middle - band) - 0.5));
      const right = Math.min(this.#width, Math.ceil(Math.min(highX, middle + band) + 0.5));
      if (left >= right) continue;
      this.#reach(row, left, right);
      for (let x = left, at = row * this.#width + left; x < right; x++, at++) {
        const px = x + 0.5 - ax;
        const t = Math.min(1, Math.max(0, (px * dx + py * dy) * inverse));
        const ox = px - t * dx;
        const oy = py - t * dy;
        const away = ox * ox + oy * oy;
        if (away >= outside) continue;
        if (away <= inside) {
          if (ink > cores[at]!) cores[at] = ink;
          if (ink > rims[at]!) rims[at] = ink;
          continue;
        }
        const distance = Math.sqrt(away);
        const core = ink * (half + 0.5 - distance);
        if (core > cores[at]!) cores[at] = Math.min(ink, core);
        const rim = ink * (outer - distance);
        if (rim > rims[at]!) rims[at] = Math.min(ink, rim);
      }
    }
  }

  /**
   * Lays the shapes over a picture.
   *
   * @param rim its ink, and the part of it, 0 to 1, that the rim takes where the shape leaves it room
   */
  paint(canvas: Canvas, ink: Ink, rim: Rim = { ink, part: 0 }): void {
    const [top, bottom] = [this.#top, this.#bottom];
    const { columns, u, v } = coloursOf(canvas);
    for (let row = top; row < bottom; row++)
      if (this.#from[row]! < this.#to[row]!) this.#paintRow(canvas.data, row, ink.y, rim.ink.y, rim.part);
    for (let row = top >> 1; 2 * row < bottom; row++) {
      const below = Math.min(2 * row + 1, this.#height - 1);
      const from = Math.min(this.#from[2 * row]!, this.#from[below]!) >> 1;
      const to = (Math.max(this.#to[2 * row]!, this.#to[below]!) + 1) >> 1;
      if (from >= to) continue;
      const at = row * columns;
      this.#paintColours(canvas.data, row, below, from, to, [u + at, v + at], ink, rim);
    }
    this.#clear();
  }

  #paintRow(data: Uint8Array, row: number, ink: number, edge: number, part: number): void {
    const [cores, rims] = [this.#core, this.#rim];
    const end = row * this.#width + this.#to[row]!;
    for (let at = row * this.#width + this.#from[row]!; at < end; at++) {
      const core = cores[at]!;
      const rim = rims[at]! - core;
      if (core === 255) data[at] = ink;
      else if (rim > 0) data[at] = mix(mix(data[at]!, edge, Math.round(rim * part)), ink, core);
      else if (core > 0) data[at] = mix(data[at]!, ink, core);
    }
  }

  #paintColours(
    data: Uint8Array,
    row: number,
    below: number,
    from: number,
    to: number,
    [u, v]: readonly [number, number],
    ink: Ink,
    { ink: edge, part }: Rim,
  ): void {
    const [cores, rims] = [this.#core, this.#rim];
    const [upper, lower] = [2 * row * this.#width, below * this.#width];
    const last = this.#width - 1;
    for (let x = from; x < to; x++) {
      const [left, right] = [2 * x, Math.min(2 * x + 1, last)];
      const [a, b, c, d] = [upper + left, upper + right, lower + left, lower + right];
      const core = (cores[a]! + cores[b]! + cores[c]! + cores[d]!) >> 2;
      const around = ((rims[a]! + rims[b]! + rims[c]! + rims[d]!) >> 2) - core;
      const rim = around > 0 ? Math.round(around * part) : 0;
      if (core + rim === 0) continue;
      data[u + x] = mix(mix(data[u + x]!, edge.u, rim), ink.u, core);
      data[v + x] = mix(mix(data[v + x]!, edge.v, rim), ink.v, core);
    }
  }

  #clear(): void {
    for (let row = this.#top; row < this.#bottom; row++) {
      const [from, to] = [row * this.#width + this.#from[row]!, row * this.#width + this.#to[row]!];
      if (from >= to) continue;
      this.#core.fill(0, from, to);
      this.#rim.fill(0, from, to);
      this.#from[row] = this.#width;
      this.#to[row] = 0;
    }
    this.#top = this.#height;
    this.#bottom = 0;
  }

  #cover(top: number, bottom: number): void {
    if (top < this.#top) this.#top = top;
    if (bottom > this.#bottom) this.#bottom = bottom;
  }

  #reach(row: number, from: number, to: number): void {
    if (from < this.#from[row]!) this.#from[row] = from;
    if (to > this.#to[row]!) this.#to[row] = to;
  }
}

/** From one byte towards another by `part` of 255. */
function mix(from: number, to: number, part: number): number {
  // Exact for these products, and no division: (x + 128) * 257 >> 16 is x / 255, rounded.
  return ((from * (255 - part) + to * part + 128) * 257) >> 16;
}

/** The part of a line within the picture and a margin (Liang and Barsky, 1984): a path may lead far outside. */
function clip(
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  margin: number,
  width: number,
  height: number,
): readonly [number, number, number, number] | undefined {
  const [dx, dy] = [x2 - x1, y2 - y1];
  let [from, to] = [0, 1];
  for (const [p, q] of [
    [-dx, x1 + margin],
    [dx, width + margin - x1],
    [-dy, y1 + margin],
    [dy, height + margin - y1],
  ] as const) {
    if (p === 0) {
      if (q < 0) return undefined;
    } else if (p < 0) from = Math.max(from, q / p);
    else to = Math.min(to, q / p);
  }
  return from > to ? undefined : [x1 + from * dx, y1 + from * dy, x1 + to * dx, y1 + to * dy];
}
