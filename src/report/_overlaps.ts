/**
 * Meetings: stretches in which the boxes of two identities lie over each other. Either both are on one object, or two
 * objects passed, and the tracker had to tell afterwards which is which.
 */
import type { Motion, State } from "./_motion.js";
import type { Finding } from "./health.js";
import type { Lives } from "./lives.js";
import { INTERPOLATED, PREDICTED, type Run } from "./run.js";

/** Intersection over union from which boxes meet, and seconds without that a meeting outlasts. */
const MEETS = 0.2;
const OUTLASTS = 0.4;

/** Mean overlap and seconds of two boxes on one object. */
const SAME = 0.6;
const SAME_FOR = 0.4;

/** By how much, in sizes of the box, exchanged numbers fit better. */
const SMOOTHER = 0.5;

/** Seconds in which one of them is not seen. */
const HIDDEN_FOR = 0.2;

interface Meeting {
  readonly a: number;
  readonly b: number;
  readonly from: number;
  to: number;
  frames: number;
  sum: number;
  most: number;
}

export function overlapsOf(run: Run, lives: Lives, motion: Motion): Finding[] {
  const findings: Finding[] = [];
  for (const meeting of meetingsOf(run)) {
    const finding =
      duplicate(run, meeting) ?? (isOfOneClass(lives, meeting) ? judge(run, motion, meeting) : undefined);
    if (finding) findings.push(finding);
  }
  return findings;
}

function isOfOneClass(lives: Lives, { a, b }: Meeting): boolean {
  return lives.class[lives.at.get(a)!] === lives.class[lives.at.get(b)!];
}

function* meetingsOf(run: Run): Generator<Meeting> {
  const { id, box, start, time } = run;
  let open = new Map<string, Meeting>();
  const order: number[] = [];
  for (let frame = 0; frame < run.index.length; frame++) {
    order.length = 0;
    for (let row = start[frame]!; row < start[frame + 1]!; row++) order.push(row);
    order.sort((a, b) => box[a * 4]! - box[b * 4]!);
    for (let i = 0; i < order.length; i++) {
      const one = order[i]!;
      for (let j = i + 1; j < order.length && box[order[j]! * 4]! < box[one * 4 + 2]!; j++) {
        const other = order[j]!;
        const overlap = iou(box, one, other);
        if (overlap < MEETS) continue;
        const [a, b] = [Math.min(id[one]!, id[other]!), Math.max(id[one]!, id[other]!)];
        const key = `${a} ${b}`;
        let meeting = open.get(key);
        if (meeting && time[frame]! - time[meeting.to]! > OUTLASTS) {
          yield meeting;
          meeting = undefined;
        }
        if (!meeting) {
          meeting = { a, b, from: frame, to: frame, frames: 0, sum: 0, most: 0 };
          open.set(key, meeting);
        }
        meeting.to = frame;
        meeting.frames++;
        meeting.sum += overlap;
        meeting.most = Math.max(meeting.most, overlap);
      }
    }
    // So that those who never meet again are not kept to the end.
    if (frame % 1000 === 999) {
      const still = new Map<string, Meeting>();
      for (const [key, meeting] of open)
        if (time[frame]! - time[meeting.to]! > OUTLASTS) yield meeting;
        else still.set(key, meeting);
      open = still;
    }
  }
  yield* open.values();
}

function iou(box: Int32Array, one: number, other: number): number {
  const [i, j] = [one * 4, other * 4];
  const width = Math.min(box[i + 2]!, box[j + 2]!) - Math.max(box[i]!, box[j]!);
  const height = Math.min(box[i + 3]!, box[j + 3]!) - Math.max(box[i + 1]!, box[j + 1]!);
  if (width <= 0 || height <= 0) return 0;
  const area = (k: number): number => (box[k + 2]! - box[k]!) * (box[k + 3]! - box[k + 1]!);
  return (width * height) / (area(i) + area(j) - width * height);
}

function duplicate(run: Run, { a, b, from, to, frames, sum }: Meeting): Finding | undefined {
  const mean = sum / frames;
  if (mean < SAME || run.time[to]! - run.time[from]! < SAME_FOR) return undefined;
  return { kind: "duplicate", ids: [a, b], from, to, value: mean, weight: mean };
}

/** Whether the two were taken for each other, as far as their motion and sizes tell. */
function judge(run: Run, motion: Motion, { a, b, from, to, most }: Meeting): Finding | undefined {
  const [rowsA, rowsB] = [motion.identities.get(a)!, motion.identities.get(b)!];
  const [a0, b0] = [seenUntil(motion, rowsA, from), seenUntil(motion, rowsB, from)];
  const [a1, b1] = [firstAfter(motion, rowsA, to), firstAfter(motion, rowsB, to)];
  if (a0 >= 0 && b0 >= 0 && a1 < rowsA.length && b1 < rowsB.length) {
    const [beforeA, beforeB] = [motion.before(rowsA, a0), motion.before(rowsB, b0)];
    const [afterA, afterB] = [motion.after(rowsA, a1), motion.after(rowsB, b1)];
    const kept = misfit(beforeA, afterA) + misfit(beforeB, afterB);
    const exchanged = misfit(beforeA, afterB) + misfit(beforeB, afterA);
    if (kept - exchanged > SMOOTHER)
      return { kind: "swap", ids: [a, b], from, to, value: kept - exchanged, weight: kept - exchanged };
  }
  const [ofA, ofB] = [unseen(run, motion, rowsA, from, to), unseen(run, motion, rowsB, from, to)];
  const hidden = ofA.seconds >= ofB.seconds ? ofA : ofB;
  if (hidden.seconds < HIDDEN_FOR) return undefined;
  return {
    kind: "hidden",
    ids: [a, b],
    from: hidden.from,
    to: hidden.to,
    value: hidden.seconds,
    weight: most,
  };
}

/** How badly the second state goes on from the first: place, speed and height, in sizes of the box. */
function misfit(before: State, after: State): number {
  const half = (after.time - before.time) / 2;
  const size = Math.sqrt((before.width + after.width) * (before.height + after.height)) / 2;
  const away = Math.hypot(
    before.x + before.vx * half - (after.x - after.vx * half),
    before.y + before.vy * half - (after.y - after.vy * half),
  );
  const turn = Math.hypot(before.vx - after.vx, before.vy - after.vy) / 2;
  return Math.min(away, 3 * size) / size + turn / size + 2 * Math.abs(Math.log(after.height / before.height));
}

/** The last row of an identity before a frame; -1 where there is none. */
function seenUntil(motion: Motion, rows: Int32Array, frame: number): number {
  return firstAfter(motion, rows, frame - 1) - 1;
}

/** The first row of an identity after a frame; as many as there are rows where there is none. */
function firstAfter(motion: Motion, rows: Int32Array, frame: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (motion.frames[rows[middle]!]! <= frame) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The longest time that an identity is not seen in a meeting, or right after it, and then is there again. */
function unseen(run: Run, motion: Motion, rows: Int32Array, from: number, to: number) {
  let longest = { seconds: 0, from, to };
  let k = Math.max(0, seenUntil(motion, rows, from));
  let last = motion.frames[rows[k]!]!;
  for (k++; k < rows.length; k++) {
    const frame = motion.frames[rows[k]!]!;
    if (run.flags[rows[k]!]! & (PREDICTED | INTERPOLATED)) continue;
    const seconds = run.time[frame]! - run.time[last]!;
    if (frame > last + 1 && seconds > longest.seconds) longest = { seconds, from: last, to: frame };
    last = frame;
    if (frame > to) break;
  }
  return longest;
}
