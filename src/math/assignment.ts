/**
 * The assignment problem: which row takes which column so that the costs add up to the least. Pairs whose cost is
 * not finite are forbidden and never assigned.
 */
import { solveByMunkres } from "./_munkres.js";
import { ShortestAugmentingPaths } from "./_sap.js";
import { SparseCosts } from "./sparse-costs.js";

/** "sap": shortest augmenting paths on flat arrays. "munkres": the package munkres-js, for comparison. */
export type Solver = "sap" | "munkres";

/** @internal */
export const solvers: readonly Solver[] = ["sap", "munkres"];

/** Options of an assignment. */
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

/** Larger costs are scaled down: sums of them must not overflow. */
const safe = 2 ** 500;

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
  readonly #given = new SparseCosts();
  readonly #allowed = new SparseCosts();
  #columnOf = new Int32Array(0);

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
    const given = this.#given;
    given.begin(cols);
    for (let i = 0, k = 0; i < rows; i++) {
      for (let j = 0; j < cols; j++, k++) given.add(j, costs[k]);
      given.endRow();
    }
    return this.assignSparse(given);
  }

  /** As `assign`; pairs that are not in `pairs` are forbidden. */
  assignSparse(pairs: SparseCosts): Int32Array {
    if (this.#columnOf.length < pairs.rows) this.#columnOf = new Int32Array(2 * pairs.rows);
    const allowed = this.#allowed;
    const out = this.#keepAllowed(pairs);
    if (this.#solver === "sap") this.#paths.solve(allowed, out, this.#columnOf);
    else solveByMunkres(allowed, out, this.#columnOf);
    return this.#columnOf;
  }

  /** Copies what may be assigned to `#allowed`. @returns the cost of staying unassigned on the scale of the copy */
  #keepAllowed({ rows, cols, starts, columns, costs }: SparseCosts): number {
    const allowed = this.#allowed;
    let out = this.#unassigned;
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    allowed.begin(cols);
    for (let i = 0; i < rows; i++) {
      for (let e = starts[i]; e < starts[i + 1]; e++) {
        const cost = costs[e];
        if (!Number.isFinite(cost) || cost >= out) continue;
        if (cost < low) low = cost;
        if (cost > high) high = cost;
        allowed.add(columns[e], cost);
      }
      allowed.endRow();
    }
    const { entries } = allowed;
    if (entries === 0) return Number.isFinite(out) ? out : 0;
    const finite = Number.isFinite(out);
    if (Math.max(Math.abs(low), Math.abs(high), finite ? Math.abs(out) : 0) > safe) {
      // A power of two changes no digit that matters beside numbers of this size.
      const scale = 1 / (safe * safe);
      for (let e = 0; e < entries; e++) allowed.costs[e] *= scale;
      low *= scale;
      high *= scale;
      out *= scale;
    }
    if (finite || (entries === rows * cols && rows <= cols)) return out;
    // More than any exchange along one path can win, so that the number of pairs comes first.
    return high + (Math.min(rows, cols) + 1) * (high - low || Math.abs(high) || 1);
  }
}
