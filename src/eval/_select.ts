/** Keeping some rows of truth and results, and numbering the identities that are left. */
import type { Boxes, Overlaps, Sequence, Side } from "./sequence.js";

/**
 * The sequence of the rows whose mask is not 0.
 *
 * @param overlaps between all rows of `truth` and `results`.
 */
export function select(
  name: string,
  truth: Boxes,
  results: Boxes,
  overlaps: Overlaps,
  keepTruth: Uint8Array,
  keepResults: Uint8Array,
): Sequence {
  const truthSide = side(truth, keepTruth);
  const resultSide = side(results, keepResults);
  return {
    name,
    frames: truth.frames,
    truth: truthSide,
    results: resultSide,
    overlaps: narrow(overlaps, truthSide, resultSide),
  };
}

function side(source: Boxes, keep: Uint8Array): Side {
  const starts = new Int32Array(source.frames + 1);
  const rows = new Int32Array(source.count);
  const ids = new Int32Array(source.count);
  const numbers = new Int32Array(source.labels.length).fill(-1);
  let idCount = 0;
  let count = 0;
  for (let frame = 0; frame < source.frames; frame++) {
    count = keepRows(source.starts[frame], source.starts[frame + 1], keep, rows, count);
    starts[frame + 1] = count;
  }
  for (let i = 0; i < count; i++) {
    const id = source.ids[rows[i]];
    if (numbers[id] < 0) numbers[id] = idCount++;
    ids[i] = numbers[id];
  }
  return { count, starts, ids: ids.subarray(0, count), idCount, rows: rows.subarray(0, count), source };
}

/** Writes the rows from `from` to before `to` that are kept. @returns how many `rows` has then */
function keepRows(from: number, to: number, keep: Uint8Array, rows: Int32Array, count: number): number {
  let n = count;
  for (let row = from; row < to; row++) if (keep[row]) rows[n++] = row;
  return n;
}

function narrow(overlaps: Overlaps, truth: Side, results: Side): Overlaps {
  if (truth.count === truth.source.count && results.count === results.source.count) return overlaps;
  const newRow = new Int32Array(results.source.count).fill(-1);
  for (let j = 0; j < results.count; j++) newRow[results.rows[j]] = j;
  let length = 0;
  for (let i = 0; i < truth.count; i++)
    length += overlaps.starts[truth.rows[i] + 1] - overlaps.starts[truth.rows[i]];
  const starts = new Int32Array(truth.count + 1);
  const columns = new Int32Array(length);
  const similarities = new Float64Array(length);
  for (let i = 0; i < truth.count; i++) {
    starts[i + 1] = copyRow(overlaps, truth.rows[i], newRow, columns, similarities, starts[i]);
  }
  const n = starts[truth.count];
  return { starts, columns: columns.subarray(0, n), similarities: similarities.subarray(0, n) };
}

/** Copies what is left of a truth row's overlaps to `n` on. @returns where the next row's begin */
function copyRow(
  from: Overlaps,
  row: number,
  newRow: Int32Array,
  columns: Int32Array,
  similarities: Float64Array,
  n: number,
): number {
  let to = n;
  for (let e = from.starts[row]; e < from.starts[row + 1]; e++) {
    const column = newRow[from.columns[e]];
    if (column < 0) continue;
    columns[to] = column;
    similarities[to++] = from.similarities[e];
  }
  return to;
}
