/**
 * A cost matrix of which only the allowed pairs are kept, built row by row. Storage grows and is reused.
 *
 * @example
 * const costs = new SparseCosts();
 * costs.begin(2);
 * costs.add(0, 0.3); // row 0 may take column 0
 * costs.endRow();
 */
export class SparseCosts {
  rows = 0;
  cols = 0;
  /** Row `r` has the entries `starts[r]` to `starts[r + 1]`. */
  starts = new Int32Array(65);
  columns = new Int32Array(256);
  costs = new Float64Array(256);

  /** Forgets everything; `cols` columns from here on. */
  begin(cols: number): void {
    this.rows = 0;
    this.cols = cols;
    this.starts[0] = 0;
    this.#entries = 0;
  }

  /** Allows the current row to take `column`, at most once per row and column. */
  add(column: number, cost: number): void {
    const at = this.#entries++;
    if (at === this.columns.length) {
      const columns = new Int32Array(2 * at);
      columns.set(this.columns);
      this.columns = columns;
      const costs = new Float64Array(2 * at);
      costs.set(this.costs);
      this.costs = costs;
    }
    this.columns[at] = column;
    this.costs[at] = cost;
  }

  /** Ends the current row, which may be empty. */
  endRow(): void {
    const row = ++this.rows;
    if (row === this.starts.length) {
      const starts = new Int32Array(2 * row);
      starts.set(this.starts);
      this.starts = starts;
    }
    this.starts[row] = this.#entries;
  }

  /** Number of entries so far. */
  get entries(): number {
    return this.#entries;
  }

  #entries = 0;
}
