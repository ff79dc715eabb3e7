/** Paths of points and the truth about them, from geometry that shares nothing with the counter's. */
import type { FrameTracks, Track } from "../../src/types.js";

export type Point = readonly [x: number, y: number];

/** Height of every box; its width is half of it. */
export const HEIGHT = 40;

/** A box whose foot is at a point. */
export const trackAt = (id: number, [x, y]: Point, c = 0): Track => ({
  id,
  box: [x - HEIGHT / 4, y - HEIGHT, x + HEIGHT / 4, y],
  score: 0.9,
  class: c,
  detection: 0,
});

/** Frames of several paths, at ten frames per second; undefined where an identity is not seen. */
export function framesOf(paths: readonly (readonly (Point | undefined)[])[]): FrameTracks[] {
  const length = Math.max(...paths.map((path) => path.length));
  return Array.from({ length }, (_, index) => ({
    index,
    time: index / 10,
    tracks: paths.flatMap((path, i) => (path[index] ? [trackAt(i + 1, path[index])] : [])),
  }));
}

/** Points on straight legs from one corner to the next, `speed` pixels apart at most. */
export function walk(corners: readonly Point[], speed: number): Point[] {
  const points: Point[] = [corners[0]!];
  for (let i = 1; i < corners.length; i++) {
    const [[ax, ay], [bx, by]] = [corners[i - 1]!, corners[i]!];
    const steps = Math.max(1, Math.ceil(Math.hypot(bx - ax, by - ay) / speed));
    for (let k = 1; k <= steps; k++)
      points.push([ax + ((bx - ax) * k) / steps, ay + ((by - ay) * k) / steps]);
  }
  return points;
}

/**
 * Where a leg and a line meet, as fractions of each (Cramer's rule); undefined where they are parallel. `toRight` is
 * whether it goes to the right hand of somebody who looks along the line, y being down.
 */
export function meeting(
  [a, b]: readonly [Point, Point],
  [c, d]: readonly [Point, Point],
): { readonly onLeg: number; readonly onLine: number; readonly toRight: boolean } | undefined {
  const [ux, uy] = [b[0] - a[0], b[1] - a[1]];
  const [vx, vy] = [d[0] - c[0], d[1] - c[1]];
  const determinant = ux * -vy + vx * uy;
  if (determinant === 0) return undefined;
  const [wx, wy] = [c[0] - a[0], c[1] - a[1]];
  const onLeg = (wx * -vy + vx * wy) / determinant;
  const onLine = (ux * wy - uy * wx) / determinant;
  // The right hand of (vx, vy) is (-vy, vx) where y is down.
  return { onLeg, onLine, toRight: ux * -vy + uy * vx > 0 };
}

/** How deep a point is inside (negative: how far outside), by the sum of angles and by points along the edge. */
export function depth(polygon: readonly Point[], [x, y]: Point): number {
  let angle = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < polygon.length; i++) {
    const [[ax, ay], [bx, by]] = [polygon[i]!, polygon[(i + 1) % polygon.length]!];
    let turn = Math.atan2(by - y, bx - x) - Math.atan2(ay - y, ax - x);
    while (turn > Math.PI) turn -= 2 * Math.PI;
    while (turn < -Math.PI) turn += 2 * Math.PI;
    angle += turn;
    for (let k = 0; k < 200; k++)
      least = Math.min(least, Math.hypot(ax + ((bx - ax) * k) / 200 - x, ay + ((by - ay) * k) / 200 - y));
  }
  return Math.abs(angle) > Math.PI ? least : -least;
}
