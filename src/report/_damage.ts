/** Where the video itself is missing or damaged. */
import type { Damage } from "../types.js";
import type { Finding } from "./health.js";
import { frameAt, positionOf, type Run } from "./run.js";

export function damageOf(run: Run): Finding[] {
  if (run.index.length === 0) return [];
  return (run.integrity?.damage ?? []).map((damage) => {
    const [from, to] = placeOf(run, damage);
    const seconds = run.time[to]! - run.time[from]!;
    return { kind: "damage", ids: [], from, to, value: seconds, weight: seconds, reason: damage.reason };
  });
}

/** Positions of the first and the last frame; of missing ones those on either side. */
function placeOf(run: Run, { fromFrame, toFrame, fromTime, toTime }: Damage): readonly [number, number] {
  const last = run.index.length - 1;
  const from =
    fromFrame !== undefined
      ? positionOf(run, fromFrame)
      : fromTime !== undefined
        ? frameAt(run, fromTime)
        : 0;
  const to =
    toFrame !== undefined ? positionOf(run, toFrame) : toTime !== undefined ? frameAt(run, toTime) : last;
  return [from, Math.max(from, to)];
}
