/** Made-up runs in which everything about everybody is known. */
import { type Run, type RunFacts, toRun } from "../../src/report/run.js";
import type { FrameTracks, Track } from "../../src/types.js";

export const RATE = 25;

/** Somebody: where the middle of the box is at a frame, or undefined where there is no box. */
export interface Walker {
  readonly id: number;
  readonly at: (frame: number) => readonly [x: number, y: number] | undefined;
  /** @default 40 */
  readonly width?: number | ((frame: number) => number);
  /** @default 100 */
  readonly height?: number | ((frame: number) => number);
  /** @default 0.9 */
  readonly score?: number | ((frame: number) => number);
  /** @default false */
  readonly isFilled?: (frame: number) => boolean;
  /** @default 0 */
  readonly class?: number | ((frame: number) => number);
  /** The id that it had before, from some frame on. */
  readonly joined?: (frame: number) => number | undefined;
}

const amountOf = (value: number | ((frame: number) => number) | undefined, frame: number, usual: number) =>
  typeof value === "function" ? value(frame) : (value ?? usual);

/** A picture of 1000 x 600 in which some people walk. */
export function scene(walkers: readonly Walker[], frames: number, facts: Partial<RunFacts> = {}): Run {
  const all: FrameTracks[] = Array.from({ length: frames }, (_, index) => ({
    index,
    time: index / RATE,
    tracks: walkers.flatMap((walker): Track[] => {
      const place = walker.at(index);
      if (!place) return [];
      const [w, h] = [amountOf(walker.width, index, 40) / 2, amountOf(walker.height, index, 100) / 2];
      const joined = walker.joined?.(index);
      const isFilled = walker.isFilled?.(index) ?? false;
      return [
        {
          id: walker.id,
          box: [place[0] - w, place[1] - h, place[0] + w, place[1] + h],
          score: amountOf(walker.score, index, 0.9),
          class: amountOf(walker.class, index, 0),
          detection: isFilled ? -1 : 0,
          ...(isFilled ? { interpolated: true } : {}),
          ...(joined ? { joined } : {}),
        },
      ];
    }),
  }));
  const usual = { input: "made-up", width: 1000, height: 600, labels: ["person", "car"], isTimed: true };
  return toRun({ ...usual, ...facts }, all);
}

/** From one place to another between two frames, and there only. */
export const walk =
  (
    from: readonly [number, number],
    to: readonly [number, number],
    first: number,
    last: number,
  ): Walker["at"] =>
  (frame) => {
    if (frame < first || frame > last) return undefined;
    const share = (frame - first) / Math.max(last - first, 1);
    return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
  };
