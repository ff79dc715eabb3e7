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
    for (let row = source.starts[frame]; row < source.starts[frame + 1]; row++) {
      if (!keep[row]) continue;
      const id = source.ids[row];
      if (numbers[id] < 0) numbers[id] = idCount++;
      ids[count] = numbers[id];
      rows[count++] = row;
    }
    starts[frame + 1] = count;
  }
  return { count, starts, ids: ids.subarray(0, count), idCount, rows: rows.subarray(0, count), source };
}

function narrow(overlaps: Overlaps, truth: Side, results: Side): Overlaps {
  if (truth.count === truth.source.count && results.count === results.source.count) return overlaps;
  const newRow = new Int32Array(results.source.count).fill(-1);
  for (let j = 0; j < results.count; j++) newRow[results.rows[j]] = j;
  const starts = new Int32Array(truth.count + 1);
  const columns = new Int32Array(overlaps.columns.length);
  const similarities = new Float64Array(overlaps.columns.length);
  let n = 0;
  for (let i = 0; i < truth.count; i++) {
    const row = truth.rows[i];
    for (let e = overlaps.starts[row]; e < overlaps.starts[row + 1]; e++) {
      const column = newRow[overlaps.columns[e]];
      if (column < 0) continue;
      columns[n] = column;
      similarities[n++] = overlaps.similarities[e];
    }
    starts[i + 1] = n;
  }
  return { starts, columns: columns.subarray(0, n), similarities: similarities.subarray(0, n) };
}
