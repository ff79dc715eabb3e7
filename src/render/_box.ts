/** The outline of a box in the look of its identity. */
import type { Box } from "../types.js";
import type { Canvas, Ink } from "./canvas.js";
import type { Outline } from "./palette.js";
import { fillRect } from "./pixels.js";

/** What an outline is drawn with. */
export interface Pen {
  readonly ink: Ink;
  readonly rim: Ink;
  readonly outline: Outline;
}

/** Draws a box, dashed where nobody saw it; a dark rim keeps it visible on any ground. */
export function drawBox(
  canvas: Canvas,
  [left, top, right, bottom]: Box,
  { ink, rim, outline }: Pen,
  thick: number,
  dashed: boolean,
): void {
  const [x1, y1, x2, y2] = [Math.round(left), Math.round(top), Math.round(right), Math.round(bottom)];
  const t = Math.max(1, Math.min(thick, Math.floor(Math.min(x2 - x1, y2 - y1) / 4)));
  const frame = (inset: number, width: number, colour: Ink, alpha: number) =>
    drawFrame(
      canvas,
      x1 + inset,
      y1 + inset,
      x2 - inset,
      y2 - inset,
      width,
      colour,
      alpha,
      dashed ? 4 * t : 0,
    );
  frame(-1, t + 2, rim, 0.55);
  frame(0, t, ink, 1);
  if (outline === "double" && Math.min(x2 - x1, y2 - y1) > 8 * t) {
    frame(2 * t, Math.max(1, t >> 1), ink, 1);
  }
  if (outline === "corners") {
    const reach = Math.max(2 * t, Math.round(Math.min(x2 - x1, y2 - y1) / 4));
    const w = 2 * t;
    for (const [x, toX] of [
      [x1 - t, x1 + reach],
      [x2 - reach, x2 + t],
    ] as const)
      for (const y of [y1 - t, y2 - t]) fillRect(canvas, x, y, toX, y + w, ink);
    for (const [y, toY] of [
      [y1 - t, y1 + reach],
      [y2 - reach, y2 + t],
    ] as const)
      for (const x of [x1 - t, x2 - t]) fillRect(canvas, x, y, x + w, toY, ink);
  }
}

/** Four sides inside a rectangle, of dashes as long as the gaps between them where `dash` is not 0. */
function drawFrame(
  canvas: Canvas,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  t: number,
  colour: Ink,
  alpha: number,
  dash: number,
): void {
  const along = (from: number, to: number, limit: number, draw: (a: number, b: number) => void): void => {
    if (dash === 0) {
      draw(from, to);
      return;
    }
    // What is outside the picture has no dashes to be counted.
    const first = from < 0 ? from + Math.floor(-from / (2 * dash)) * 2 * dash : from;
    for (let at = first; at < Math.min(to, limit); at += 2 * dash) draw(at, Math.min(to, at + dash));
  };
  const { width, height } = canvas;
  along(x1, x2, width, (a, b) => fillRect(canvas, a, y1, b, y1 + t, colour, alpha));
  along(x1, x2, width, (a, b) => fillRect(canvas, a, y2 - t, b, y2, colour, alpha));
  along(y1 + t, y2 - t, height, (a, b) => fillRect(canvas, x1, a, x1 + t, b, colour, alpha));
  along(y1 + t, y2 - t, height, (a, b) => fillRect(canvas, x2 - t, a, x2, b, colour, alpha));
}
