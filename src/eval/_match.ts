/**
 * One-to-one matching of the truth and result rows of a frame that maximises the sum of the weights. Most pairs
 * are beyond doubt and are settled here; only the rest goes to the solver.
 */
import { Assigner } from "../math/assignment.js";
import { SparseCosts } from "../math/sparse-costs.js";
import type { Overlaps } from "./sequence.js";

/** Matches the frames of one sequence, each at most once, with memory for the whole sequence. */
export class FrameMatcher {
  /** Entry of `overlaps` chosen for each truth row, or -1. */
  readonly chosen: Int32Array;
  readonly #overlaps: Overlaps;
  /** Leaving a row out costs nothing, a pair costs its negated weight. */
  readonly #assigner = new Assigner({ unassigned: 0 });
  readonly #costs = new SparseCosts();
  /** Best and second best weight of each result row, and the truth row of the best. */
  readonly #best: Float64Array;
  readonly #second: Float64Array;
  readonly #bestRow: Int32Array;
  /** 1 for result rows that are settled. */
  readonly #taken: Uint8Array;
  /** First result row and number of result rows in the part that is left to the solver. */
  readonly #open: number[] = [];

  constructor(overlaps: Overlaps, resultCount: number) {
    this.#overlaps = overlaps;
    this.chosen = new Int32Array(overlaps.starts.length - 1).fill(-1);
    this.#best = new Float64Array(resultCount);
    this.#second = new Float64Array(resultCount);
    this.#bestRow = new Int32Array(resultCount);
    this.#taken = new Uint8Array(resultCount);
  }

  /**
   * Chooses for the truth rows `from .. to - 1`, which must be all rows of a frame.
   *
   * @param weights one per entry of the overlaps; entries of weight 0 or less are never chosen.
   */
  match(from: number, to: number, weights: Float64Array): void {
    const { starts, columns } = this.#overlaps;
    const best = this.#best;
    const second = this.#second;
    const bestRow = this.#bestRow;
    for (let row = from; row < to; row++) {
      for (let e = starts[row]; e < starts[row + 1]; e++) {
        const w = weights[e];
        const column = columns[e];
        if (w > best[column]) {
          second[column] = best[column];
          best[column] = w;
          bestRow[column] = row;
        } else if (w > second[column]) second[column] = w;
      }
    }
    const open = this.#open;
    open.length = 0;
    for (let row = from; row < to; row++) {
      let most = 0;
      let next = 0;
      let choice = -1;
      for (let e = starts[row]; e < starts[row + 1]; e++) {
        const w = weights[e];
        if (w > most) {
          next = most;
          most = w;
          choice = e;
        } else if (w > next) next = w;
      }
      if (choice < 0) continue;
      // Any matching without this pair has at most one other pair at either end; if those two together weigh
      // less, exchanging them for this pair is an improvement. So every best matching has it.
      const column = columns[choice];
      if (bestRow[column] === row && most > next + second[column]) {
        this.chosen[row] = choice;
        this.#taken[column] = 1;
      } else open.push(row);
    }
    if (open.length > 0) this.#solve(open, weights);
  }

  #solve(open: readonly number[], weights: Float64Array): void {
    const { starts, columns } = this.#overlaps;
    let low = Number.POSITIVE_INFINITY;
    let high = -1;
    for (const row of open) {
      for (let e = starts[row]; e < starts[row + 1]; e++) {
        if (columns[e] < low) low = columns[e];
        if (columns[e] > high) high = columns[e];
      }
    }
    const costs = this.#costs;
    costs.begin(high - low + 1);
    for (const row of open) {
      for (let e = starts[row]; e < starts[row + 1]; e++) {
        if (weights[e] > 0 && !this.#taken[columns[e]]) costs.add(columns[e] - low, -weights[e]);
      }
      costs.endRow();
    }
    const columnOf = this.#assigner.assignSparse(costs);
    for (let i = 0; i < open.length; i++) {
      if (columnOf[i] < 0) continue;
      for (let e = starts[open[i]]; e < starts[open[i] + 1]; e++) {
        if (columns[e] === columnOf[i] + low) this.chosen[open[i]] = e;
      }
    }
  }
}
