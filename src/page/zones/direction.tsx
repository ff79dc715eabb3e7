/** Which side of a line is in, and which out. */
import type { Point } from "./places.js";

/** CSS pixels from the middle of a line to where its "in" and "out" stand. */
const SIDE = 26;

export function Direction({ css }: { readonly css: readonly Point[] }) {
  const [[ax, ay], [bx, by]] = [css[0]!, css[1]!];
  const length = Math.hypot(bx - ax, by - ay);
  if (length < 1) return null;
  const [x, y] = [(ax + bx) / 2, (ay + by) / 2];
  // To the left hand of somebody who looks along the line, y going down.
  const [nx, ny] = [(by - ay) / length, -(bx - ax) / length];
  const tip = (by: number): string => `${x + nx * by} ${y + ny * by}`;
  const arrow = `M${x} ${y}L${tip(15)}M${x + nx * 9 - ny * 5} ${y + ny * 9 + nx * 5}L${tip(16)}L${x + nx * 9 + ny * 5} ${y + ny * 9 - nx * 5}`;
  return (
    <g class="direction">
      <path class="casing" d={arrow} />
      <path class="edge" d={arrow} />
      <text x={x + nx * SIDE} y={y + ny * SIDE}>
        in
      </text>
      <text x={x - nx * SIDE * 0.75} y={y - ny * SIDE * 0.75}>
        out
      </text>
    </g>
  );
}
