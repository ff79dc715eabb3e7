/** Where it went wrong: every miss, false positive and identity switch of a sequence, as CLEAR counts them. */
import type { Box } from "../types.js";
import { type ClearMatches, match } from "./clear.js";
import type { Sequence, Side } from "./sequence.js";

/** One mistake. The events of a sequence are as many as its FN, FP and IDSW. */
export interface ScoreEvent {
  readonly kind: "miss" | "false-positive" | "switch";
  /** From 0. */
  readonly frame: number;
  /** Identity in the truth file; undefined for a false positive. */
  readonly truth?: number;
  /** Identity in the result file; undefined for a miss. */
  readonly result?: number;
  /** Switch only: the result identity that had this truth identity before. */
  readonly previous?: number;
  readonly truthBox?: Box;
  readonly resultBox?: Box;
  /**
   * Switch: intersection over union of the two boxes. Miss, false positive: the largest with any box of the other
   * side, 0 where none touches; 0.5 and more means that the box was given to another one.
   */
  readonly similarity: number;
}

/**
 * Lists the mistakes of a prepared sequence in order of frames, in a frame misses, then false positives, then
 * switches.
 *
 * @example
 * for (const event of events(mot17.prepare("MOT17-09", truth, results, "pedestrian"))) console.log(event.kind);
 */
export function* events(
  sequence: Sequence,
  matches: ClearMatches = match(sequence),
): Generator<ScoreEvent, void, undefined> {
  const { truth, results, overlaps } = sequence;
  const partnerOf = new Int32Array(results.count).fill(-1);
  const nearest = new Float64Array(results.count);
  for (let row = 0; row < truth.count; row++) {
    for (let e = overlaps.starts[row]; e < overlaps.starts[row + 1]; e++) {
      const column = overlaps.columns[e];
      nearest[column] = Math.max(nearest[column], overlaps.similarities[e]);
    }
    if (matches.chosen[row] >= 0) partnerOf[overlaps.columns[matches.chosen[row]]] = row;
  }
  const labels = resultLabels(results);
  for (let frame = 0; frame < sequence.frames; frame++) {
    for (let row = truth.starts[frame]; row < truth.starts[frame + 1]; row++) {
      if (matches.chosen[row] >= 0) continue;
      let similarity = 0;
      for (let e = overlaps.starts[row]; e < overlaps.starts[row + 1]; e++) {
        similarity = Math.max(similarity, overlaps.similarities[e]);
      }
      yield { kind: "miss", frame, truth: labelOf(truth, row), truthBox: boxOf(truth, row), similarity };
    }
    for (let row = results.starts[frame]; row < results.starts[frame + 1]; row++) {
      if (partnerOf[row] >= 0) continue;
      yield {
        kind: "false-positive",
        frame,
        result: labelOf(results, row),
        resultBox: boxOf(results, row),
        similarity: nearest[row],
      };
    }
    for (let row = truth.starts[frame]; row < truth.starts[frame + 1]; row++) {
      if (matches.switchedFrom[row] < 0) continue;
      const column = overlaps.columns[matches.chosen[row]];
      yield {
        kind: "switch",
        frame,
        truth: labelOf(truth, row),
        result: labelOf(results, column),
        previous: labels[matches.switchedFrom[row]],
        truthBox: boxOf(truth, row),
        resultBox: boxOf(results, column),
        similarity: overlaps.similarities[matches.chosen[row]],
      };
    }
  }
}

/** The identity in the file of a row. */
export function labelOf(side: Side, row: number): number {
  return side.source.labels[side.source.ids[side.rows[row]]];
}

/** The box of a row. */
export function boxOf(side: Side, row: number): Box {
  const k = 4 * side.rows[row];
  const b = side.source.boxes;
  return [b[k], b[k + 1], b[k + 2], b[k + 3]];
}

function resultLabels(side: Side): Float64Array {
  const labels = new Float64Array(side.idCount);
  for (let row = 0; row < side.count; row++) labels[side.ids[row]] = labelOf(side, row);
  return labels;
}
