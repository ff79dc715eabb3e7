/**
 * Linear assignment by shortest augmenting paths over sparse rows: R. Jonker, A. Volgenant, "A shortest augmenting
 * path algorithm for dense and sparse linear assignment problems", Computing 38 (1987), in the rectangular form of
 * D. F. Crouse, IEEE TAES 52 (2016). Added here: every row has a private way out, "stay unassigned" at a fixed
 * cost. It makes forbidden pairs and more rows than columns ordinary cases, and it ends a search as soon as
 * nothing nearer can be found, so that the work follows the number of pairs that really compete.
 */
import type { SparseCosts } from "./sparse-costs.js";

/** A solver that keeps its memory between problems. */
export class ShortestAugmentingPaths {
  #rowPotential = new Float64Array(0);
  #rowDistance = new Float64Array(0);
  #columnPotential = new Float64Array(0);
  #distance = new Float64Array(0);
  #previousRow = new Int32Array(0);
  #rowOf = new Int32Array(0);
  /** `start` where the search from row `start` has reached the column, `-2 - start` where it is in the tree. */
  #mark = new Int32Array(0);
  #open = new Int32Array(0);
  #tree = new Int32Array(0);

  /**
   * Fills `columnOf[0..rows)` with each row's column or -1, minimising the sum of the costs plus `unassigned` for
   * each row left out. Equal sums are decided by the order of rows and columns alone.
   *
   * @param pairs all costs finite and below `unassigned`
   * @param unassigned finite, or Infinity if all rows can be assigned
   */
  solve(pairs: SparseCosts, unassigned: number, columnOf: Int32Array): void {
    const { rows, cols, starts, columns, costs } = pairs;
    this.#reserve(rows, cols);
    const rowPotential = this.#rowPotential.fill(0, 0, rows);
    const columnPotential = this.#columnPotential.fill(0, 0, cols);
    const rowOf = this.#rowOf.fill(-1, 0, cols);
    const mark = this.#mark.fill(-1, 0, cols);
    const rowDistance = this.#rowDistance;
    const distance = this.#distance;
    const previousRow = this.#previousRow;
    const open = this.#open;
    const tree = this.#tree;
    columnOf.fill(-1, 0, rows);

    for (let start = 0; start < rows; start++) {
      // Dijkstra from `start` over reduced costs, until a free column or the cheapest way out is nearest.
      const closed = -2 - start;
      let opened = 0; // columns reached, not yet in the tree
      let scanned = 0; // columns in the tree
      let row = start;
      let reached = 0; // length of the shortest path to `row`
      let out = Number.POSITIVE_INFINITY;
      let outRow = start;
      let sink = -1;
      for (;;) {
        rowDistance[row] = reached;
        const base = reached - rowPotential[row];
        if (base + unassigned < out) {
          out = base + unassigned;
          outRow = row;
        }
        for (let e = starts[row], end = starts[row + 1]; e < end; e++) {
          const j = columns[e];
          const d = base + costs[e] - columnPotential[j];
          if (d >= out) continue;
          // Rounding may bring a column of the tree nearer by a hair; it stays where it is.
          if (mark[j] === closed || (mark[j] === start && d >= distance[j])) continue;
          if (mark[j] !== start) {
            mark[j] = start;
            open[opened++] = j;
          }
          distance[j] = d;
          previousRow[j] = row;
        }
        let nearest = out;
        let at = -1;
        for (let k = 0; k < opened; k++) {
          const j = open[k];
          const d = distance[j];
          // Among equals a free column ends the search soonest; then the first.
          if (d < nearest || (d === nearest && at >= 0 && comesFirst(j, open[at], rowOf))) {
            nearest = d;
            at = k;
          }
        }
        reached = nearest;
        if (at < 0) break;
        const j = open[at];
        open[at] = open[--opened];
        if (rowOf[j] < 0) {
          sink = j;
          break;
        }
        mark[j] = closed;
        tree[scanned++] = j;
        row = rowOf[j];
      }

      rowPotential[start] += reached;
      for (let k = 0; k < scanned; k++) {
        const j = tree[k];
        columnPotential[j] -= reached - distance[j];
        rowPotential[rowOf[j]] += reached - rowDistance[rowOf[j]];
      }
      // Walk the path back, shifting every row on it to the column after it.
      let column = sink;
      if (sink < 0) {
        column = columnOf[outRow];
        columnOf[outRow] = -1;
        if (outRow === start) continue;
      }
      for (let i = -1; i !== start; ) {
        i = previousRow[column];
        const next = columnOf[i];
        columnOf[i] = column;
        rowOf[column] = i;
        column = next;
      }
    }
  }

  #reserve(rows: number, cols: number): void {
    if (this.#rowPotential.length < rows) {
      this.#rowPotential = new Float64Array(2 * rows);
      this.#rowDistance = new Float64Array(2 * rows);
    }
    if (this.#distance.length < cols) {
      this.#columnPotential = new Float64Array(2 * cols);
      this.#distance = new Float64Array(2 * cols);
      this.#previousRow = new Int32Array(2 * cols);
      this.#rowOf = new Int32Array(2 * cols);
      this.#mark = new Int32Array(2 * cols);
      this.#open = new Int32Array(2 * cols);
      this.#tree = new Int32Array(2 * cols);
    }
  }
}

function comesFirst(j: number, other: number, rowOf: Int32Array): boolean {
  const free = rowOf[j] < 0;
  return free === rowOf[other] < 0 ? j < other : free;
}
