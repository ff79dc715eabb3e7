/**
 * One-to-one matching of the truth and result rows of a frame that maximises the sum of the weights. The rows
 * fall into small groups that touch each other, most of them of one pair; only larger groups need a solver.
 */
import { assign } from "./_assign.js";
import type { Overlaps } from "./sequence.js";

/** Matches the frames of one sequence, each at most once, with memory for the whole sequence. */
export class FrameMatcher {
  /** Entry of `overlaps` chosen for each truth row, or -1. */
  readonly chosen: Int32Array;
  readonly #overlaps: Overlaps;
  /** First truth row of the frame that touches each result row, or -1. */
  readonly #owner: Int32Array;
  /** Position of each result row within its group. */
  readonly #local: Int32Array;
  /** Union-find over truth rows. */
  readonly #parent: Int32Array;
  /** Next truth row of the same group, or -1. */
  readonly #next: Int32Array;
  readonly #head: Int32Array;

  constructor(overlaps: Overlaps, resultCount: number) {
    const truthCount = overlaps.starts.length - 1;
    this.#overlaps = overlaps;
    this.chosen = new Int32Array(truthCount).fill(-1);
    this.#owner = new Int32Array(resultCount).fill(-1);
    this.#local = new Int32Array(resultCount).fill(-1);
    this.#parent = new Int32Array(truthCount);
    this.#next = new Int32Array(truthCount);
    this.#head = new Int32Array(truthCount).fill(-1);
  }

  /**
   * Chooses for the truth rows `from .. to - 1`, which must be all rows of a frame.
   *
   * @param weights one per entry of the overlaps; entries of weight 0 or less are never chosen.
   */
  match(from: number, to: number, weights: Float64Array): void {
    const { starts, columns } = this.#overlaps;
    const owner = this.#owner;
    const parent = this.#parent;
    for (let row = from; row < to; row++) {
      parent[row] = row;
      for (let e = starts[row]; e < starts[row + 1]; e++) {
        if (!(weights[e] > 0)) continue;
        const first = owner[columns[e]];
        if (first < 0) owner[columns[e]] = row;
        else this.#join(first, row);
      }
    }
    const head = this.#head;
    for (let row = to - 1; row >= from; row--) {
      const root = this.#root(row);
      this.#next[row] = head[root];
      head[root] = row;
    }
    for (let row = from; row < to; row++) {
      if (parent[row] !== row) continue;
      if (this.#next[head[row]] < 0) this.#chooseOne(row, weights);
      else this.#chooseGroup(head[row], weights);
    }
  }

  #root(row: number): number {
    const parent = this.#parent;
    let root = row;
    while (parent[root] !== root) root = parent[root];
    for (let r = row; parent[r] !== root; ) {
      const up = parent[r];
      parent[r] = root;
      r = up;
    }
    return root;
  }

  #join(a: number, b: number): void {
    const rootA = this.#root(a);
    const rootB = this.#root(b);
    if (rootA < rootB) this.#parent[rootB] = rootA;
    else this.#parent[rootA] = rootB;
  }

  #chooseOne(row: number, weights: Float64Array): void {
    const { starts } = this.#overlaps;
    let best = -1;
    let most = 0;
    for (let e = starts[row]; e < starts[row + 1]; e++) {
      if (weights[e] > most) {
        most = weights[e];
        best = e;
      }
    }
    this.chosen[row] = best;
  }

  #chooseGroup(head: number, weights: Float64Array): void {
    const { starts, columns } = this.#overlaps;
    const local = this.#local;
    const next = this.#next;
    const rows: number[] = [];
    let width = 0;
    for (let row = head; row >= 0; row = next[row]) {
      rows.push(row);
      for (let e = starts[row]; e < starts[row + 1]; e++) {
        if (weights[e] > 0 && local[columns[e]] < 0) local[columns[e]] = width++;
      }
    }
    const costs = new Float64Array(rows.length * width);
    for (let i = 0; i < rows.length; i++) {
      for (let e = starts[rows[i]]; e < starts[rows[i] + 1]; e++) {
        if (weights[e] > 0) costs[i * width + local[columns[e]]] = -weights[e];
      }
    }
    const columnOf = assign(costs, rows.length, width);
    for (let i = 0; i < rows.length; i++) {
      for (let e = starts[rows[i]]; e < starts[rows[i] + 1]; e++) {
        if (weights[e] > 0 && local[columns[e]] === columnOf[i]) this.chosen[rows[i]] = e;
      }
    }
  }
}
