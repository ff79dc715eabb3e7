import { createHash } from "node:crypto";
import type { Detections, Embeddings } from "../../src/types.js";

export interface CrowdOptions {
  readonly objects: number;
  readonly frames: number;
  /** @default 7 */
  readonly seed?: number;
  /** Length of the appearance vectors. @default 128 */
  readonly dim?: number;
}

export interface CrowdFrame {
  readonly detections: Detections;
  readonly embeddings: Embeddings;
}

/** MOT detections of `crowd({ objects: 200, frames: 1000 })`, as every implementation of the recipe writes them. */
export const knownMd5 = "6b9d2f43c991c9713bb8e82748425782";

/**
 * A synthetic crowd on 3840 x 2160 pixels: people 30 to 60 px wide, constant speed with a small random walk,
 * reflected at the border, 5 % misses, 2 % noise, about 5 false detections a frame. Coordinates have two decimals.
 * Each person has a random look, seen with some noise.
 *
 * @returns the frames, and the MD5 of the detections written as MOT rows
 */
export function crowd({ objects, frames, seed = 7, dim = 128 }: CrowdOptions): {
  frames: CrowdFrame[];
  md5: string;
} {
  const [width, height, falsePositives, miss, noise, low] = [3840, 2160, 5, 0.05, 0.02, 0.1];
  const next = lcg(seed);
  const normal = () => {
    const x = next();
    return Math.sqrt(-2 * Math.log(x + 1e-12)) * Math.cos(6.283185307179586 * next());
  };
  const look = looks(objects, dim, seed + 1);
  const hash = createHash("md5");
  const walkers = Array.from({ length: objects }, () => {
    const w = 30 + 30 * next();
    const h = w * (2.2 + 0.6 * next());
    const speed = 0.5 + 3.5 * next();
    const direction = 6.283185307179586 * next();
    const x = w + (width - 2 * w) * next();
    const y = h + (height - 2 * h) * next();
    return { x, y, vx: speed * Math.cos(direction), vy: speed * Math.sin(direction), w, h };
  });
  const result: CrowdFrame[] = [];
  for (let frame = 1; frame <= frames; frame++) {
    const boxes: number[] = [];
    const scores: number[] = [];
    const seen: number[] = [];
    const add = (who: number, x: number, y: number, w: number, h: number, score: number) => {
      const text = [x, y, w, h].map((v) => v.toFixed(2));
      hash.update(`${frame},-1,${text.join(",")},${score.toFixed(3)}\n`);
      const [x1, y1, bw, bh] = text.map(Number);
      boxes.push(x1, y1, x1 + bw, y1 + bh);
      scores.push(Number(score.toFixed(3)));
      seen.push(who);
    };
    walkers.forEach((o, i) => {
      o.vx += 0.05 * normal();
      o.vy += 0.05 * normal();
      o.x += o.vx;
      o.y += o.vy;
      if (o.x < o.w / 2 || o.x > width - o.w / 2) {
        o.vx = -o.vx;
        o.x += 2 * o.vx;
      }
      if (o.y < o.h / 2 || o.y > height - o.h / 2) {
        o.vy = -o.vy;
        o.y += 2 * o.vy;
      }
      const m = next();
      const l = next();
      if (m < miss) return;
      const w = o.w * (1 + noise * normal());
      const h = o.h * (1 + noise * normal());
      const x = o.x + noise * o.w * normal();
      const y = o.y + noise * o.h * normal();
      const score = l < low ? 0.2 + 0.3 * next() : 0.65 + 0.34 * next();
      add(i, x - w / 2, y - h / 2, w, h, score);
    });
    const extra = Math.trunc(falsePositives * 2 * next());
    for (let k = 0; k < extra; k++) {
      const w = 30 + 30 * next();
      const h = w * 2.5;
      const x = (width - w) * next();
      const y = (height - h) * next();
      add(-1, x, y, w, h, 0.2 + 0.5 * next());
    }
    const count = scores.length;
    result.push({
      detections: {
        count,
        boxes: Float64Array.from(boxes),
        scores: Float64Array.from(scores),
        classes: new Int32Array(count),
      },
      embeddings: { count, dim, data: look(seen) },
    });
  }
  return { frames: result, md5: hash.digest("hex") };
}

/** Numerical Recipes' 32-bit generator, high 24 bits. */
function lcg(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return (state >>> 8) / 16777216;
  };
}

/** A function from people (-1: nobody) to unit vectors; about 0.1 of cosine distance between two views of one. */
function looks(people: number, dim: number, seed: number): (seen: readonly number[]) => Float32Array {
  const next = lcg(seed);
  const own = Float32Array.from({ length: people * dim }, () => next() - 0.5);
  return (seen) => {
    const data = new Float32Array(seen.length * dim);
    seen.forEach((who, row) => {
      let sum = 0;
      for (let k = 0; k < dim; k++) {
        const v = (who < 0 ? 0 : own[who * dim + k]) + 0.33 * (next() - 0.5);
        data[row * dim + k] = v;
        sum += v * v;
      }
      for (let k = 0; k < dim; k++) data[row * dim + k] /= Math.sqrt(sum);
    });
    return data;
  };
}
