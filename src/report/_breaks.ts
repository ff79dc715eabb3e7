/** Identities that end in the middle of the picture where another one begins soon after: one object, perhaps. */
import type { Motion, State } from "./_motion.js";
import type { Finding } from "./health.js";
import type { Lives } from "./lives.js";
import type { Run } from "./run.js";

/** Seconds between the end and the beginning. Trackers that predict for a while overlap with what comes after. */
const LONGEST = 2;
const OVERLAP = 0.2;

/** Heights of the box that it may be away from where it was headed, and more with every second. */
const NEAR = 0.35;
const NEAR_PER_SECOND = 0.35;

/** Logarithm of how much taller or less tall. */
const SIMILAR = Math.log(1.4);

interface Tip {
  readonly at: number;
  readonly state: State;
}

/** Breaks, each end with at most one beginning. */
export function breaksOf(run: Run, lives: Lives, motion: Motion): Finding[] {
  const frames = run.index.length;
  const ends: Tip[] = [];
  const starts: Tip[] = [];
  let at = 0;
  for (const rows of motion.identities.values()) {
    if (lives.last[at]! < frames - 1 && !motion.isAtEdge(rows[rows.length - 1]!))
      ends.push({ at, state: motion.before(rows, rows.length - 1) });
    if (lives.first[at]! > 0 && !motion.isAtEdge(rows[0]!)) starts.push({ at, state: motion.after(rows, 0) });
    at++;
  }
  return closest(pairs(run, lives, ends, starts));
}

interface Pair {
  readonly end: number;
  readonly start: number;
  readonly finding: Finding;
}

function pairs(run: Run, lives: Lives, ends: readonly Tip[], starts: Tip[]): Pair[] {
  const all: Pair[] = [];
  starts.sort((a, b) => a.state.time - b.state.time);
  const times = Float64Array.from(starts, ({ state }) => state.time);
  for (const end of ends) {
    for (let i = firstFrom(times, end.state.time - OVERLAP); i < starts.length; i++) {
      const start = starts[i]!;
      const seconds = start.state.time - end.state.time;
      if (seconds > LONGEST) break;
      if (start.at === end.at || lives.first[start.at]! <= lives.first[end.at]!) continue;
      if (lives.class[start.at] !== lives.class[end.at]) continue;
      if (Math.abs(Math.log(start.state.height / end.state.height)) > SIMILAR) continue;
      const near = NEAR + NEAR_PER_SECOND * Math.max(seconds, 0);
      const away = distance(end.state, start.state) / Math.max(end.state.height, start.state.height);
      if (away > near) continue;
      const [from, to] = [lives.last[end.at]!, lives.first[start.at]!];
      all.push({
        end: end.at,
        start: start.at,
        finding: {
          kind: "break",
          ids: [lives.id[end.at]!, lives.id[start.at]!],
          from: Math.min(from, to),
          to: Math.max(from, to),
          value: run.time[to]! - run.time[from]!,
          weight: 1 - away / near,
        },
      });
    }
  }
  return all;
}

/** From where the first was headed to the second, or from where it stood: people stop. */
function distance(end: State, start: State): number {
  const elapsed = Math.max(start.time - end.time, 0);
  return Math.min(
    Math.hypot(end.x + end.vx * elapsed - start.x, end.y + end.vy * elapsed - start.y),
    Math.hypot(end.x - start.x, end.y - start.y),
  );
}

function closest(all: Pair[]): Finding[] {
  const [ended, started] = [new Set<number>(), new Set<number>()];
  const findings: Finding[] = [];
  all.sort((a, b) => b.finding.weight - a.finding.weight || a.start - b.start || a.end - b.end);
  for (const { end, start, finding } of all) {
    if (ended.has(end) || started.has(start)) continue;
    ended.add(end);
    started.add(start);
    findings.push(finding);
  }
  return findings;
}

function firstFrom(times: Float64Array, least: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
