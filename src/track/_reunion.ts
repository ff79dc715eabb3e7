/** Lost tracks that are found again by their looks, near where they are expected but without an overlap. */
import { Assigner, type Solver } from "../math/assignment.js";
import { SparseCosts } from "../math/sparse-costs.js";
import type { Candidates } from "./_candidates.js";
import type { Looks } from "./_looks.js";
import type { Expected } from "./_stage.js";

/** How far off a track may be found, in heights: at once, and more with every frame that it is missing. */
const near = 0.5;
const farther = 0.05;
/** Largest difference of the logs of two heights. */
const heights = 0.3;
/** What looks must say at least, of 1. */
const least = 0.5;

/** Matches tracks and detections by looks. */
export class Reunion {
  readonly #assigner: Assigner;
  readonly #pairs = new SparseCosts();

  constructor(solver: Solver) {
    this.#assigner = new Assigner({ unassigned: 1 - least, solver });
  }

  /** Calls `matched(slot, j)` for each pair and marks the detection, which has a score from `min` on, as taken. */
  match(
    expected: Expected,
    candidates: Candidates,
    min: number,
    { keyOf, missing, looks }: { keyOf: Int32Array; missing: Float64Array; looks: Looks },
    matched: (slot: number, j: number) => void,
  ): void {
    if (expected.count === 0 || !looks.areKnown) return;
    const { count, boxes, scores, keys, taken } = candidates;
    const rows: number[] = [];
    this.#pairs.begin(expected.count);
    for (let j = 0; j < count; j++) {
      if (taken[j] || scores[j] < min) continue;
      const before = this.#pairs.entries;
      for (let k = 0; k < expected.count; k++) {
        const slot = expected.slots[k];
        if (keyOf[slot] !== keys[j] || !isNear(expected.boxes, k, boxes, j, missing[slot])) continue;
        const likeness = looks.say(slot, j);
        if (likeness > least) this.#pairs.add(k, 1 - likeness);
      }
      if (this.#pairs.entries === before) continue;
      this.#pairs.endRow();
      rows.push(j);
    }
    if (rows.length === 0) return;
    const columnOf = this.#assigner.assignSparse(this.#pairs);
    rows.forEach((j, r) => {
      if (columnOf[r] < 0) return;
      taken[j] = 1;
      matched(expected.slots[columnOf[r]], j);
    });
  }
}

function isNear(a: Float64Array, k: number, b: Float64Array, j: number, missing: number): boolean {
  const height = a[4 * k + 3] - a[4 * k + 1];
  const reach = (near + farther * missing) * height;
  const dx = (a[4 * k] + a[4 * k + 2] - b[4 * j] - b[4 * j + 2]) / 2;
  const dy = (a[4 * k + 1] + a[4 * k + 3] - b[4 * j + 1] - b[4 * j + 3]) / 2;
  if (dx * dx + dy * dy > reach * reach) return false;
  return Math.abs(Math.log((b[4 * j + 3] - b[4 * j + 1]) / height)) <= heights;
}
