/**
 * The assignment problem: which row takes which column so that the costs add up to the least. Pairs whose cost
 * is not finite are forbidden and never assigned. The problem is first split into groups of rows and columns
 * that are connected by allowed pairs; that is exact, and in tracking most groups are one row and one column.
 */
import munkres from "munkres-js";
import { ShortestAugmentingPaths } from "./_sap.js";
import { SparseCosts } from "./sparse-costs.js";

/** "sap": shortest augmenting paths on flat arrays. "munkres": the package munkres-js, for comparison. */
export type Solver = "sap" | "munkres";

/** @internal */
export const solvers: readonly Solver[] = ["sap", "munkres"];

export interface AssignOptions {
  /**
   * What leaving a row without a column costs. Pairs that cost this much or more are never assigned. With
   * Infinity as many pairs as possible are assigned, and among those choices the cheapest is taken.
   * @default Infinity
   */
  readonly unassigned?: number;
  /** @default "sap" */
  readonly solver?: Solver;
}

/**
 * Assigns rows to columns at the least total cost.
 *
 * @param costs row-major `rows * cols`; NaN, Infinity and -Infinity forbid a pair
 * @returns the column of each row, or -1
 * @throws {RangeError} when `costs` is too short or an option is out of range
 * @example
 * assign(Float64Array.of(4, 1, 3, 2, 0, 5, 3, 2, 2), 3, 3); // Int32Array [1, 0, 2]
 */
export function assign(
  costs: Float64Array,
  rows: number,
  cols: number,
  options: AssignOptions = {},
): Int32Array {
  return new Assigner(options).assign(costs, rows, cols).slice(0, rows);
}

/**
 * A solver that keeps its memory between calls. What its methods return is its own memory: rows beyond the
 * problem's hold anything, and the next call overwrites it.
 *
 * @example
 * const assigner = new Assigner({ unassigned: 0.7 });
 * const columnOf = assigner.assign(costs, 2, 3);
 */
export class Assigner {
  readonly #unassigned: number;
  readonly #solver: Solver;
  readonly #paths = new ShortestAugmentingPaths();
  readonly #allowed = new SparseCosts();
  #result = new Int32Array(0);
  #dense = new Float64Array(0);
  #local = new Int32Array(0);
  // Per row: parent in the union-find forest, then the rows grouped by their root.
  #parent = new Int32Array(0);
  #rowStarts = new Int32Array(0);
  #rowsByRoot = new Int32Array(0);
  // Per column: a row that may take it (-1: none), the columns grouped by that row's root, place in the group.
  #owner = new Int32Array(0);
  #columnStarts = new Int32Array(0);
  #columnsByRoot = new Int32Array(0);
  #place = new Int32Array(0);

  /** @throws {RangeError} for an unknown solver or an `unassigned` that is NaN or -Infinity */
  constructor(options: AssignOptions = {}) {
    const { unassigned = Number.POSITIVE_INFINITY, solver = "sap" } = options;
    if (!(unassigned > Number.NEGATIVE_INFINITY))
      throw new RangeError(
        `Cannot use ${unassigned} as the cost "unassigned": expected a number or Infinity`,
      );
    if (!solvers.includes(solver))
      throw new RangeError(`Cannot use the solver "${solver}": expected one of ${solvers.join(", ")}`);
    this.#unassigned = unassigned;
    this.#solver = solver;
  }

  /** As the function `assign`. */
  assign(costs: Float64Array, rows: number, cols: number): Int32Array {
    if (costs.length < rows * cols)
      throw new RangeError(`Cannot assign ${rows} x ${cols} pairs: ${costs.length} costs given`);
    const allowed = this.#allowed;
    allowed.begin(cols);
    for (let i = 0, k = 0; i < rows; i++) {
      for (let j = 0; j < cols; j++, k++) if (Number.isFinite(costs[k])) allowed.add(j, costs[k]);
      allowed.endRow();
    }
    return this.assignSparse(allowed);
  }

  /** As `assign`; pairs that are not in `pairs` are forbidden. */
  assignSparse(pairs: SparseCosts): Int32Array {
    const { rows, cols } = pairs;
    this.#reserve(rows, cols);
    this.#group(pairs);
    const result = this.#result.fill(-1, 0, rows);
    const { starts, columns, costs } = pairs;
    for (let root = 0; root < rows; root++) {
      const r0 = this.#rowStarts[root];
      const c0 = this.#columnStarts[root];
      const n = this.#rowStarts[root + 1] - r0;
      const m = this.#columnStarts[root + 1] - c0;
      if (n === 0 || m === 0) continue;
      if (n === 1 && m === 1) {
        for (let k = starts[root]; k < starts[root + 1]; k++)
          if (this.#isAllowed(costs[k])) result[root] = columns[k];
      } else this.#solveGroup(pairs, r0, n, c0, m);
    }
    return result;
  }

  #isAllowed(cost: number): boolean {
    return Number.isFinite(cost) && cost < this.#unassigned;
  }

  /** Rows and columns into connected groups; `#rowStarts[root]` is filled where a row is its group's root. */
  #group({ rows, cols, starts, columns, costs }: SparseCosts): void {
    const parent = this.#parent;
    const owner = this.#owner.fill(-1, 0, cols);
    for (let i = 0; i < rows; i++) parent[i] = i;
    const find = (i: number): number => {
      while (parent[i] !== i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
      }
      return i;
    };
    for (let i = 0; i < rows; i++) {
      for (let k = starts[i]; k < starts[i + 1]; k++) {
        if (!this.#isAllowed(costs[k])) continue;
        const j = columns[k];
        if (owner[j] < 0) owner[j] = i;
        else {
          const a = find(owner[j]);
          const b = find(i);
          if (a < b) parent[b] = a;
          else parent[a] = b;
        }
      }
    }
    // Two counting sorts by root; both keep ascending order inside a group.
    const rowStarts = this.#rowStarts.fill(0, 0, rows + 2);
    for (let i = 0; i < rows; i++) rowStarts[find(i) + 2]++;
    for (let i = 2; i < rows + 2; i++) rowStarts[i] += rowStarts[i - 1];
    for (let i = 0; i < rows; i++) this.#rowsByRoot[rowStarts[find(i) + 1]++] = i;
    const columnStarts = this.#columnStarts.fill(0, 0, rows + 2);
    for (let j = 0; j < cols; j++) if (owner[j] >= 0) columnStarts[find(owner[j]) + 2]++;
    for (let i = 2; i < rows + 2; i++) columnStarts[i] += columnStarts[i - 1];
    for (let j = 0; j < cols; j++)
      if (owner[j] >= 0) this.#columnsByRoot[columnStarts[find(owner[j]) + 1]++] = j;
  }

  #solveGroup(pairs: SparseCosts, r0: number, n: number, c0: number, m: number): void {
    const { starts, columns, costs } = pairs;
    if (this.#dense.length < n * m) this.#dense = new Float64Array(2 * n * m);
    const dense = this.#dense.fill(Number.POSITIVE_INFINITY, 0, n * m);
    for (let k = 0; k < m; k++) this.#place[this.#columnsByRoot[c0 + k]] = k;
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    let filled = 0;
    for (let i = 0; i < n; i++) {
      const row = this.#rowsByRoot[r0 + i];
      for (let k = starts[row]; k < starts[row + 1]; k++) {
        const cost = costs[k];
        if (!this.#isAllowed(cost)) continue;
        if (cost < low) low = cost;
        if (cost > high) high = cost;
        filled++;
        dense[i * m + this.#place[columns[k]]] = cost;
      }
    }
    let out = this.#unassigned;
    // Sums must not overflow. A power of two changes no digit of a number of this size.
    const largest = Math.max(
      Math.abs(low),
      Math.abs(high),
      out === Number.POSITIVE_INFINITY ? 0 : Math.abs(out),
    );
    if (largest > 1e150) {
      const scale = 2 ** -600;
      for (let k = 0; k < n * m; k++) dense[k] *= scale;
      low *= scale;
      high *= scale;
      out *= scale;
    }
    if (out === Number.POSITIVE_INFINITY && (filled < n * m || n > m)) {
      // More than any exchange along one path can win, so that the number of pairs comes first.
      const span = high - low || Math.abs(high) || 1;
      out = high + (Math.min(n, m) + 1) * span;
    }
    if (this.#local.length < n) this.#local = new Int32Array(2 * n);
    if (this.#solver === "sap") this.#paths.solve(dense, n, m, out, this.#local);
    else solveMunkres(dense, n, m, out, this.#local);
    for (let i = 0; i < n; i++) {
      const k = this.#local[i];
      if (k >= 0) this.#result[this.#rowsByRoot[r0 + i]] = this.#columnsByRoot[c0 + k];
    }
  }

  #reserve(rows: number, cols: number): void {
    if (this.#result.length < rows || this.#rowStarts.length < rows + 2) {
      const size = 2 * rows + 2;
      this.#result = new Int32Array(size);
      this.#parent = new Int32Array(size);
      this.#rowStarts = new Int32Array(size);
      this.#columnStarts = new Int32Array(size);
      this.#rowsByRoot = new Int32Array(size);
    }
    if (this.#owner.length < cols) {
      this.#owner = new Int32Array(2 * cols);
      this.#columnsByRoot = new Int32Array(2 * cols);
      this.#place = new Int32Array(2 * cols);
    }
  }
}

/**
 * Same contract as `ShortestAugmentingPaths.solve`. munkres-js loops for ever on numbers that are not finite, and
 * nearly so beyond 4.5e15, so it only ever sees finite numbers of at most 1.
 */
function solveMunkres(
  costs: Float64Array,
  rows: number,
  cols: number,
  unassigned: number,
  columnOf: Int32Array,
): void {
  const matrix: number[][] = [];
  let largest = 0;
  for (let i = 0; i < rows; i++) {
    const row = Array.from(costs.subarray(i * cols, (i + 1) * cols), (c) => Math.min(c, unassigned));
    for (const c of row) largest = Math.max(largest, Math.abs(c));
    matrix.push(row);
  }
  // A power of two changes no digit. Two steps, because 2 ** 1074 is no number.
  const half = 2 ** -Math.ceil(Math.log2(largest || 1) / 2);
  for (const row of matrix) for (let j = 0; j < cols; j++) row[j] = row[j] * half * half;
  columnOf.fill(-1, 0, rows);
  for (const [i, j] of munkres(matrix)) if (costs[i * cols + j] < unassigned) columnOf[i] = j;
}
