/** The part of the run that the timeline shows: zoom, pan, what follows the playhead, and the ticks of the ruler. */
import { computed } from "@preact/signals";
import { range, run, span } from "../state.js";

/** Room on the left for names, in pixels. */
export const GUTTER = 84;

/** Seconds that are shown. */
export const shown = computed(() => range.value ?? span.value);

/** A window of fewer frames shows nothing more. */
const LEAST_FRAMES = 8;

/** Shows from one time to another, as far as the run goes. */
export function show(from: number, to: number): void {
  const [first, last] = span.value;
  const whole = last - first;
  const least = Math.min(whole, (whole / Math.max(run.value.index.length, 1)) * LEAST_FRAMES);
  const length = Math.min(Math.max(to - from, least), whole);
  if (length >= whole) {
    range.value = undefined;
    return;
  }
  const start = Math.min(Math.max((from + to - length) / 2, first), last - length);
  range.value = [start, start + length];
}

/** Makes the window shorter (above 1) or longer, so that a time stays where it is on the screen. */
export function zoom(factor: number, around = middle()): void {
  const [from, to] = shown.value;
  show(around - (around - from) / factor, around + (to - around) / factor);
}

/** Moves the window by a share of its length. */
export function pan(share: number): void {
  const [from, to] = shown.value;
  const by = (to - from) * share;
  const [first, last] = span.value;
  const kept = Math.min(Math.max(by, first - from), last - to);
  show(from + kept, to + kept);
}

/** Shows the whole run. */
export function showAll(): void {
  range.value = undefined;
}

/** Brings a time into the window, a little after its beginning. */
export function reveal(time: number): void {
  const [from, to] = shown.value;
  if (time >= from && time < to) return;
  const start = time - (to - from) * 0.08;
  const [first, last] = span.value;
  const kept = Math.min(Math.max(start, first), last - (to - from));
  show(kept, kept + to - from);
}

function middle(): number {
  const [from, to] = shown.value;
  return (from + to) / 2;
}

/** How a time becomes a place, and back. */
export interface Scale {
  x(time: number): number;
  time(x: number): number;
}

/** From seconds to pixels between the gutter and the right edge. */
export function scaleOf([from, to]: readonly [number, number], width: number): Scale {
  const perSecond = Math.max(width - GUTTER, 1) / (to - from);
  return {
    x: (time) => GUTTER + (time - from) * perSecond,
    time: (x) => from + (x - GUTTER) / perSecond,
  };
}

const STEPS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

/** Times of the ruler, at least `least` pixels from each other, and how many decimals they need. */
export function ticksOf(
  [from, to]: readonly [number, number],
  width: number,
  least = 84,
): { readonly times: readonly number[]; readonly decimals: number } {
  const wanted = ((to - from) / Math.max(width - GUTTER, 1)) * least;
  const largest = STEPS[STEPS.length - 1]!;
  const step = STEPS.find((one) => one >= wanted) ?? Math.ceil(wanted / largest) * largest;
  const times: number[] = [];
  for (let i = Math.ceil(from / step); i * step <= to; i++) times.push(i * step);
  return { times, decimals: step < 0.1 ? 2 : step < 1 ? 1 : 0 };
}
