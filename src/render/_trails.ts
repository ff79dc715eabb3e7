/** Where identities were in the frames before. */
import type { Canvas, Ink } from "./canvas.js";
import type { Stencil } from "./stencil.js";
import type { Shown } from "./timeline.js";

interface Point {
  readonly index: number;
  readonly x: number;
  readonly y: number;
  /** False where the identity was away for long before. */
  readonly isJoined: boolean;
}

/** Frames without an identity over which its path is one line. */
const BRIDGE = 10;
/** The part of its ink that a path has lost at its oldest. */
const FADE = 0.75;
/** How dark it is around it. */
const RIM = 0.6;

/** Remembers the paths of one video; only those of the last frames. */
export class Trails {
  readonly #length: number;
  readonly #point: "foot" | "centre";
  readonly #thick: number;
  readonly #paths = new Map<number, Point[]>();

  constructor(length: number, point: "foot" | "centre", thick: number) {
    this.#length = length;
    this.#point = point;
    this.#thick = thick;
  }

  add(index: number, shown: readonly Shown[]): void {
    if (this.#length === 0) return;
    for (const { id, box } of shown) {
      const path = this.#paths.get(id) ?? [];
      this.#paths.set(id, path);
      const y = this.#point === "foot" ? box[3] : (box[1] + box[3]) / 2;
      const [corner, last] = [path.at(-2), path.at(-1)];
      const isJoined = last !== undefined && index - last.index <= BRIDGE;
      const point = { index, x: (box[0] + box[2]) / 2, y, isJoined };
      // The end of a path moves along until it is far enough for a corner; who stands still leaves a dot, not a tangle.
      const isNear =
        corner && isJoined && last.isJoined && Math.hypot(last.x - corner.x, last.y - corner.y) < this.#thick;
      if (isNear) path[path.length - 1] = point;
      else path.push(point);
    }
    for (const [id, path] of this.#paths) {
      while (path.length > 0 && path[0]!.index < index - this.#length) path.shift();
      if (path.length === 0) this.#paths.delete(id);
    }
  }

  draw(canvas: Canvas, stencil: Stencil, inkOf: (id: number) => Ink, rim: Ink): void {
    for (const [id, path] of this.#paths) {
      const newest = path.at(-1)!.index;
      for (const [i, b] of path.entries()) {
        const a = i > 0 && b.isJoined ? path[i - 1]! : b;
        const rest = 1 - (FADE * (newest - b.index)) / this.#length;
        const ends = [a.x, a.y, b.x, b.y] as const;
        stencil.stroke(ends, { thick: this.#thick, rim: 1, ink: 255 * rest });
      }
      stencil.paint(canvas, inkOf(id), { ink: rim, part: RIM });
    }
  }
}
