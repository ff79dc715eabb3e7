/** The same contract as `ShortestAugmentingPaths.solve`, by the package munkres-js. */
import munkres from "munkres-js";
import type { SparseCosts } from "./sparse-costs.js";

/**
 * munkres-js loops for ever on numbers that are not finite, and nearly so beyond 4.5e15: it only ever sees finite
 * numbers of at most 1, on a whole matrix where a forbidden pair costs as much as staying unassigned.
 */
export function solveByMunkres(pairs: SparseCosts, unassigned: number, columnOf: Int32Array): void {
  const { rows, cols, starts, columns, costs, entries } = pairs;
  columnOf.fill(-1, 0, rows);
  if (entries === 0) return;
  let largest = Number.isFinite(unassigned) ? Math.abs(unassigned) : 0;
  for (let e = 0; e < entries; e++) largest = Math.max(largest, Math.abs(costs[e]));
  // A power of two changes no digit. In two steps, because 2 ** 1074 is no number.
  const half = 2 ** -Math.ceil(Math.log2(largest || 1) / 2);
  const matrix: number[][] = [];
  for (let i = 0; i < rows; i++) {
    const row = new Array<number>(cols).fill(unassigned * half * half);
    for (let e = starts[i]; e < starts[i + 1]; e++) row[columns[e]] = costs[e] * half * half;
    matrix.push(row);
  }
  for (const [i, j] of munkres(matrix)) {
    for (let e = starts[i]; e < starts[i + 1]; e++) if (columns[e] === j) columnOf[i] = j;
  }
}
