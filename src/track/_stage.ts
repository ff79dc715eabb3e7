/** One round of matching by overlap between some tracks and some detections. */
import { Assigner, type Solver } from "../math/assignment.js";
import { SparseCosts } from "../math/sparse-costs.js";
import type { Candidates } from "./_candidates.js";
import { OverlapIndex } from "./_overlap.js";

/** Some of the tracks, with the boxes that they are expected in; storage is reused. */
export class Expected {
  count = 0;
  /** Slots. */
  slots = new Int32Array(16);
  boxes = new Float64Array(64);

  clear(): void {
    this.count = 0;
  }

  add(slot: number, boxes: Float64Array, k: number): void {
    if (this.count === this.slots.length) {
      const { slots, boxes: old } = this;
      this.slots = new Int32Array(2 * slots.length);
      this.slots.set(slots);
      this.boxes = new Float64Array(2 * old.length);
      this.boxes.set(old);
    }
    this.slots[this.count] = slot;
    const at = 4 * this.count++;
    for (let c = 0; c < 4; c++) this.boxes[at + c] = boxes[4 * k + c];
  }
}

/** What a round may know besides. */
export interface StageOptions {
  /** What a score counts, from 1 on in full. By default that is the score. */
  readonly share?: (score: number) => number;
  /** What is added to the similarity of a track and a detection, which is their overlap, weighted. */
  readonly adjust?: ((slot: number, j: number, overlap: number, similarity: number) => number) | undefined;
}

/** Matches so that the sum of the overlaps beyond the least that is asked for is largest. */
export class Stage {
  readonly #least: number;
  readonly #weighted: boolean;
  readonly #assigner: Assigner;
  readonly #pairs = new SparseCosts();
  readonly #overlaps: OverlapIndex;
  #detections = new Int32Array(16);

  /**
   * @param least pairs of this overlap or less are not matched
   * @param weighted overlaps are multiplied by the detection's score (ByteTrack)
   * @param pixel as in `OverlapIndex`
   */
  constructor(least: number, weighted: boolean, solver: Solver, pixel: 0 | 1 = 0) {
    this.#overlaps = new OverlapIndex(pixel);
    this.#least = least;
    this.#weighted = weighted;
    this.#assigner = new Assigner({ unassigned: 1 - least, solver });
  }

  /**
   * Matches detections of `min <= score < max` that nobody has; calls `matched(slot, j)` for each pair and marks the
   * detection as taken.
   */
  match(
    expected: Expected,
    candidates: Candidates,
    min: number,
    max: number,
    keyOf: Int32Array,
    matched: (slot: number, j: number) => void,
    { share = (score) => score, adjust }: StageOptions = {},
  ): void {
    const { count, boxes, scores, keys, taken } = candidates;
    if (expected.count === 0) return;
    if (this.#detections.length < count) this.#detections = new Int32Array(2 * count);
    const pairs = this.#pairs;
    pairs.begin(expected.count);
    this.#overlaps.build(expected.boxes, expected.count);
    let rows = 0;
    for (let j = 0; j < count; j++) {
      if (taken[j] || scores[j] < min || scores[j] >= max) continue;
      const before = pairs.entries;
      const weight = this.#weighted ? Math.min(1, Math.max(0, share(scores[j]))) : 1;
      this.#overlaps.each(boxes, j, (k, overlap) => {
        if (keyOf[expected.slots[k]] !== keys[j]) return;
        let similarity = overlap * weight;
        if (adjust) similarity += adjust(expected.slots[k], j, overlap, similarity);
        if (similarity > this.#least) pairs.add(k, 1 - similarity);
      });
      if (pairs.entries === before) continue;
      pairs.endRow();
      this.#detections[rows++] = j;
    }
    if (rows === 0) return;
    const columnOf = this.#assigner.assignSparse(pairs);
    for (let r = 0; r < rows; r++) {
      if (columnOf[r] < 0) continue;
      const j = this.#detections[r];
      taken[j] = 1;
      matched(expected.slots[columnOf[r]], j);
    }
  }
}
