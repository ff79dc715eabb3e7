/**
 * Drawing straight into the planes of a picture: rectangles and squares. What has smooth edges goes through a `Stencil`.
 */
import { type Canvas, coloursOf, type Ink } from "./canvas.js";

/** Fills the pixels from (x1, y1) up to and without (x2, y2); what is outside the picture is left out. */
export function fillRect(
  canvas: Canvas,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  ink: Ink,
  alpha = 1,
): void {
  const { width, height, data } = canvas;
  const [left, top] = [Math.max(0, Math.round(x1)), Math.max(0, Math.round(y1))];
  const [right, bottom] = [Math.min(width, Math.round(x2)), Math.min(height, Math.round(y2))];
  if (left >= right || top >= bottom) return;
  const a = Math.round(alpha * 256);
  blend(data, width, left, top, right, bottom, ink.y, a);
  const { columns, u, v } = coloursOf(canvas);
  // Four pixels share a colour: at an odd edge it takes as much ink as they do.
  const [fromX, fromY] = [(left + 1) >> 1, (top + 1) >> 1];
  const toX = right === width ? columns : right >> 1;
  const toY = bottom === height ? (height + 1) >> 1 : bottom >> 1;
  const [isLeft, isRight] = [fromX > left >> 1, toX < (right + 1) >> 1];
  for (let row = top >> 1; 2 * row < bottom; row++) {
    const part = row < fromY || row >= toY ? a >> 1 : a;
    const [atU, atV] = [u + row * columns, v + row * columns];
    if (isLeft) {
      blend(data, 0, atU + fromX - 1, 0, atU + fromX, 1, ink.u, part >> 1);
      blend(data, 0, atV + fromX - 1, 0, atV + fromX, 1, ink.v, part >> 1);
    }
    if (fromX < toX) {
      blend(data, 0, atU + fromX, 0, atU + toX, 1, ink.u, part);
      blend(data, 0, atV + fromX, 0, atV + toX, 1, ink.v, part);
    }
    if (isRight) {
      blend(data, 0, atU + toX, 0, atU + toX + 1, 1, ink.u, part >> 1);
      blend(data, 0, atV + toX, 0, atV + toX + 1, 1, ink.v, part >> 1);
    }
  }
}

/** Moves bytes of a rectangle towards a value by `a` of 256 parts. */
function blend(
  data: Uint8Array,
  stride: number,
  left: number,
  top: number,
  right: number,
  bottom: number,
  value: number,
  a: number,
): void {
  const isFill = a === 256 && right - left > 16;
  const add = value * a + 128;
  const rest = 256 - a;
  for (let y = top; y < bottom; y++) {
    const to = y * stride + right;
    if (isFill) data.fill(value, to - right + left, to);
    else for (let i = to - right + left; i < to; i++) data[i] = (add + data[i]! * rest) >> 8;
  }
}

/**
 * Replaces a rectangle by squares of one colour each: the average of what was there. At most eight squares along the shorter
 * side, whatever its size, so that a face keeps no feature.
 */
export function pixelate(canvas: Canvas, x1: number, y1: number, x2: number, y2: number): void {
  const { width, height, data } = canvas;
  const { columns, rows, u, v } = coloursOf(canvas);
  // Even, so that squares of brightness and of colour are the same.
  const even = (value: number) => 2 * Math.floor(value / 2);
  const [left, top] = [Math.max(0, even(x1)), Math.max(0, even(y1))];
  const [right, bottom] = [Math.min(width, even(x2 + 1.999)), Math.min(height, even(y2 + 1.999))];
  const side = Math.max(8, 2 * Math.ceil(Math.min(x2 - x1, y2 - y1) / 16));
  for (let y = top; y < bottom; y += side)
    for (let x = left; x < right; x += side) {
      const [endX, endY] = [Math.min(right, x + side), Math.min(bottom, y + side)];
      level(data, 0, width, x, y, endX, endY);
      const [cx, cy] = [x >> 1, y >> 1];
      const [endCx, endCy] = [Math.min(columns, (endX + 1) >> 1), Math.min(rows, (endY + 1) >> 1)];
      level(data, u, columns, cx, cy, endCx, endCy);
      level(data, v, columns, cx, cy, endCx, endCy);
    }
}

/** Fills a square of a plane with its average. */
function level(
  data: Uint8Array,
  plane: number,
  stride: number,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
): void {
  let sum = 0;
  for (let y = y1; y < y2; y++)
    for (let at = plane + y * stride + x1, end = at + x2 - x1; at < end; at++) sum += data[at]!;
  const average = Math.round(sum / ((x2 - x1) * (y2 - y1)));
  for (let y = y1; y < y2; y++) data.fill(average, plane + y * stride + x1, plane + y * stride + x2);
}
