/**
 * Linear assignment by shortest augmenting paths, dense and rectangular: R. Jonker, A. Volgenant, "A shortest
 * augmenting path algorithm for dense and sparse linear assignment problems", Computing 38 (1987), in the
 * rectangular form of D. F. Crouse, IEEE TAES 52 (2016). Added here: every row has a private way out, "stay
 * unassigned" at a fixed cost, which makes forbidden pairs and more rows than columns ordinary cases.
 */
export class ShortestAugmentingPaths {
  #rowPotential = new Float64Array(0);
  #rowDistance = new Float64Array(0);
  #columnPotential = new Float64Array(0);
  #distance = new Float64Array(0);
  #previousRow = new Int32Array(0);
  #rowOf = new Int32Array(0);
  #remaining = new Int32Array(0);
  #tree = new Int32Array(0);

  /**
   * Fills `columnOf[0..rows)` with each row's column or -1, minimising the sum of the costs plus `unassigned`
   * for each row left out. Equal sums: decided by the fixed order of the scan, the same on every machine.
   *
   * @param costs row-major `rows * cols`; finite, or +Infinity where the pair is forbidden
   * @param unassigned finite, or Infinity if a complete assignment of the rows exists
   */
  solve(costs: Float64Array, rows: number, cols: number, unassigned: number, columnOf: Int32Array): void {
    this.#reserve(rows, cols);
    const rowPotential = this.#rowPotential;
    const columnPotential = this.#columnPotential;
    const rowDistance = this.#rowDistance;
    const distance = this.#distance;
    const previousRow = this.#previousRow;
    const rowOf = this.#rowOf;
    const remaining = this.#remaining;
    const tree = this.#tree;
    rowPotential.fill(0, 0, rows);
    columnPotential.fill(0, 0, cols);
    rowOf.fill(-1, 0, cols);
    columnOf.fill(-1, 0, rows);

    for (let start = 0; start < rows; start++) {
      // Dijkstra from `start` over reduced costs, until a free column or the cheapest way out is nearest.
      let left = cols;
      for (let j = 0; j < cols; j++) {
        remaining[j] = j;
        distance[j] = Number.POSITIVE_INFINITY;
      }
      let row = start;
      let reached = 0; // length of the shortest path to `row`
      let scanned = 0; // columns in the tree
      let sink = -1;
      let outAt = Number.POSITIVE_INFINITY;
      let outRow = start;
      for (;;) {
        rowDistance[row] = reached;
        const base = reached - rowPotential[row];
        if (base + unassigned < outAt) {
          outAt = base + unassigned;
          outRow = row;
        }
        let nearest = Number.POSITIVE_INFINITY;
        let at = -1;
        const rowStart = row * cols;
        for (let k = 0; k < left; k++) {
          const j = remaining[k];
          const d = base + costs[rowStart + j] - columnPotential[j];
          if (d < distance[j]) {
            distance[j] = d;
            previousRow[j] = row;
          }
          const best = distance[j];
          // Among equals a free column ends the search soonest.
          if (best < nearest || (best === nearest && at >= 0 && rowOf[j] < 0 && rowOf[remaining[at]] >= 0)) {
            nearest = best;
            at = k;
          }
        }
        if (at < 0 || nearest >= outAt) {
          reached = outAt;
          break;
        }
        reached = nearest;
        const j = remaining[at];
        remaining[at] = remaining[--left];
        if (rowOf[j] < 0) {
          sink = j;
          break;
        }
        tree[scanned++] = j;
        row = rowOf[j];
      }

      rowPotential[start] += reached;
      for (let k = 0; k < scanned; k++) {
        const j = tree[k];
        const slack = reached - distance[j];
        columnPotential[j] -= slack;
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
      this.#remaining = new Int32Array(2 * cols);
      this.#tree = new Int32Array(2 * cols);
    }
  }
}
