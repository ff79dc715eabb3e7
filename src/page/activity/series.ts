/** How many identities there are and appear, in steps of time. */
import type { Lives } from "../../report/lives.js";
import { frameAt, type Run } from "../../report/run.js";

/** Steps of the first chart: about one for every two or three pixels. */
const STEPS = 300;

/** Seconds of the second chart's steps, and how many of them there are at least. */
const LENGTHS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
const LEAST_STEPS = 24;

/** Those with the most boxes have a line of their own. */
const MOST_CLASSES = 6;

/** What the charts show of a part of the run. */
export interface Series {
  /** Names of classes; "others" last where there are more. */
  readonly labels: readonly string[];
  /** Middles of the steps in seconds, then the mean number of identities of each class in them. */
  readonly there: readonly (readonly (number | null)[])[];
  /** Middles of the steps in seconds, then appearances per minute in them. */
  readonly appeared: readonly (readonly number[])[];
}

/** Counts between two times. */
export function activityOf(
  run: Run,
  lives: Lives,
  [from, to]: readonly [number, number],
  classes: ReadonlySet<number> | undefined,
): Series {
  const { lines, labels } = linesOf(run, lives, classes);
  const first = frameAt(run, from);
  const last = Math.min(frameAt(run, to) + 1, run.index.length);
  // Two frames at least, or some steps of a regular run would have none.
  const steps = Math.max(1, Math.min(STEPS, (last - first) >> 1));
  const length = (to - from) / steps;
  const sums = labels.map(() => new Float64Array(steps));
  const frames = new Int32Array(steps);
  for (let at = first; at < last; at++) {
    const step = Math.min(Math.max(Math.floor((run.time[at]! - from) / length), 0), steps - 1);
    frames[step]!++;
    for (let row = run.start[at]!; row < run.start[at + 1]!; row++) {
      const line = lines.get(run.class[row]!);
      if (line !== undefined) sums[line]![step]!++;
    }
  }
  return {
    labels,
    there: [
      Array.from({ length: steps }, (_, step) => from + (step + 0.5) * length),
      // Where there is no frame nothing is known.
      ...sums.map((sum) =>
        Array.from(sum, (value, step) => (frames[step]! > 0 ? value / frames[step]! : null)),
      ),
    ],
    appeared: appearances(run, lives, [from, to], classes),
  };
}

function appearances(
  run: Run,
  lives: Lives,
  [from, to]: readonly [number, number],
  classes: ReadonlySet<number> | undefined,
): number[][] {
  const length = LENGTHS.findLast((one) => (to - from) / one >= LEAST_STEPS) ?? LENGTHS[0]!;
  const steps = Math.max(1, Math.ceil((to - from) / length));
  const found = new Array<number>(steps).fill(0);
  for (let at = 0; at < lives.id.length; at++) {
    const time = run.time[lives.first[at]!]!;
    if (time < from || time > to || !(classes?.has(lives.class[at]!) ?? true)) continue;
    found[Math.min(Math.floor((time - from) / length), steps - 1)]! += 60 / length;
  }
  return [Array.from({ length: steps }, (_, step) => from + (step + 0.5) * length), found];
}

/** Which line a class belongs to. */
function linesOf(
  run: Run,
  lives: Lives,
  classes: ReadonlySet<number> | undefined,
): { readonly lines: ReadonlyMap<number, number>; readonly labels: readonly string[] } {
  const counts = new Map<number, number>();
  for (let at = 0; at < lives.id.length; at++) {
    const one = lives.class[at]!;
    if (classes?.has(one) ?? true)
      counts.set(one, (counts.get(one) ?? 0) + lives.seen[at]! + lives.filled[at]!);
  }
  const order = [...counts.keys()].sort((a, b) => counts.get(b)! - counts.get(a)! || a - b);
  const lines = new Map(order.map((one, at) => [one, Math.min(at, MOST_CLASSES)]));
  const labels = order.slice(0, MOST_CLASSES).map((one) => run.labels[one] ?? `class ${one}`);
  return { lines, labels: order.length > MOST_CLASSES ? [...labels, "others"] : labels };
}
