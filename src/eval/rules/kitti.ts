/**
 * KITTI tracking, 2D boxes (cvlibs.net/datasets/kitti/eval_tracking.php): look-alikes (a van for a car, a sitting
 * person for a pedestrian), truncated and heavily occluded objects are neither right nor wrong, and unmatched
 * results that are small or lie in a DontCare area are forgiven.
 */
import { covered, overlap } from "../_overlap.js";
import { select } from "../_select.js";
import { type Benchmark, type Boxes, epsilon } from "../sequence.js";
import { matchObjects } from "./_challenge.js";

/** Class numbers of the labels, by name in lower case. */
export const kittiClasses: Readonly<Record<string, number>> = {
  car: 1,
  van: 2,
  truck: 3,
  pedestrian: 4,
  person_sitting: 5,
  person: 5,
  cyclist: 6,
  tram: 7,
  misc: 8,
  dontcare: 9,
};

/** Pixels up to which an unmatched result is too small to be wrong. */
const minHeight = 25;
/** Share of an unmatched result inside a DontCare area from which it is forgiven. */
const minCovered = 0.5;

/** The look-alike of each class that is scored. */
const neighbours: Readonly<Record<string, string>> = { car: "van", pedestrian: "person" };

/** The rules of KITTI. */
export const kitti: Benchmark = {
  name: "kitti",
  layout: "kitti",
  columns: { truth: 10, results: 10, detections: 10 },
  classes: ["car", "pedestrian"],
  prepare(name, truth, results, className) {
    const target = kittiClasses[className];
    const neighbour = kittiClasses[neighbours[className]];
    const all = overlap(truth, results);
    const ofClasses = select(
      name,
      truth,
      results,
      all,
      Uint8Array.from(truth.classes, (c) => (c === target || c === neighbour ? 1 : 0)),
      Uint8Array.from(results.classes, (c) => (c === target ? 1 : 0)),
    );
    const { overlaps } = ofClasses;
    const chosen = matchObjects(overlaps, ofClasses.truth.starts, ofClasses.results.starts);
    const keepTruth = new Uint8Array(truth.count);
    const keepResults = new Uint8Array(results.count);
    const matched = new Uint8Array(ofClasses.results.count);
    ofClasses.results.rows.forEach((row) => {
      keepResults[row] = 1;
    });
    ofClasses.truth.rows.forEach((row, i) => {
      const counts = truth.flags[row] && truth.classes[row] === target;
      keepTruth[row] = counts ? 1 : 0;
      if (chosen[i] < 0) return;
      matched[overlaps.columns[chosen[i]]] = 1;
      if (!counts) keepResults[ofClasses.results.rows[overlaps.columns[chosen[i]]]] = 0;
    });
    for (let frame = 0; frame < truth.frames; frame++) {
      for (let j = ofClasses.results.starts[frame]; j < ofClasses.results.starts[frame + 1]; j++) {
        const row = ofClasses.results.rows[j];
        if (!matched[j] && isForgiven(results, row, truth, frame)) keepResults[row] = 0;
      }
    }
    return select(name, truth, results, all, keepTruth, keepResults);
  },
};

function isForgiven(results: Boxes, row: number, truth: Boxes, frame: number): boolean {
  if (results.boxes[4 * row + 3] - results.boxes[4 * row + 1] <= minHeight + epsilon) return true;
  if (!truth.regions) return false;
  for (let r = truth.regions.starts[frame]; r < truth.regions.starts[frame + 1]; r++) {
    if (covered(results.boxes, row, truth.regions.boxes, r) > minCovered + epsilon) return true;
  }
  return false;
}
