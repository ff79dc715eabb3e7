/** What Throughline knows of the looks of its tracks, and what it makes of them. */
import { iou } from "../math/boxes.js";
import type { Column, Embeddings } from "../types.js";
import { dot } from "./_appearance.js";
import { RunningAverage } from "./_average.js";
import type { Candidates } from "./_candidates.js";
import { Likeness } from "./_likeness.js";
import type { SavedColumns } from "./_state.js";
import type { TrackTable } from "./_table.js";

/** Weight of the past in a track's look. */
const smoothing = 0.95;
/** A box of which this share is behind another shows two people: nothing is learnt from it. */
const hidden = 0.3;
/** A match of this overlap is beyond doubt. */
const sure = 0.5;
/** Tracks that overlap less are two. */
const apart = 0.05;

/** The looks of all tracks, by slot. */
export class Looks {
  readonly #averages = new RunningAverage(smoothing);
  readonly #likeness = new Likeness();
  readonly #candidates: Candidates;
  #embeddings: Embeddings | undefined;
  /** Whether candidate j shows one object clearly. */
  #isClear = new Uint8Array(0);

  constructor(candidates: Candidates) {
    this.#candidates = candidates;
  }

  /** Takes the embeddings of the frame's detections. Only candidates with a score from `from` on are looked at. */
  begin(embeddings: Embeddings | undefined, from: number): void {
    this.#embeddings = embeddings;
    if (!embeddings) return;
    this.#averages.use(embeddings.dim);
    this.#findClear(embeddings, from);
  }

  #findClear({ dim, data }: Embeddings, from: number): void {
    const { count, rows, boxes, scores } = this.#candidates;
    if (this.#isClear.length < count) this.#isClear = new Uint8Array(2 * count);
    for (let j = 0; j < count; j++) {
      const at = rows[j] * dim;
      // Zero stands for a box in which nothing can be seen.
      this.#isClear[j] = scores[j] >= from && dot(data, at, data, at, dim) > 0.25 ? 1 : 0;
      if (!this.#isClear[j]) continue;
      for (let i = 0; i < count && this.#isClear[j]; i++)
        if (i !== j && scores[i] >= from && isBehind(boxes, j, i)) this.#isClear[j] = 0;
    }
  }

  /** Whether looks can be compared in this frame. */
  get areKnown(): boolean {
    return this.#embeddings !== undefined && this.#likeness.isReady;
  }

  /** -1 for certainly not this track, 1 for certainly this one, 0 where nothing can be said. */
  say(slot: number, j: number): number {
    const distance = this.distance(slot, j);
    return distance === undefined ? 0 : this.#likeness.of(distance);
  }

  /** Cosine distance of candidate j to what the track looks like. */
  distance(slot: number, j: number): number | undefined {
    if (!this.#embeddings || !this.#averages.knows(slot)) return undefined;
    return this.#averages.distance(slot, this.#embeddings.data, this.#candidates.rows[j]);
  }

  /** Learns what same and different look like from a match: `box` is where the track was expected. */
  learn(slot: number, j: number, box: Float64Array, table: TrackTable, boxes: Float64Array): void {
    const distance = this.#isClear[j] ? this.distance(slot, j) : undefined;
    if (distance === undefined) return;
    const candidates = this.#candidates.boxes;
    if (iou(box, 0, candidates, j) > sure) this.#likeness.learn("same", distance);
    let nearest = Number.POSITIVE_INFINITY;
    let other = -1;
    for (let k = 0; k < table.count; k++) {
      const slotOfOther = table.active[k];
      // In this frame or the last one it was seen.
      if (slotOfOther === slot || table.misses[slotOfOther] > 1 || !this.#averages.knows(slotOfOther))
        continue;
      const away = Math.abs(boxes[4 * k] - box[0]) + Math.abs(boxes[4 * k + 1] - box[1]);
      if (away < nearest && iou(boxes, k, candidates, j) < apart) {
        nearest = away;
        other = slotOfOther;
      }
    }
    if (other >= 0) this.#likeness.learn("different", this.distance(other, j)!);
  }

  /** Adds candidate j to what the track looks like, where it shows one object clearly. */
  add(slot: number, j: number): void {
    if (this.#embeddings && this.#isClear[j])
      this.#averages.add(slot, this.#embeddings.data, this.#candidates.rows[j]);
  }

  /** The vector of candidate j, where it shows one object clearly. */
  clearly(j: number): Float32Array | undefined {
    if (!this.#embeddings || !this.#isClear[j]) return undefined;
    const { dim, data } = this.#embeddings;
    const row = this.#candidates.rows[j];
    return data.subarray(row * dim, (row + 1) * dim);
  }

  clear(slot: number): void {
    this.#averages.clear(slot);
  }

  save(slots: number): Readonly<Record<string, Column>> {
    const { same, different } = this.#likeness;
    return { ...this.#averages.save(slots), same: same.slice(), different: different.slice() };
  }

  restore(saved: SavedColumns, slots: number): void {
    this.#averages.restore(saved, slots);
    this.#likeness.same = saved.float64("same", 3);
    this.#likeness.different = saved.float64("different", 3);
  }
}

/** Whether box i covers much of box j and stands before it: its lower edge is lower. */
function isBehind(boxes: Float64Array, j: number, i: number): boolean {
  const [x1, y1, x2, y2] = [boxes[4 * j], boxes[4 * j + 1], boxes[4 * j + 2], boxes[4 * j + 3]];
  const w = Math.min(x2, boxes[4 * i + 2]) - Math.max(x1, boxes[4 * i]);
  if (w <= 0 || boxes[4 * i + 3] <= y2) return false;
  const h = Math.min(y2, boxes[4 * i + 3]) - Math.max(y1, boxes[4 * i + 1]);
  return h > 0 && w * h > hidden * (x2 - x1) * (y2 - y1);
}
