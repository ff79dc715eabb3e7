import type { Detections, Detector, Frame } from "../../src/types.js";

const labels: readonly string[] = ["person"];

const [WIDTH, HEIGHT] = [1920, 1080];
/** About so many people at a time, each in the picture for about so many frames. */
const PEOPLE = 10;
const STAY = 600;

interface Walker {
  x: number;
  y: number;
  vx: number;
  vy: number;
  readonly w: number;
  /** Frames that are left. */
  left: number;
}

/**
 * A street for as long as one likes: people come, walk about, are missed now and then, and go for good. The same for the
 * same seed, and nothing of it is kept: frame after frame is made when it is asked for.
 */
export function street(
  seed: number,
  count: number,
): { readonly detector: Detector; frames(): AsyncGenerator<Frame> } {
  const next = generator(seed);
  const walkers: Walker[] = [];
  const come = (): Walker => ({
    ...{ x: WIDTH * next(), y: HEIGHT * next() },
    ...{ vx: 8 * next() - 4, vy: 3 * next() - 1.5, w: 30 + 40 * next() },
    left: Math.ceil(2 * STAY * next()),
  });
  const detect = (): Detections => {
    if (next() < PEOPLE / STAY) walkers.push(come());
    const boxes: number[] = [];
    const scores: number[] = [];
    for (let i = walkers.length - 1; i >= 0; i--) {
      const walker = walkers[i]!;
      walker.x += walker.vx;
      walker.y += walker.vy;
      if (walker.x < 0 || walker.x > WIDTH) walker.vx = -walker.vx;
      if (walker.y < 0 || walker.y > HEIGHT) walker.vy = -walker.vy;
      if (--walker.left === 0) {
        walkers.splice(i, 1);
        continue;
      }
      if (next() < 0.05) continue;
      const w = walker.w * (0.98 + 0.04 * next());
      const h = 2.5 * walker.w * (0.98 + 0.04 * next());
      const [x, y] = [walker.x + 2 * next(), walker.y + 2 * next()];
      boxes.push(x - w / 2, y - h / 2, x + w / 2, y + h / 2);
      scores.push(next() < 0.1 ? 0.3 + 0.2 * next() : 0.7 + 0.29 * next());
    }
    if (next() < 0.05) {
      const [x, y] = [WIDTH * next(), HEIGHT * next()];
      boxes.push(x, y, x + 40, y + 100);
      scores.push(0.3 + 0.6 * next());
    }
    return {
      count: scores.length,
      boxes: Float64Array.from(boxes),
      scores: Float64Array.from(scores),
      classes: new Int32Array(scores.length),
    };
  };
  return {
    detector: { labels, detect: async () => detect() },
    async *frames() {
      const data = new Uint8Array(0);
      for (let index = 0; index < count; index++)
        yield { index, time: index / 25, width: WIDTH, height: HEIGHT, data };
    },
  };
}

/** Numerical Recipes' 32-bit generator, high 24 bits. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return (state >>> 8) / 16777216;
  };
}
