/**
 * Drawing straight into the bytes of a picture. What is drawn on a frame is a small part of it: filling the few pixels that
 * change costs less than moving the whole frame into a drawing library and back.
 */
import type { Colour } from "./palette.js";

/** RGB bytes, row-major; a `Frame` is one. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** How much ink each pixel of a small picture takes, 0 to 255. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Fills the pixels from (x1, y1) up to and without (x2, y2); what is outside the picture is left out. */
export function fillRect(
  { width, height, data }: Canvas,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  [red, green, blue]: Colour,
  alpha = 1,
): void {
  const [left, top] = [Math.max(0, Math.round(x1)), Math.max(0, Math.round(y1))];
  const [right, bottom] = [Math.min(width, Math.round(x2)), Math.min(height, Math.round(y2))];
  const a = Math.round(alpha * 256);
  const rest = 256 - a;
  for (let y = top; y < bottom; y++)
    for (let at = (y * width + left) * 3, end = (y * width + right) * 3; at < end; at += 3) {
      data[at] = (red * a + data[at]! * rest) >> 8;
      data[at + 1] = (green * a + data[at + 1]! * rest) >> 8;
      data[at + 2] = (blue * a + data[at + 2]! * rest) >> 8;
    }
}

/** Lays a colour over the picture through a mask whose upper left corner is at (x, y). */
export function stamp(
  { width, height, data }: Canvas,
  mask: Mask,
  x: number,
  y: number,
  [red, green, blue]: Colour,
): void {
  const [left, top] = [Math.round(x), Math.round(y)];
  const [fromX, toX] = [Math.max(0, -left), Math.min(mask.width, width - left)];
  const [fromY, toY] = [Math.max(0, -top), Math.min(mask.height, height - top)];
  for (let my = fromY; my < toY; my++)
    for (let mx = fromX; mx < toX; mx++) {
      const a = mask.data[my * mask.width + mx]!;
      if (a === 0) continue;
      const at = ((top + my) * width + left + mx) * 3;
      const rest = 255 - a;
      data[at] = (red * a + data[at]! * rest) / 255;
      data[at + 1] = (green * a + data[at + 1]! * rest) / 255;
      data[at + 2] = (blue * a + data[at + 2]! * rest) / 255;
    }
}

/** A straight line with smooth edges, `thick` pixels wide; ends are round. */
export function drawLine(
  { width, height, data }: Canvas,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  thick: number,
  [red, green, blue]: Colour,
  alpha = 1,
): void {
  const half = thick / 2;
  const cut = clip(x1, y1, x2, y2, half + 1, width, height);
  if (!cut) return;
  const [ax, ay, bx, by] = cut;
  const [dx, dy] = [bx - ax, by - ay];
  const square = dx * dx + dy * dy;
  const reach = half + 1;
  // Along the longer side, so that only a band of the rectangle around it is looked at.
  const steep = Math.abs(dy) > Math.abs(dx);
  const [from, to] = steep ? [Math.min(ay, by), Math.max(ay, by)] : [Math.min(ax, bx), Math.max(ax, bx)];
  const slope = steep ? (dy === 0 ? 0 : dx / dy) : dx === 0 ? 0 : dy / dx;
  const band = reach * Math.sqrt(1 + slope * slope);
  const last = Math.min((steep ? height : width) - 1, Math.ceil(to + reach));
  for (let main = Math.max(0, Math.floor(from - reach)); main <= last; main++) {
    const along = Math.min(to, Math.max(from, main + 0.5));
    const middle = steep ? ax + (along - ay) * slope : ay + (along - ax) * slope;
    const end = Math.min((steep ? width : height) - 1, Math.ceil(middle + band));
    for (let side = Math.max(0, Math.floor(middle - band)); side <= end; side++) {
      const [px, py] = steep ? [side + 0.5, main + 0.5] : [main + 0.5, side + 0.5];
      const t = square === 0 ? 0 : Math.min(1, Math.max(0, ((px - ax) * dx + (py - ay) * dy) / square));
      const cover = Math.min(1, half + 0.5 - Math.hypot(px - ax - t * dx, py - ay - t * dy)) * alpha;
      if (cover <= 0) continue;
      const at = (steep ? main * width + side : side * width + main) * 3;
      data[at] = data[at]! + (red - data[at]!) * cover;
      data[at + 1] = data[at + 1]! + (green - data[at + 1]!) * cover;
      data[at + 2] = data[at + 2]! + (blue - data[at + 2]!) * cover;
    }
  }
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

/**
 * Replaces a rectangle by squares of one colour each: the average of what was there. At most eight squares along the shorter
 * side, whatever its size, so that a face keeps no feature.
 */
export function pixelate(
  { width, height, data }: Canvas,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
): void {
  const [left, top] = [Math.max(0, Math.floor(x1)), Math.max(0, Math.floor(y1))];
  const [right, bottom] = [Math.min(width, Math.ceil(x2)), Math.min(height, Math.ceil(y2))];
  const side = Math.max(8, Math.ceil(Math.min(x2 - x1, y2 - y1) / 8));
  for (let by = top; by < bottom; by += side)
    for (let bx = left; bx < right; bx += side) {
      const [endX, endY] = [Math.min(right, bx + side), Math.min(bottom, by + side)];
      let [red, green, blue] = [0, 0, 0];
      for (let y = by; y < endY; y++)
        for (let at = (y * width + bx) * 3, end = (y * width + endX) * 3; at < end; at += 3) {
          red += data[at]!;
          green += data[at + 1]!;
          blue += data[at + 2]!;
        }
      const count = (endX - bx) * (endY - by);
      const [r, g, b] = [red / count, green / count, blue / count];
      for (let y = by; y < endY; y++)
        for (let at = (y * width + bx) * 3, end = (y * width + endX) * 3; at < end; at += 3) {
          data[at] = r;
          data[at + 1] = g;
          data[at + 2] = b;
        }
    }
}
