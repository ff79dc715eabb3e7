import { grown } from "../math/grown.js";
import type { Column } from "../types.js";
import type { SavedColumns } from "./_state.js";

/**
 * What was really seen of each slot's track: the last box, those of the last frames, and the direction between them
 * (J. Cao et al., "Observation-centric SORT", section 4.1: observations err less than what is predicted from them).
 */
export class Observations {
  /** The last box of slot i at `4 * i`, x1, y1, x2, y2. */
  last = new Float64Array(0);
  /** Unit vector of slot i at `2 * i`, or zeros while nothing has moved. */
  direction = new Float64Array(0);
  /** Frame and box, five numbers, of each of the last frames in turn. */
  #recent = new Float64Array(0);
  readonly #span: number;
  readonly #places: number;

  /** @param span frames between the two observations that a direction is taken from */
  constructor(span: number) {
    this.#span = span;
    this.#places = span + 1;
  }

  reserve(slots: number): void {
    if (this.last.length >= 4 * slots) return;
    this.last = grown(this.last, 4 * slots);
    this.direction = grown(this.direction, 2 * slots);
    this.#recent = grown(this.#recent, 5 * this.#places * slots);
  }

  /** The first one, in frame `frame`: box `j` of `boxes`. */
  start(slot: number, frame: number, boxes: Float64Array, j: number): void {
    this.direction.fill(0, 2 * slot, 2 * slot + 2);
    this.#recent.fill(-1, 5 * this.#places * slot, 5 * this.#places * (slot + 1));
    this.#keep(slot, frame, boxes, j);
  }

  /** The next one, which also tells the direction. */
  add(slot: number, frame: number, boxes: Float64Array, j: number): void {
    const { direction } = this;
    const [dx, dy, norm] = this.#way(slot, frame, boxes, j);
    direction[2 * slot] = norm > 0 ? dx / norm : 0;
    direction[2 * slot + 1] = norm > 0 ? dy / norm : 0;
    this.#keep(slot, frame, boxes, j);
  }

  /** Radians between the track's direction and the one to box `j` of `boxes`; a right angle where either is unknown. */
  turn(slot: number, frame: number, boxes: Float64Array, j: number): number {
    const { direction } = this;
    const [dx, dy, norm] = this.#way(slot, frame, boxes, j);
    if (norm === 0) return Math.PI / 2;
    const cosine = (direction[2 * slot] * dx + direction[2 * slot + 1] * dy) / norm;
    return Math.acos(Math.min(1, Math.max(-1, cosine)));
  }

  /** From the centre of the observation that directions are taken from to that of box `j`, and how far that is. */
  #way(slot: number, frame: number, boxes: Float64Array, j: number): [dx: number, dy: number, norm: number] {
    const at = this.#earlier(slot, frame);
    const from = at < 0 ? this.last : this.#recent;
    const b = at < 0 ? 4 * slot : at;
    const dx = (boxes[4 * j] + boxes[4 * j + 2] - from[b] - from[b + 2]) / 2;
    const dy = (boxes[4 * j + 1] + boxes[4 * j + 3] - from[b + 1] - from[b + 3]) / 2;
    return [dx, dy, Math.hypot(dx, dy)];
  }

  save(slots: number): Readonly<Record<string, Column>> {
    return {
      last: this.last.slice(0, 4 * slots),
      direction: this.direction.slice(0, 2 * slots),
      recent: this.#recent.slice(0, 5 * this.#places * slots),
    };
  }

  restore(saved: SavedColumns, slots: number): void {
    this.last = saved.float64("last", 4 * slots);
    this.direction = saved.float64("direction", 2 * slots);
    this.#recent = saved.float64("recent", 5 * this.#places * slots);
  }

  /** Where the box of `span` frames ago is in `#recent`, or that of the next later frame; -1 where there is none. */
  #earlier(slot: number, frame: number): number {
    for (let ago = this.#span; ago > 0; ago--) {
      const at = 5 * (this.#places * slot + ((frame - ago + this.#places) % this.#places));
      if (this.#recent[at] === frame - ago) return at + 1;
    }
    return -1;
  }

  #keep(slot: number, frame: number, boxes: Float64Array, j: number): void {
    const at = 5 * (this.#places * slot + (frame % this.#places));
    this.#recent[at] = frame;
    for (let c = 0; c < 4; c++) {
      this.#recent[at + 1 + c] = boxes[4 * j + c];
      this.last[4 * slot + c] = boxes[4 * j + c];
    }
  }
}
