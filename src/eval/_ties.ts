/**
 * Which of several equally good matchings the official evaluator takes. It leaves the choice to SciPy's
 * `linear_sum_assignment`, so this walks over the full matrix in exactly that order: shortest augmenting paths,
 * D. F. Crouse, "On implementing 2D rectangular assignment algorithms", IEEE TAES 52 (2016), the smaller side as
 * rows, columns scanned from the last, a free column first among equals.
 */

/**
 * @param costs row-major `rows * cols`, finite.
 * @returns the column of each row, or -1.
 */
export function solveLikeOfficial(costs: Float64Array, rows: number, cols: number): Int32Array {
  if (rows <= cols) return solveWide(costs, rows, cols);
  const transposed = new Float64Array(costs.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) transposed[j * rows + i] = costs[i * cols + j];
  }
  const columnOf = new Int32Array(rows).fill(-1);
  solveWide(transposed, cols, rows).forEach((row, column) => {
    columnOf[row] = column;
  });
  return columnOf;
}

function solveWide(costs: Float64Array, rows: number, cols: number): Int32Array {
  const rowPotential = new Float64Array(rows);
  const columnPotential = new Float64Array(cols);
  const columnOf = new Int32Array(rows).fill(-1);
  const rowOf = new Int32Array(cols).fill(-1);
  const distance = new Float64Array(cols);
  const previousRow = new Int32Array(cols);
  const remaining = new Int32Array(cols);
  for (let start = 0; start < rows; start++) {
    distance.fill(Number.POSITIVE_INFINITY);
    for (let j = 0; j < cols; j++) remaining[j] = cols - 1 - j;
    const rowsSeen: number[] = [];
    const columnsSeen: number[] = [];
    let left = cols;
    let reached = 0;
    let sink = -1;
    for (let row = start; sink < 0; ) {
      let at = -1;
      let nearest = Number.POSITIVE_INFINITY;
      for (let k = 0; k < left; k++) {
        const j = remaining[k];
        const d = reached + costs[row * cols + j] - rowPotential[row] - columnPotential[j];
        if (d < distance[j]) {
          distance[j] = d;
          previousRow[j] = row;
        }
        if (distance[j] < nearest || (distance[j] === nearest && rowOf[j] < 0)) {
          nearest = distance[j];
          at = k;
        }
      }
      reached = nearest;
      const column = remaining[at];
      remaining[at] = remaining[--left];
      columnsSeen.push(column);
      if (rowOf[column] < 0) sink = column;
      else {
        row = rowOf[column];
        rowsSeen.push(row);
      }
    }
    rowPotential[start] += reached;
    for (const i of rowsSeen) rowPotential[i] += reached - distance[columnOf[i]];
    for (const j of columnsSeen) columnPotential[j] -= reached - distance[j];
    for (let column = sink, row = -1; row !== start; ) {
      row = previousRow[column];
      rowOf[column] = row;
      const next = columnOf[row];
      columnOf[row] = column;
      column = next;
    }
  }
  return columnOf;
}
