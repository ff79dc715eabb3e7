import { type Run, toRun } from "../../src/report/run.js";
import type { FrameTracks, Track } from "../../src/types.js";
import { random } from "../../test/_random.js";

/**
 * An hour at 25 frames/s as a tracker would report it: a thousand people who cross a picture of 1920 x 1080, each for
 * about forty seconds, about eleven at a time. Boxes jitter, one stretch in a hundred is missing, some are interpolated.
 */
export function hour({ identities = 1000, frames = 90_000, seed = 5 } = {}): Run {
  const next = random(seed);
  const tracks: Track[][] = Array.from({ length: frames }, () => []);
  for (let id = 1; id <= identities; id++) {
    const first = Math.floor(((id - 1) / identities) * frames * 0.99);
    const length = Math.floor(frames * (0.006 + 0.012 * next()));
    const label = next() < 0.8 ? 0 : 1 + Math.floor(next() * 3);
    const [x, y] = [next() * 1700, 200 + next() * 700];
    const [dx, dy] = [(next() - 0.5) * 1.5, (next() - 0.5) * 0.6];
    const height = 90 + next() * 160;
    let hidden = 0;
    for (let step = 0; step < length && first + step < frames; step++) {
      if (hidden > 0) {
        hidden--;
        continue;
      }
      if (next() < 0.003) hidden = Math.floor(next() * 40);
      const jitter = () => (next() - 0.5) * 2;
      const left = bounce(x + dx * step, 1800) + jitter();
      const top = bounce(y + dy * step, 900) + jitter();
      const isFilled = step % 400 < 12;
      tracks[first + step]!.push({
        id,
        box: [left, top, left + height * 0.4, top + height],
        score: 0.5 + 0.45 * next(),
        class: label,
        detection: isFilled ? -1 : 0,
        ...(isFilled ? { interpolated: true } : {}),
      });
    }
  }
  const all: FrameTracks[] = tracks.map((found, index) => ({ index, time: index / 25, tracks: found }));
  return toRun(
    {
      ...{ input: "hour.mp4", width: 1920, height: 1080, frameRate: 25, isTimed: true },
      labels: ["person", "bicycle", "car", "dog"],
    },
    all,
  );
}

/** Goes back and forth between 0 and the limit. */
function bounce(value: number, limit: number): number {
  const at = ((value % (2 * limit)) + 2 * limit) % (2 * limit);
  return at < limit ? at : 2 * limit - at;
}
