/** Stand-in for math/assignment.ts until that lands; removed then. */
export function assign(costs: Float64Array, rows: number, cols: number): Int32Array {
  if (rows > cols) {
    const t = new Float64Array(rows * cols);
    for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) t[j * rows + i] = costs[i * cols + j];
    const byColumn = assign(t, cols, rows);
    const out = new Int32Array(rows).fill(-1);
    for (let j = 0; j < cols; j++) if (byColumn[j] >= 0) out[byColumn[j]] = j;
    return out;
  }
  const u = new Float64Array(rows);
  const v = new Float64Array(cols);
  const colOf = new Int32Array(rows).fill(-1);
  const rowOf = new Int32Array(cols).fill(-1);
  const dist = new Float64Array(cols);
  const pred = new Int32Array(cols);
  const done = new Uint8Array(cols);
  for (let r = 0; r < rows; r++) {
    dist.fill(Number.POSITIVE_INFINITY);
    done.fill(0);
    let i = r;
    let low = 0;
    let sink = -1;
    while (sink < 0) {
      let best = -1;
      for (let j = 0; j < cols; j++) {
        if (done[j]) continue;
        const d = low + costs[i * cols + j] - u[i] - v[j];
        if (d < dist[j]) {
          dist[j] = d;
          pred[j] = i;
        }
        if (best < 0 || dist[j] < dist[best] || (dist[j] === dist[best] && rowOf[j] < 0 && rowOf[best] >= 0))
          best = j;
      }
      low = dist[best];
      done[best] = 1;
      if (rowOf[best] < 0) sink = best;
      else i = rowOf[best];
    }
    for (let j = 0; j < cols; j++) {
      if (!done[j] || j === sink) continue;
      const k = rowOf[j];
      u[k] += low - dist[j];
      v[j] -= low - dist[j];
    }
    u[r] += low;
    for (let j = sink; ; ) {
      const k = pred[j];
      rowOf[j] = k;
      const next = colOf[k];
      colOf[k] = j;
      if (k === r) break;
      j = next;
    }
  }
  return colOf;
}
