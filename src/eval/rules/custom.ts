/** Your own data: classes are ignored, truth rows with flag 0 are dropped, everything else counts. */
import { overlap } from "../_overlap.js";
import { select } from "../_select.js";
import type { Benchmark } from "../sequence.js";

/** No rules beyond the flag. */
export const custom: Benchmark = {
  name: "custom",
  layout: "mot",
  columns: { truth: 6, results: 6, detections: 6 },
  classes: ["object"],
  prepare(name, truth, results) {
    const overlaps = overlap(truth, results);
    return select(name, truth, results, overlaps, truth.flags, new Uint8Array(results.count).fill(1));
  },
};
