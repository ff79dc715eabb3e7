/** Which frame of a run a picture is, and when a frame's picture is on the screen. Times are those of the run. */
import { frameAt, type Run } from "../../report/run.js";

/** Containers such as Matroska round times to the millisecond. */
export const ROUNDED = 0.002;
const USUAL_RATE = 25;

/** How many frames of the input go from one frame of the run to the next, usually: more than 1 where some were left out. */
export function usualStep({ index }: Run): number {
  const steps: number[] = [];
  const every = Math.max(1, Math.floor(index.length / 1000));
  for (let at = 1; at < index.length; at += every) steps.push(index[at]! - index[at - 1]!);
  return steps.sort((a, b) => a - b)[steps.length >> 1] ?? 1;
}

/** Seconds for which the picture of a frame is on the screen. */
export function lastingOf({ index, time, frameRate }: Run, at: number): number {
  // The last one is there for as long as the one before it.
  const from = at + 1 < time.length ? at : at - 1;
  const lasting =
    from < 0 ? 0 : (time[from + 1]! - time[from]!) / Math.max(1, index[from + 1]! - index[from]!);
  return lasting > 0 ? lasting : 1 / (frameRate || USUAL_RATE);
}

/** The middle of a frame's time on the screen: where a player must be for its picture, however it rounds. */
export function middleOf(run: Run, at: number): number {
  return run.time[at]! + lastingOf(run, at) / 2;
}

/**
 * The frame that a picture is of, or undefined where the run has none for it: before the first, after the last, and where
 * frames are missing.
 *
 * @param time of the picture's beginning, not any time while it is shown
 */
export function pictureAt(run: Run, time: number, step = usualStep(run)): number | undefined {
  if (run.time.length === 0) return undefined;
  let at = frameAt(run, time);
  const next = run.time[at + 1];
  if (next !== undefined && next - time <= Math.min(ROUNDED, (next - run.time[at]!) / 4)) at++;
  const lasting = lastingOf(run, at);
  const late = time - run.time[at]!;
  if (late < -Math.min(ROUNDED, lasting / 4)) return undefined;
  return late < lasting * (step - 0.5) + ROUNDED ? at : undefined;
}
