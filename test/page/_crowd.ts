/** Runs with people who walk about. */
import { type Run, toRun } from "../../src/report/run.js";
import type { FrameTracks, Track } from "../../src/types.js";
import { random } from "../_random.js";

export const WIDTH = 640;
export const HEIGHT = 480;

/** People who walk about, with gaps, for `minutes` and a bit. */
export function crowd(seed: number, { people = 60, minutes = 3, rate = 5 } = {}): Run {
  const next = random(seed);
  const frames: FrameTracks[] = Array.from({ length: minutes * 60 * rate + 7 }, (_, i) => ({
    ...{ index: i * 2, time: 30 + i / rate, tracks: [] as Track[] },
  }));
  for (let id = 1; id <= people; id++) {
    let at = Math.floor(next() * frames.length);
    let [x, y] = [next() * WIDTH, next() * HEIGHT];
    let [vx, vy] = [(next() - 0.5) * 12, (next() - 0.5) * 12];
    const length = 20 + Math.floor(next() * 120);
    for (
      let k = 0;
      k < length && at < frames.length;
      k++, at += next() < 0.03 ? Math.floor(next() * 40) + 1 : 1
    ) {
      if (next() < 0.05) [vx, vy] = [(next() - 0.5) * 12, (next() - 0.5) * 12];
      x = Math.min(Math.max(x + vx + (next() - 0.5) * 3, 0), WIDTH);
      y = Math.min(Math.max(y + vy + (next() - 0.5) * 3, 0), HEIGHT);
      const box = [x - 10, y - 40, x + 10, y].map((value) => Math.round(value * 100) / 100);
      (frames[at]!.tracks as Track[]).push({
        ...{ id, box: box as unknown as Track["box"], score: 0.9, class: id % 3, detection: 0 },
      });
    }
  }
  // Nobody is there for a while.
  for (const frame of frames.slice(300, 380)) (frame.tracks as Track[]).length = 0;
  return toRun(
    { input: "crowd.mp4", width: WIDTH, height: HEIGHT, labels: ["person", "car", "dog"], isTimed: true },
    frames,
  );
}
