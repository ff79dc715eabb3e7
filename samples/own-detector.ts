/** Any object with `labels` and `detect` is a detector: here, one that sees a ball where physics says it is. */
import { type Detector, type Frame, Sort, track } from "throughline";

const detector: Detector = {
  labels: ["ball"],
  detect: async ({ time }) => {
    const [x, y] = [100 * time, 300 - 200 * time + 49 * time * time];
    return {
      count: 1,
      boxes: Float64Array.of(x, y, x + 20, y + 20),
      scores: Float64Array.of(1),
      classes: Int32Array.of(0),
    };
  },
};

async function* ticks(count: number, rate: number): AsyncGenerator<Frame> {
  for (let index = 0; index < count; index++)
    yield { index, time: index / rate, width: 640, height: 480, data: new Uint8Array() };
}

const ids = new Set<number>();
for await (const { tracks } of track(ticks(50, 25), { detector, tracker: new Sort() }))
  for (const { id } of tracks) ids.add(id);
console.log(`the ball kept ${ids.size === 1 ? "one identity" : `${ids.size} identities`} over 50 frames`);
