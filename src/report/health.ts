/**
 * What looks doubtful about tracks when there is no ground truth to compare with. Each finding is a place to look at, not
 * a proof; none of them adds up to a score.
 */
import { breaksOf } from "./_breaks.js";
import { damageOf } from "./_damage.js";
import { jumpsOf } from "./_jumps.js";
import { Motion } from "./_motion.js";
import { overlapsOf } from "./_overlaps.js";
import { stretchesOf } from "./_weak.js";
import { type Lives, livesOf } from "./lives.js";
import { framesOfRows, identitiesOf, type Run } from "./run.js";

/**
 * - `break`: an identity ends in the middle of the picture and another begins close by, soon after
 * - `swap`: two met, and go on more smoothly with their numbers exchanged
 * - `hidden`: two met, and one of them was not seen meanwhile
 * - `jump`: a step that is too large for the time and for the size of the box
 * - `size`: a box that becomes much larger or smaller at once
 * - `duplicate`: two boxes that stay on one object
 * - `gap`: missing for long, and there again
 * - `filled`: predicted or interpolated for long
 * - `weak`: detected with a low score for long
 * - `short`: seen for a moment in the middle of the picture, and never again
 * - `damage`: the video itself is missing or damaged here
 */
export type FindingKind =
  | "break"
  | "swap"
  | "hidden"
  | "jump"
  | "size"
  | "duplicate"
  | "gap"
  | "filled"
  | "weak"
  | "short"
  | "damage";

/** A place to look at. */
export interface Finding {
  readonly kind: FindingKind;
  /** Those that are concerned; of a break the one that ends, then the one that begins. None for damage. */
  readonly ids: readonly number[];
  /** First and last frame, as positions among the frames of the run. */
  readonly from: number;
  readonly to: number;
  /**
   * What was measured: seconds (break, hidden, gap, filled, short), sizes of the box (jump, swap), times larger (size;
   * below 1 smaller), mean overlap (duplicate), mean score (weak).
   */
  readonly value: number;
  /** How far it is from usual, from 0 on; only findings of one kind can be compared. */
  readonly weight: number;
  /** Of damage: what the decoder said. */
  readonly reason?: string;
}

/** What looks doubtful about a run. */
export interface Health {
  /** In the order of frames. */
  readonly findings: readonly Finding[];
  /** Median over identities, in seconds; 0 where there are none. */
  readonly medianLife: number;
  /** Share of the rows that are predicted or interpolated, 0 to 1. */
  readonly filled: number;
}

/**
 * Looks for what is doubtful. About a second for a million rows: not in the thread that draws.
 *
 * @example
 * for (const { kind, from, ids } of healthOf(run).findings) console.log(kind, run.time[from], ids);
 */
export function healthOf(run: Run): Health {
  const frames = framesOfRows(run);
  const identities = identitiesOf(run);
  const lives = livesOf(run, identities, frames);
  const motion = new Motion(run, identities, frames);
  const findings = [
    ...breaksOf(run, lives, motion),
    ...overlapsOf(run, lives, motion),
    ...jumpsOf(run, motion),
    ...stretchesOf(run, lives, motion),
    ...damageOf(run),
  ];
  findings.sort((a, b) => a.from - b.from || (a.ids[0] ?? 0) - (b.ids[0] ?? 0));
  return { findings, medianLife: medianLife(run, lives), filled: filledShare(lives, run.id.length) };
}

function medianLife(run: Run, lives: Lives): number {
  const lengths = lives.first.map((first, at) => lives.last[at]! - first);
  if (lengths.length === 0) return 0;
  const seconds = Float64Array.from(
    lengths,
    (_, at) => run.time[lives.last[at]!]! - run.time[lives.first[at]!]!,
  );
  return seconds.sort()[seconds.length >> 1]!;
}

function filledShare(lives: Lives, rows: number): number {
  return rows > 0 ? lives.filled.reduce((sum, value) => sum + value, 0) / rows : 0;
}
