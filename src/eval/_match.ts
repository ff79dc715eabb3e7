/**
 * One-to-one matching of the truth and result rows of a frame that maximises the sum of the weights. Most pairs
 * are beyond doubt and are settled here; only the rest goes to the solver, and where equal weights leave a choice,
 * the choice is the official evaluator's.
 */
import { Assigner } from "../math/assignment.js";
import { SparseCosts } from "../math/sparse-costs.js";
import { solveLikeOfficial } from "./_ties.js";
import type { Overlaps } from "./sequence.js";

/** Matches the frames of one sequence, each at most once, with memory for the whole sequence. */
export class FrameMatcher {
  /** Entry of `overlaps` chosen for each truth row, or -1. */
  readonly chosen: Int32Array;
  readonly #overlaps: Overlaps;
  readonly #truthStarts: Int32Array;
  readonly #resultStarts: Int32Array;
  /** Leaving a row out costs nothing, a pair costs its negated weight. */
  readonly #assigner = new Assigner({ unassigned: 0 });
  readonly #costs = new SparseCosts();
  /** Best and second best weight of each result row, and the truth row of the best. */
  readonly #best: Float64Array;
  readonly #second: Float64Array;
  readonly #bestRow: Int32Array;
  /** Second best weight of each truth row. */
  readonly #nextOf: Float64Array;
  /** 1 for result rows that are settled. */
  readonly #taken: Uint8Array;
  /** Truth rows of the frame that are left to the solver. */
  readonly #open: number[] = [];

  /** @param truthStarts row at which each frame starts, as `resultStarts`. */
  constructor(overlaps: Overlaps, truthStarts: Int32Array, resultStarts: Int32Array) {
    const resultCount = resultStarts[resultStarts.length - 1];
    this.#overlaps = overlaps;
    this.#truthStarts = truthStarts;
    this.#resultStarts = resultStarts;
    this.chosen = new Int32Array(overlaps.starts.length - 1).fill(-1);
    this.#best = new Float64Array(resultCount);
    this.#second = new Float64Array(resultCount);
    this.#bestRow = new Int32Array(resultCount);
    this.#nextOf = new Float64Array(this.chosen.length);
    this.#taken = new Uint8Array(resultCount);
  }

  /**
   * Chooses for the truth rows of a frame.
   *
   * @param weights one per entry of the overlaps; entries of weight 0 or less are never chosen.
   */
  match(frame: number, weights: Float64Array): void {
    const from = this.#truthStarts[frame];
    const to = this.#truthStarts[frame + 1];
    const { starts, columns } = this.#overlaps;
    const best = this.#best;
    const second = this.#second;
    const bestRow = this.#bestRow;
    const chosen = this.chosen;
    const nextOf = this.#nextOf;
    for (let row = from; row < to; row++) {
      let most = 0;
      let next = 0;
      let choice = -1;
      for (let e = starts[row], end = starts[row + 1]; e < end; e++) {
        const w = weights[e];
        if (!(w > 0)) continue;
        const column = columns[e];
        if (w > best[column]) {
          second[column] = best[column];
          best[column] = w;
          bestRow[column] = row;
        } else if (w > second[column]) second[column] = w;
        if (w > most) {
          next = most;
          most = w;
          choice = e;
        } else if (w > next) next = w;
      }
      chosen[row] = choice;
      nextOf[row] = next;
    }
    const open = this.#open;
    open.length = 0;
    for (let row = from; row < to; row++) {
      const choice = chosen[row];
      if (choice < 0) continue;
      // Any matching without this pair has at most one other pair at either end; if those two together weigh
      // less, exchanging them for this pair is an improvement. So every best matching has it.
      const column = columns[choice];
      if (bestRow[column] === row && weights[choice] > nextOf[row] + second[column]) {
        this.#taken[column] = 1;
        continue;
      }
      chosen[row] = -1;
      open.push(row);
    }
    if (open.length === 0) return;
    if (this.#hasEqualWeights(weights)) this.#solveFrame(frame, weights);
    else this.#solveOpen(this.#resultStarts[frame], this.#resultStarts[frame + 1], weights);
  }

  /** Whether two pairs of the open part weigh the same, so that there may be several best matchings. */
  #hasEqualWeights(weights: Float64Array): boolean {
    const { starts, columns } = this.#overlaps;
    const seen: number[] = [];
    for (const row of this.#open) {
      for (let e = starts[row]; e < starts[row + 1]; e++) {
        if (weights[e] > 0 && !this.#taken[columns[e]]) seen.push(weights[e]);
      }
    }
    return new Set(seen).size < seen.length;
  }

  /** The open rows against the result rows `first .. end - 1` that are not taken. */
  #solveOpen(first: number, end: number, weights: Float64Array): void {
    const { starts, columns } = this.#overlaps;
    const costs = this.#costs;
    costs.begin(end - first);
    for (const row of this.#open) {
      for (let e = starts[row]; e < starts[row + 1]; e++) {
        if (weights[e] > 0 && !this.#taken[columns[e]]) costs.add(columns[e] - first, -weights[e]);
      }
      costs.endRow();
    }
    const columnOf = this.#assigner.assignSparse(costs);
    this.#open.forEach((row, i) => {
      this.#choose(row, columnOf[i] < 0 ? -1 : columnOf[i] + first, weights);
    });
  }

  /** All rows of the frame, as the official evaluator sees them. */
  #solveFrame(frame: number, weights: Float64Array): void {
    const { starts, columns } = this.#overlaps;
    const from = this.#truthStarts[frame];
    const first = this.#resultStarts[frame];
    const rows = this.#truthStarts[frame + 1] - from;
    const cols = this.#resultStarts[frame + 1] - first;
    const costs = new Float64Array(rows * cols);
    for (let i = 0; i < rows; i++) {
      for (let e = starts[from + i]; e < starts[from + i + 1]; e++) {
        if (weights[e] > 0) costs[i * cols + columns[e] - first] = -weights[e];
      }
    }
    solveLikeOfficial(costs, rows, cols).forEach((column, i) => {
      this.#choose(from + i, column < 0 ? -1 : column + first, weights);
    });
  }

  #choose(row: number, column: number, weights: Float64Array): void {
    const { starts, columns } = this.#overlaps;
    this.chosen[row] = -1;
    for (let e = starts[row]; e < starts[row + 1]; e++) {
      if (columns[e] === column && weights[e] > 0) this.chosen[row] = e;
    }
  }
}

/** As in _columns.ts. */
export const kept: unknown = new FrameMatcher(
  { starts: new Int32Array(1), columns: new Int32Array(0), similarities: new Float64Array(0) },
  new Int32Array(1),
  new Int32Array(1),
);
