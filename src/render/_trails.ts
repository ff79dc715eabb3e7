/** Where identities were in the frames before. */
import { type Colour, lookOf } from "./palette.js";
import { type Canvas, drawLine } from "./pixels.js";
import type { Shown } from "./timeline.js";

interface Point {
  readonly index: number;
  readonly x: number;
  readonly y: number;
}

const black: Colour = [0, 0, 0];
/** Frames without an identity over which its path is one line. */
const BRIDGE = 10;

/** Remembers the paths of one video; only those of the last frames. */
export class Trails {
  readonly #length: number;
  readonly #point: "foot" | "centre";
  readonly #paths = new Map<number, Point[]>();

  constructor(length: number, point: "foot" | "centre") {
    this.#length = length;
    this.#point = point;
  }

  add(index: number, shown: readonly Shown[]): void {
    if (this.#length === 0) return;
    for (const { id, box } of shown) {
      const path = this.#paths.get(id) ?? [];
      this.#paths.set(id, path);
      const y = this.#point === "foot" ? box[3] : (box[1] + box[3]) / 2;
      path.push({ index, x: (box[0] + box[2]) / 2, y });
    }
    for (const [id, path] of this.#paths) {
      while (path.length > 0 && path[0]!.index < index - this.#length) path.shift();
      if (path.length === 0) this.#paths.delete(id);
    }
  }

  draw(canvas: Canvas, thick: number): void {
    for (const [id, path] of this.#paths) {
      const { colour } = lookOf(id);
      const newest = path.at(-1)!.index;
      for (const [extra, ink] of [
        [2, black],
        [0, colour],
      ] as const)
        for (let i = 1; i < path.length; i++) {
          const [a, b] = [path[i - 1]!, path[i]!];
          if (b.index - a.index > BRIDGE) continue;
          const age = (newest - b.index) / this.#length;
          const alpha = (extra ? 0.35 : 0.95) * (1 - 0.8 * age);
          drawLine(canvas, a.x, a.y, b.x, b.y, thick + extra, ink, alpha);
        }
    }
  }
}
