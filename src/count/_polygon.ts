/**
 * Polygons as flat arrays `[x, y, x, y, ...]`, the last corner joined to the first.
 */

/** Twice the signed area of the triangle a, b, c. */
const turn = (ax: number, ay: number, bx: number, by: number, cx: number, cy: number): number =>
  (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);

/** Whether a point is inside or on the edge. */
export function isInside(polygon: Float64Array, x: number, y: number): boolean {
  let inside = false;
  const n = polygon.length;
  let ax = polygon[n - 2];
  let ay = polygon[n - 1];
  for (let i = 0; i < n; i += 2) {
    const bx = polygon[i];
    const by = polygon[i + 1];
    const side = turn(ax, ay, bx, by, x, y);
    if (side === 0 && (x - ax) * (x - bx) <= 0 && (y - ay) * (y - by) <= 0) return true;
    // A corner belongs to the edge above it only, so that a ray through it is counted once.
    if (ay > y !== by > y && side > 0 === by > ay) inside = !inside;
    ax = bx;
    ay = by;
  }
  return inside;
}

/** Distance from a point to the nearest edge. */
export function distanceToEdge(polygon: Float64Array, x: number, y: number): number {
  let least = Number.POSITIVE_INFINITY;
  const n = polygon.length;
  let ax = polygon[n - 2];
  let ay = polygon[n - 1];
  for (let i = 0; i < n; i += 2) {
    const bx = polygon[i];
    const by = polygon[i + 1];
    const dx = bx - ax;
    const dy = by - ay;
    const length = dx * dx + dy * dy;
    const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length));
    const ex = ax + along * dx - x;
    const ey = ay + along * dy - y;
    least = Math.min(least, ex * ex + ey * ey);
    ax = bx;
    ay = by;
  }
  return Math.sqrt(least);
}

/**
 * The first two edges (by the number of their first corner) that meet where they should not; an empty list where
 * the corners enclose no area; undefined where all is well.
 */
export function crossingEdges(polygon: Float64Array): readonly [number, number] | readonly [] | undefined {
  const n = polygon.length / 2;
  const x = (i: number) => polygon[2 * (i % n)];
  const y = (i: number) => polygon[2 * (i % n) + 1];
  // Two corners in one place are an edge without a length.
  for (let i = 0; i < n; i++) if (x(i) === x(i + 1) && y(i) === y(i + 1)) return [i, (i + 1) % n];
  if (n === 3) return turn(x(0), y(0), x(1), y(1), x(2), y(2)) === 0 ? [] : undefined;
  for (let i = 0; i < n; i++) {
    if (foldsBack(x(i), y(i), x(i + 1), y(i + 1), x(i + 2), y(i + 2))) return [i, (i + 1) % n];
    // Not the edges before and after this one, which share a corner with it.
    for (let j = i + 2; j < Math.min(n, n + i - 1); j++)
      if (meet(x(i), y(i), x(i + 1), y(i + 1), x(j), y(j), x(j + 1), y(j + 1))) return [i, j];
  }
  return undefined;
}

/** Whether the edge from b to c lies on the one from a to b. */
const foldsBack = (ax: number, ay: number, bx: number, by: number, cx: number, cy: number): boolean =>
  turn(ax, ay, bx, by, cx, cy) === 0 && (bx - ax) * (cx - bx) + (by - ay) * (cy - by) < 0;

/** Whether two pieces of line have a point in common. */
function meet(
  ax: number,
  ay: number,
  bx: number,
  by: number,
  cx: number,
  cy: number,
  dx: number,
  dy: number,
): boolean {
  const c = Math.sign(turn(ax, ay, bx, by, cx, cy));
  const d = Math.sign(turn(ax, ay, bx, by, dx, dy));
  const a = Math.sign(turn(cx, cy, dx, dy, ax, ay));
  const b = Math.sign(turn(cx, cy, dx, dy, bx, by));
  if (c * d < 0 && a * b < 0) return true;
  const isOn = (side: number, px: number, py: number, qx: number, qy: number, x: number, y: number) =>
    side === 0 &&
    x >= Math.min(px, qx) &&
    x <= Math.max(px, qx) &&
    y >= Math.min(py, qy) &&
    y <= Math.max(py, qy);
  return (
    isOn(c, ax, ay, bx, by, cx, cy) ||
    isOn(d, ax, ay, bx, by, dx, dy) ||
    isOn(a, cx, cy, dx, dy, ax, ay) ||
    isOn(b, cx, cy, dx, dy, bx, by)
  );
}
