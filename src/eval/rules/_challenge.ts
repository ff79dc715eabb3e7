/**
 * The MOTChallenge rule from 2016 on: results that sit on a truth row which is no target but looks like one
 * (a person on a vehicle, a statue, a reflection) are neither right nor wrong, and go away with that row.
 */
import { FrameMatcher } from "../_match.js";
import { overlap } from "../_overlap.js";
import { select } from "../_select.js";
import { syntaxError } from "../_text.js";
import { type Benchmark, type Boxes, epsilon, type Overlaps, type Sequence } from "../sequence.js";

/** Class numbers of MOT16, MOT17 and MOT20. */
export const pedestrian = 1;
export const personOnVehicle = 2;
export const nonMotorVehicle = 6;
export const staticPerson = 7;
export const distractor = 8;
export const reflection = 12;
/** 1 pedestrian .. 13 crowd */
const lastClass = 13;

/** Similarity from which a result sits on a truth row. */
export const sameObject = 0.5;

/** Rules of a benchmark whose truth has classes, `distractors` among them. */
export function challenge(name: string, distractors: readonly number[]): Benchmark {
  return {
    name,
    layout: "mot",
    columns: { truth: 8, results: 7, detections: 7 },
    classes: ["pedestrian"],
    prepare(sequence, truth, results) {
      refuseOtherClasses(results);
      for (let i = 0; i < truth.count; i++) {
        if (truth.classes[i] >= 1 && truth.classes[i] <= lastClass) continue;
        throw syntaxError(
          truth.name,
          truth.lines[i],
          `expected a class from 1 to ${lastClass} in column 8, got ${truth.classes[i]}; is this really ${name} truth?`,
        );
      }
      return withoutDistractors(sequence, truth, results, distractors);
    },
  };
}

/**
 * The challenges score pedestrians only.
 *
 * @throws {SyntaxError} a result row says that it is something else.
 */
export function refuseOtherClasses(results: Boxes): void {
  for (let i = 0; i < results.count; i++) {
    if (results.classes[i] <= pedestrian) continue;
    throw syntaxError(
      results.name,
      results.lines[i],
      `expected class 1 (pedestrian) or -1 in column 8, got ${results.classes[i]}; only pedestrians are scored`,
    );
  }
}

function withoutDistractors(
  name: string,
  truth: Boxes,
  results: Boxes,
  distractors: readonly number[],
): Sequence {
  const overlaps = overlap(truth, results);
  const isDistractor = new Uint8Array(lastClass + 1);
  for (const c of distractors) isDistractor[c] = 1;
  const chosen = matchObjects(
    overlaps,
    truth.starts,
    results.starts,
    (row) => isDistractor[truth.classes[row]] > 0,
  );
  const keepTruth = new Uint8Array(truth.count);
  const keepResults = new Uint8Array(results.count).fill(1);
  for (let i = 0; i < truth.count; i++) {
    keepTruth[i] = truth.flags[i] && truth.classes[i] === pedestrian ? 1 : 0;
    if (chosen[i] >= 0 && isDistractor[truth.classes[i]]) keepResults[overlaps.columns[chosen[i]]] = 0;
  }
  return select(name, truth, results, overlaps, keepTruth, keepResults);
}

/**
 * Which overlap each truth row is matched by when all rows of both files take part; -1 for none.
 *
 * @param truthStarts row at which each frame starts, as `resultStarts`.
 * @param matters frames in which no row for which this is true can be matched are left out.
 */
export function matchObjects(
  overlaps: Overlaps,
  truthStarts: Int32Array,
  resultStarts: Int32Array,
  matters: (truthRow: number) => boolean = () => true,
): Int32Array {
  const weights = new Float64Array(overlaps.similarities.length);
  const matcher = new FrameMatcher(overlaps, truthStarts, resultStarts);
  for (let frame = 0; frame + 1 < truthStarts.length; frame++) {
    if (weigh(overlaps, truthStarts[frame], truthStarts[frame + 1], matters, weights))
      matcher.match(frame, weights);
  }
  return matcher.chosen;
}

/** Weights of the rows of a frame. @returns whether there is one that matters */
function weigh(
  { starts, similarities }: Overlaps,
  from: number,
  to: number,
  matters: (truthRow: number) => boolean,
  weights: Float64Array,
): boolean {
  let isNeeded = false;
  for (let row = from; row < to; row++) {
    for (let e = starts[row]; e < starts[row + 1]; e++) {
      if (similarities[e] < sameObject - epsilon) continue;
      weights[e] = similarities[e];
      isNeeded ||= matters(row);
    }
  }
  return isNeeded;
}
