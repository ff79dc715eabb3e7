/** What of an input could not be read, for people. */
import type { Damage } from "../types.js";

/** "frames 5 to 9 corrupt: ...", in one line: what is said of files may hold anything. */
export const damageText = ({ kind, reason, ...range }: Damage): string =>
  `${placeOf(range)} ${kind}: ${reason.replaceAll(/\p{Cc}+/gu, "?")}`;

/** All of it in one line, the first in full; undefined where there is none. */
export function damageSummary(damage: readonly Damage[]): string | undefined {
  const [first] = damage;
  if (!first) return undefined;
  return damage.length === 1 ? damageText(first) : `${damageText(first)}; and ${damage.length - 1} more`;
}

/** "frame 5", "frames 5 to 9", "from second 1.50 on": frames where they are known, else seconds. */
function placeOf({ fromFrame, toFrame, fromTime, toTime }: Omit<Damage, "kind" | "reason">): string {
  const span = (unit: string, from: string | undefined, to: string | undefined): string => {
    if (from === undefined) return to === undefined ? "" : `up to ${unit} ${to}`;
    if (to === undefined) return `from ${unit} ${from} on`;
    return from === to ? `${unit} ${from}` : `${unit}s ${from} to ${to}`;
  };
  return (
    span("frame", fromFrame?.toString(), toFrame?.toString()) ||
    span("second", fromTime?.toFixed(2), toTime?.toFixed(2)) ||
    "part of it"
  );
}
