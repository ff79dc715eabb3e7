/** MOT15 (2D MOT 2015): no classes; truth rows with flag 0 are dropped, and nothing forgives results on them. */
import { overlap } from "../_overlap.js";
import { select } from "../_select.js";
import type { Benchmark } from "../sequence.js";
import { refuseOtherClasses } from "./_challenge.js";

/** The rules of MOT15. */
export const mot15: Benchmark = {
  name: "mot15",
  layout: "mot",
  columns: { truth: 8, results: 7, detections: 7 },
  classes: ["pedestrian"],
  prepare(name, truth, results) {
    refuseOtherClasses(results);
    const overlaps = overlap(truth, results);
    return select(name, truth, results, overlaps, truth.flags, new Uint8Array(results.count).fill(1));
  },
};
