/**
 * A video as a camera would have seen it that swings and shakes: a window that wanders over the pictures, and boxes
 * that wander with it. Where the window is is known, and so is how the picture moved.
 */

import type { Affine, Box, Frame } from "../../src/types.js";
import { random } from "../../test/_random.js";

/** How a window moves. */
export type Way = (index: number) => readonly [x: number, y: number];

/** Still, in the middle. */
export const stand =
  ([w, h]: readonly [number, number]): Way =>
  () => [w / 2, h / 2];

/** From side to side and back, in so many frames. */
export const swing =
  ([w, h]: readonly [number, number], period = 100): Way =>
  (index) => [
    Math.round((w / 2) * (1 + Math.sin((2 * Math.PI * index) / period))),
    Math.round((h / 2) * (1 + Math.sin((2 * Math.PI * index) / (1.7 * period)))),
  ];

/** Every frame elsewhere, by up to a share of the room. */
export function shake([w, h]: readonly [number, number], share = 0.15, frames = 10_000): Way {
  const next = random(5);
  const places = Array.from({ length: frames }, () => [next(), next()] as const);
  const one = (size: number, u: number) => Math.round((size / 2) * (1 + share * (2 * u - 1)));
  return (index) => [one(w, places[index]![0]), one(h, places[index]![1])];
}

/** The window of a frame; `data` is its own. */
export function window(
  frame: Frame,
  [x, y]: readonly [number, number],
  [w, h]: readonly [number, number],
): Frame {
  const data = new Uint8Array(w * h * 3);
  for (let row = 0; row < h; row++) {
    const at = 3 * ((y + row) * frame.width + x);
    data.set(frame.data.subarray(at, at + 3 * w), 3 * w * row);
  }
  return { index: frame.index, time: frame.time, width: w, height: h, data };
}

/** A box in the window, cut at its edges; undefined where less than half of it is inside. */
export function boxInside(
  [x1, y1, x2, y2]: Box,
  [x, y]: readonly [number, number],
  [w, h]: readonly [number, number],
): Box | undefined {
  const cut: Box = [Math.max(0, x1 - x), Math.max(0, y1 - y), Math.min(w, x2 - x), Math.min(h, y2 - y)];
  const [cw, ch] = [cut[2] - cut[0], cut[3] - cut[1]];
  return cw > 0 && ch > 0 && cw * ch >= 0.5 * (x2 - x1) * (y2 - y1) ? cut : undefined;
}

/** How the picture moved between two frames. */
export function motionOf(way: Way, index: number): Affine | undefined {
  if (index === 0) return undefined;
  const [x0, y0] = way(index - 1);
  const [x1, y1] = way(index);
  return [1, 0, x0 - x1, 0, 1, y0 - y1];
}
