/** Steps that are too large for the time between two boxes, and boxes that change their size at once. */
import type { Motion } from "./_motion.js";
import type { Finding } from "./health.js";
import { INTERPOLATED, PREDICTED, type Run } from "./run.js";

/** Sizes of the box away from where it was headed, and more with every second. */
const STEP = 0.5;
const STEP_PER_SECOND = 1.5;

/** Times taller or wider from one frame to the next within this many seconds. */
const GROWTH = 1.6;
const GROWTH_WITHIN = 0.5;

export function jumpsOf(run: Run, motion: Motion): Finding[] {
  const findings: Finding[] = [];
  for (const [id, rows] of motion.identities)
    for (let k = 1; k < rows.length; k++) {
      const jump = jumpAt(motion, id, rows, k) ?? growthAt(run, motion, id, rows, k);
      if (jump) findings.push(jump);
    }
  return findings;
}

function jumpAt(motion: Motion, id: number, rows: Int32Array, k: number): Finding | undefined {
  const [last, row] = [rows[k - 1]!, rows[k]!];
  const size = Math.max(motion.size(last), motion.size(row));
  const elapsed = motion.time(row) - motion.time(last);
  const limit = STEP + STEP_PER_SECOND * elapsed;
  const [x, y] = [motion.x(row) - motion.x(last), motion.y(row) - motion.y(last)];
  // Most steps are small; the speed before is only worth its price for the others.
  if (Math.hypot(x, y) <= limit * size) return undefined;
  const { vx, vy } = motion.before(rows, k - 1);
  const value = Math.min(Math.hypot(x - vx * elapsed, y - vy * elapsed), Math.hypot(x, y)) / size;
  if (value <= limit) return undefined;
  return finding(motion, "jump", id, last, row, value, value / limit - 1);
}

function growthAt(run: Run, motion: Motion, id: number, rows: Int32Array, k: number): Finding | undefined {
  const [last, row] = [rows[k - 1]!, rows[k]!];
  if ((run.flags[last]! | run.flags[row]!) & (PREDICTED | INTERPOLATED)) return undefined;
  const value = motion.size(row) / motion.size(last);
  const factor = value < 1 ? 1 / value : value;
  if (factor < GROWTH || motion.time(row) - motion.time(last) > GROWTH_WITHIN) return undefined;
  // At the edge the picture cuts boxes.
  if (motion.isAtEdge(last) || motion.isAtEdge(row)) return undefined;
  return finding(motion, "size", id, last, row, value, factor / GROWTH - 1);
}

function finding(
  motion: Motion,
  kind: "jump" | "size",
  id: number,
  last: number,
  row: number,
  value: number,
  weight: number,
): Finding {
  return { kind, ids: [id], from: motion.frames[last]!, to: motion.frames[row]!, value, weight };
}
