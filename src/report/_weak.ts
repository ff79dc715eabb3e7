/** Stretches that rest on little: low scores, long filling, long gaps, lives of a moment. */
import type { Motion } from "./_motion.js";
import type { Finding } from "./health.js";
import { FILLED, type Lives } from "./lives.js";
import { INTERPOLATED, PREDICTED, type Run } from "./run.js";

/** Seconds. */
const LONG = 1;
const SHORT = 0.5;

/** Share of the run's median score below which a detection is weak, and seconds for which it must stay so. */
const WEAK = 0.6;
const WEAK_FOR = 0.5;

/** Enough to know the median by. */
const SAMPLE = 10_000;

export function stretchesOf(run: Run, lives: Lives, motion: Motion): Finding[] {
  const findings: Finding[] = [];
  const limit = WEAK * medianScore(run);
  let at = 0;
  for (const [id, rows] of motion.identities) {
    longStretches(run, lives, at, findings);
    weakStretches(run, motion, id, rows, limit, findings);
    const seconds = run.time[lives.last[at]!]! - run.time[lives.first[at]!]!;
    if (seconds < SHORT && isWhole(run, lives, at) && !rows.some((row) => motion.isAtEdge(row)))
      findings.push(found("short", id, lives.first[at]!, lives.last[at]!, seconds, 1 - seconds / SHORT));
    at++;
  }
  return findings;
}

/** Whether the recording cuts neither end off. */
function isWhole(run: Run, lives: Lives, at: number): boolean {
  return lives.first[at]! > 0 && lives.last[at]! < run.index.length - 1;
}

function longStretches(run: Run, lives: Lives, at: number, into: Finding[]): void {
  const id = lives.id[at]!;
  for (let i = lives.stretch[at]!; i < lives.stretch[at + 1]!; i++) {
    const [from, to] = [lives.from[i]!, lives.to[i]!];
    const filled = run.time[to]! - run.time[from]!;
    if (lives.kind[i] === FILLED && filled >= LONG)
      into.push(found("filled", id, from, to, filled, filled / LONG - 1));
    if (i + 1 === lives.stretch[at + 1]! || lives.from[i + 1] === to + 1) continue;
    const missing = run.time[lives.from[i + 1]!]! - run.time[to]!;
    if (missing >= LONG) into.push(found("gap", id, to, lives.from[i + 1]!, missing, missing / LONG - 1));
  }
}

function weakStretches(
  run: Run,
  motion: Motion,
  id: number,
  rows: Int32Array,
  limit: number,
  into: Finding[],
): void {
  let [from, sum, last] = [-1, 0, -1];
  for (let k = 0; k <= rows.length; k++) {
    const row = rows[k];
    if (row !== undefined && run.flags[row]! & (PREDICTED | INTERPOLATED)) continue;
    if (row !== undefined && run.score[row]! < limit) {
      if (from < 0) [from, sum] = [k, 0];
      sum += run.score[row]!;
      last = k;
      continue;
    }
    if (from < 0) continue;
    const seconds = motion.time(rows[last]!) - motion.time(rows[from]!);
    const mean = sum / (last - from + 1);
    if (seconds >= WEAK_FOR)
      into.push(
        found("weak", id, motion.frames[rows[from]!]!, motion.frames[rows[last]!]!, mean, 1 - mean / limit),
      );
    from = -1;
  }
}

function medianScore(run: Run): number {
  const scores: number[] = [];
  const step = Math.max(1, Math.floor(run.score.length / SAMPLE));
  for (let row = 0; row < run.score.length; row += step)
    if (!(run.flags[row]! & (PREDICTED | INTERPOLATED))) scores.push(run.score[row]!);
  return scores.sort((a, b) => a - b)[scores.length >> 1] ?? 0;
}

const found = (
  kind: Finding["kind"],
  id: number,
  from: number,
  to: number,
  value: number,
  weight: number,
): Finding => ({ kind, ids: [id], from, to, value, weight });
