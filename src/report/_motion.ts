/** Where identities are and how they move, with the motion that all of them share (the camera's, mostly) taken out. */
import { PARTS_OF_A_PIXEL, type Run } from "./run.js";

/** Seconds of an identity's own past or future by which its speed is measured. */
const LOOK = 0.5;

/** Fewer tell nothing about the camera. */
const LEAST_SHARED = 4;

/** Share of the picture that counts as its edge. */
const EDGE = 0.015;

/** A moment of an identity; lengths are in hundredths of a pixel. */
export interface State {
  readonly time: number;
  readonly x: number;
  readonly y: number;
  /** Per second. */
  readonly vx: number;
  readonly vy: number;
  readonly width: number;
  readonly height: number;
}

export class Motion {
  readonly run: Run;
  readonly identities: ReadonlyMap<number, Int32Array>;
  readonly frames: Int32Array;
  /** What the picture has moved since the first frame. */
  readonly #x: Float64Array;
  readonly #y: Float64Array;
  readonly #edges: readonly [number, number, number, number];

  constructor(run: Run, identities: ReadonlyMap<number, Int32Array>, frames: Int32Array) {
    this.run = run;
    this.identities = identities;
    this.frames = frames;
    [this.#x, this.#y] = sharedMotion(run, identities, frames);
    this.#edges = edgesOf(run);
  }

  /** Size of a row's box: the side of a square of its area. */
  size(row: number): number {
    const { box } = this.run;
    const area = (box[row * 4 + 2]! - box[row * 4]!) * (box[row * 4 + 3]! - box[row * 4 + 1]!);
    return Math.sqrt(Math.max(area, 1));
  }

  height(row: number): number {
    return Math.max(this.run.box[row * 4 + 3]! - this.run.box[row * 4 + 1]!, 1);
  }

  x(row: number): number {
    return (this.run.box[row * 4]! + this.run.box[row * 4 + 2]!) / 2 - this.#x[this.frames[row]!]!;
  }

  y(row: number): number {
    return (this.run.box[row * 4 + 1]! + this.run.box[row * 4 + 3]!) / 2 - this.#y[this.frames[row]!]!;
  }

  time(row: number): number {
    return this.run.time[this.frames[row]!]!;
  }

  /** Whether a box touches the edge of the picture, where things come and go. */
  isAtEdge(row: number): boolean {
    const { box } = this.run;
    const [left, top, right, bottom] = this.#edges;
    return (
      box[row * 4]! <= left ||
      box[row * 4 + 1]! <= top ||
      box[row * 4 + 2]! >= right ||
      box[row * 4 + 3]! >= bottom
    );
  }

  /** The identity at its `k`-th row, with the speed that it had until then. */
  before(rows: Int32Array, k: number): State {
    let from = k;
    const now = this.time(rows[k]!);
    while (from > 0 && now - this.time(rows[from - 1]!) <= LOOK) from--;
    return this.#state(rows, k, from, k);
  }

  /** The identity at its `k`-th row, with the speed that it has from then on. */
  after(rows: Int32Array, k: number): State {
    let to = k;
    const now = this.time(rows[k]!);
    while (to < rows.length - 1 && this.time(rows[to + 1]!) - now <= LOOK) to++;
    return this.#state(rows, k, k, to);
  }

  #state(rows: Int32Array, k: number, from: number, to: number): State {
    const row = rows[k]!;
    const [first, last] = [rows[from]!, rows[to]!];
    const elapsed = this.time(last) - this.time(first);
    // Two or three boxes tell more about the detector than about the motion.
    const isTold = to - from >= 3 && elapsed > 0;
    return {
      time: this.time(row),
      x: this.x(row),
      y: this.y(row),
      vx: isTold ? (this.x(last) - this.x(first)) / elapsed : 0,
      vy: isTold ? (this.y(last) - this.y(first)) / elapsed : 0,
      width: Math.max(this.run.box[row * 4 + 2]! - this.run.box[row * 4]!, 1),
      height: this.height(row),
    };
  }
}

/** The median step of all that are in two frames, summed up from the first frame. */
function sharedMotion(
  run: Run,
  identities: ReadonlyMap<number, Int32Array>,
  frames: Int32Array,
): readonly [Float64Array, Float64Array] {
  const { box } = run;
  const count = new Int32Array(run.index.length + 1);
  const each = (visit: (frame: number, row: number, last: number) => void): void => {
    for (const rows of identities.values())
      for (let k = 1; k < rows.length; k++) {
        const frame = frames[rows[k]!]!;
        if (frames[rows[k - 1]!]! === frame - 1) visit(frame, rows[k]!, rows[k - 1]!);
      }
  };
  each((frame) => {
    count[frame + 1]!++;
  });
  for (let frame = 0; frame < run.index.length; frame++) count[frame + 1]! += count[frame]!;
  const fill = count.slice();
  const stepX = new Float64Array(count[run.index.length]!);
  const stepY = new Float64Array(stepX.length);
  each((frame, row, last) => {
    const at = fill[frame]!++;
    stepX[at] = (box[row * 4]! + box[row * 4 + 2]! - box[last * 4]! - box[last * 4 + 2]!) / 2;
    stepY[at] = (box[row * 4 + 1]! + box[row * 4 + 3]! - box[last * 4 + 1]! - box[last * 4 + 3]!) / 2;
  });
  const x = new Float64Array(run.index.length);
  const y = new Float64Array(run.index.length);
  for (let frame = 1; frame < run.index.length; frame++) {
    const [from, to] = [count[frame]!, count[frame + 1]!];
    const isTold = to - from >= LEAST_SHARED;
    x[frame] = x[frame - 1]! + (isTold ? stepX.subarray(from, to).sort()[(to - from) >> 1]! : 0);
    y[frame] = y[frame - 1]! + (isTold ? stepY.subarray(from, to).sort()[(to - from) >> 1]! : 0);
  }
  return [x, y];
}

/** Left, top, right and bottom limits of what is inside; of the boxes where the picture's size is not known. */
function edgesOf(run: Run): readonly [number, number, number, number] {
  let [left, top, right, bottom] = [0, 0, run.width * PARTS_OF_A_PIXEL, run.height * PARTS_OF_A_PIXEL];
  if (run.width === 0 || run.height === 0) {
    [left, top, right, bottom] = [0, 0, 1, 1];
    for (let at = 0; at < run.box.length; at += 4) {
      left = Math.min(left, run.box[at]!);
      top = Math.min(top, run.box[at + 1]!);
      right = Math.max(right, run.box[at + 2]!);
      bottom = Math.max(bottom, run.box[at + 3]!);
    }
  }
  const [x, y] = [(right - left) * EDGE, (bottom - top) * EDGE];
  return [left + x, top + y, right - x, bottom - y];
}
