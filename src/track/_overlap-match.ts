import { Assigner, type Solver } from "../math/assignment.js";
import { iou } from "../math/boxes.js";
import { SparseCosts } from "../math/sparse-costs.js";
import type { Candidates } from "./_candidates.js";
import { OverlapIndex } from "./_overlap.js";

/** The tracks to match: in `slots`, expected in `boxes`, `count` of them. */
export interface Sought {
  readonly count: number;
  readonly slots: Int32Array;
  readonly boxes: Float64Array;
}

/**
 * Matching as in SORT (section 3.3): so that all overlaps together are largest; those below the least are dropped
 * afterwards.
 */
export class OverlapMatch {
  readonly #minIou: number;
  readonly #overlaps = new OverlapIndex();
  readonly #pairs = new SparseCosts();
  readonly #assigner: Assigner;
  #hitsOfTrack = new Int32Array(0);
  #trackOf = new Int32Array(0);

  constructor(minIou: number, solver: Solver) {
    this.#minIou = minIou;
    // A pair without overlap is worth nothing: leaving both alone costs the same.
    this.#assigner = new Assigner({ unassigned: 0, solver });
  }

  /**
   * @param key of slots, equal for classes that may share an identity
   * @param adjust what is added to the overlap of a slot and a candidate where pairs compete
   * @returns position in `slots` for every candidate, or -1; overwritten by the next call
   */
  match(
    { count: tracks, slots, boxes: expected }: Sought,
    { count, boxes, keys, taken }: Candidates,
    key: Int32Array,
    adjust?: (slot: number, i: number) => number,
  ): Int32Array {
    const minIou = this.#minIou;
    const pairs = this.#pairs;
    pairs.begin(tracks);
    this.#overlaps.build(expected, tracks);
    // The reference takes pairs above the threshold as they are when none of them compete; the assignment
    // would prefer two weak overlaps, dropped afterwards, over a strong one.
    let compete = false;
    if (this.#hitsOfTrack.length < tracks) this.#hitsOfTrack = new Int32Array(2 * tracks);
    const hitsOfTrack = this.#hitsOfTrack.fill(0, 0, tracks);
    for (let i = 0; i < count; i++) {
      let hits = 0;
      if (!taken[i])
        this.#overlaps.each(boxes, i, (k, overlap) => {
          if (keys[i] !== key[slots[k]]) return;
          pairs.add(k, -(adjust ? overlap + adjust(slots[k], i) : overlap));
          if (overlap > minIou && (++hits > 1 || ++hitsOfTrack[k] > 1)) compete = true;
        });
      pairs.endRow();
    }
    const { starts, columns } = pairs;
    if (compete) {
      const trackOf = this.#assigner.assignSparse(pairs);
      for (let i = 0; i < count; i++)
        if (trackOf[i] >= 0 && iou(boxes, i, expected, trackOf[i]) < minIou) trackOf[i] = -1;
      return trackOf;
    }
    if (this.#trackOf.length < count) this.#trackOf = new Int32Array(2 * count);
    const trackOf = this.#trackOf.fill(-1, 0, count);
    for (let i = 0; i < count; i++) {
      for (let e = starts[i]; e < starts[i + 1]; e++)
        if (iou(boxes, i, expected, columns[e]) > minIou) trackOf[i] = columns[e];
    }
    return trackOf;
  }
}
