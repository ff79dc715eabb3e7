/** Pictures of a made-up scene through a camera whose motion is known. */
import type { Affine, Detections, Frame } from "../../src/types.js";
import { random } from "../_random.js";

/** A picture that goes on in all directions: brightness at any place, 0 to 255. */
export type Scene = (x: number, y: number) => number;

export const nothing: Detections = {
  count: 0,
  boxes: new Float64Array(),
  scores: new Float64Array(),
  classes: new Int32Array(),
};

export const boxed = (...boxes: readonly (readonly number[])[]): Detections => ({
  count: boxes.length,
  boxes: Float64Array.from(boxes.flat()),
  scores: new Float64Array(boxes.length).fill(0.9),
  classes: new Int32Array(boxes.length),
});

/** Smooth noise in two sizes, between lattice points that a seed decides. */
export function clouds(seed: number, grain = 12): Scene {
  const side = 256;
  const next = random(seed);
  const lattice = Float64Array.from({ length: side * side }, next);
  const at = (a: number, b: number) => lattice[(b & (side - 1)) * side + (a & (side - 1))]!;
  const smooth = (f: number) => f * f * (3 - 2 * f);
  const value = (x: number, y: number): number => {
    const i = Math.floor(x);
    const j = Math.floor(y);
    const fx = smooth(x - i);
    const upper = at(i, j) * (1 - fx) + at(i + 1, j) * fx;
    const lower = at(i, j + 1) * (1 - fx) + at(i + 1, j + 1) * fx;
    return upper + (lower - upper) * smooth(y - j);
  };
  return (x, y) => 40 + 110 * value(x / grain, y / grain) + 70 * value(x / (4 * grain) + 99, y / (4 * grain));
}

/** What stands before the scene in the picture, by pixel; undefined where nothing does. */
export type Before = (x: number, y: number) => number | undefined;

/** The frame of a camera that sees the scene's place `inverse(x, y)` at (x, y), in the middle of pixels. */
export function shoot(
  scene: Scene,
  index: number,
  [width, height]: readonly [number, number],
  camera: Affine = [1, 0, 0, 0, 1, 0],
  { before, noise }: { readonly before?: Before; readonly noise?: () => number } = {},
): Frame {
  const [a, b, tx, c, d, ty] = invert(camera);
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at += 3) {
      const px = x + 0.5;
      const py = y + 0.5;
      const seen = before?.(px, py) ?? scene(a * px + b * py + tx, c * px + d * py + ty);
      const value = Math.max(0, Math.min(255, Math.round(seen + (noise?.() ?? 0))));
      data[at] = value;
      data[at + 1] = value;
      data[at + 2] = value;
    }
  return { index, time: index / 25, width, height, data };
}

export function invert([a, b, x, c, d, y]: Affine): Affine {
  const n = a * d - b * c;
  return [d / n, -b / n, (b * y - d * x) / n, -c / n, a / n, (c * x - a * y) / n];
}

/** A turn (radians) and zoom around the middle of the picture, then a shift. */
export function motion(
  [width, height]: readonly [number, number],
  { x = 0, y = 0, zoom = 1, turn = 0 }: { x?: number; y?: number; zoom?: number; turn?: number },
): Affine {
  const [a, b] = [zoom * Math.cos(turn), zoom * Math.sin(turn)];
  const [cx, cy] = [width / 2, height / 2];
  return [a, -b, x + cx - a * cx + b * cy, b, a, y + cy - b * cx - a * cy];
}

/** How far apart two motions take the corner where they differ most, in pixels. */
export function apart(one: Affine, other: Affine, [width, height]: readonly [number, number]): number {
  const [a, b, x, c, d, y] = one.map((v, i) => v - other[i]!) as unknown as Affine;
  const corners = [0, width].flatMap((px) => [0, height].map((py) => [px, py] as const));
  return Math.max(...corners.map(([px, py]) => Math.hypot(a * px + b * py + x, c * px + d * py + y)));
}

/** Sensor noise of this standard deviation, about. */
export function grainOf(seed: number, deviation: number): () => number {
  const next = random(seed);
  return () => deviation * Math.sqrt(6) * (next() + next() - 1);
}
