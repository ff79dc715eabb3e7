/**
 * OC-SORT: J. Cao, J. Pang, X. Weng, R. Khirodkar, K. Kitani, "Observation-centric SORT: Rethinking SORT for robust
 * multi-object tracking", CVPR 2023 (arXiv 2203.14360). SORT that trusts what was seen more than what was predicted:
 * a track found again is followed anew along the straight way between (ORU), directions are compared as well as boxes
 * (OCM), and what is left over is looked for where it was last seen (OCR).
 */
import { type Solver, solvers } from "../math/assignment.js";
import { grown } from "../math/grown.js";
import { SortKalman } from "../math/kalman-sort.js";
import type { Cues, Detections, Limits, ResumableTracker, Track, TrackerState } from "../types.js";
import { Candidates, checkDetections } from "./_candidates.js";
import { classGroupsRule, classKey } from "./_classes.js";
import { Explanation } from "./_decisions.js";
import { Observations } from "./_observations.js";
import { complete, finite, numberIn, oneOf, optional, type Rules, wholeNumber } from "./_options.js";
import { OverlapMatch } from "./_overlap-match.js";
import { Expected } from "./_stage.js";
import { SavedColumns, saveState } from "./_state.js";
import { TrackTable } from "./_table.js";

/** Options of `OcSort`. */
export interface OcSortOptions {
  /** Detections with a lower score are ignored. @default 0.6 */
  readonly minScore?: number;
  /** Least IoU of a track's box and its detection, 0 to 1. @default 0.3 */
  readonly minIou?: number;
  /** Frames without a match after which a track ends. @default 30 */
  readonly maxAge?: number;
  /** Matches in a row before a track is reported; the first `minHits` frames report at once. @default 3 */
  readonly minHits?: number;
  /** Frames between the two observations that a direction is taken from. @default 3 */
  readonly deltaT?: number;
  /** Weight of the direction beside the IoU. @default 0.2 */
  readonly inertia?: number;
  /** Classes that may share an identity; a class not listed only matches itself. By default classes are ignored. */
  readonly classGroups?: readonly (readonly number[])[];
  /** @default "sap" */
  readonly solver?: Solver;
}

/** What `OcSort` takes where an option is not given: what the paper's results were made with. */
export const defaults = {
  minScore: 0.6,
  minIou: 0.3,
  maxAge: 30,
  minHits: 3,
  deltaT: 3,
  inertia: 0.2,
  solver: "sap",
} as const satisfies OcSortOptions;

/** Rises when what `save` gives changes. */
const layout = "ocsort 1";

const rules: Rules<OcSortOptions> = {
  minScore: finite(),
  minIou: numberIn(0, 1),
  maxAge: wholeNumber(0),
  minHits: wholeNumber(0),
  deltaT: wholeNumber(1),
  inertia: numberIn(0, 1),
  classGroups: optional(classGroupsRule),
  solver: oneOf(solvers),
};

/**
 * The OC-SORT tracker. Reports the tracks that were matched in the frame, with the detection's own box. Boxes without an
 * area are ignored.
 *
 * @throws {RangeError} for an option out of range; from `update`, for numbers that are not finite
 * @example
 * const tracker = new OcSort({ maxAge: 60 });
 * for (const detections of frames) console.log(tracker.update(detections));
 */
export class OcSort implements ResumableTracker {
  readonly #options: OcSortOptions & typeof defaults;
  readonly #key: (c: number) => number;
  readonly #table = new TrackTable();
  readonly #filter = new SortKalman();
  readonly #observations: Observations;
  readonly #candidates = new Candidates();
  readonly #expected = new Expected();
  readonly #matching: OverlapMatch;
  /** The filter as predicted for the first frame in which a track was missing: mean and covariance, 14 numbers. */
  #frozen = new Float64Array(0);
  #boxes = new Float64Array(0);
  readonly #virtual = new Float64Array(4);
  #frames = 0;

  constructor(options: OcSortOptions = {}) {
    this.#options = complete("OcSort", options, defaults, rules);
    const { minIou, deltaT, solver, classGroups } = this.#options;
    this.#key = classKey(classGroups);
    this.#observations = new Observations(deltaT);
    this.#matching = new OverlapMatch(minIou, solver);
  }

  /** What joins a track and a detection, and what ends a track. */
  get limits(): Limits {
    const { minIou, maxAge, minHits } = this.#options;
    return { iou: minIou, maxAge, confirm: minHits };
  }

  update(detections: Detections, { onDecision }: Cues = {}): readonly Track[] {
    checkDetections(detections);
    this.#candidates.take(detections, this.#options.minScore, Number.POSITIVE_INFINITY, this.#key);
    this.#frames++;
    this.#predict();
    const explanation = onDecision && this.#explain();
    this.#match();
    explanation?.matched("overlap");
    this.#freeze();
    this.#start();
    const tracks = this.#report();
    this.#table.sweep((slot) => this.#table.misses[slot] > this.#options.maxAge);
    if (onDecision) explanation?.tell(onDecision);
    return tracks;
  }

  save(): TrackerState {
    const { slots } = this.#table;
    const { mean, cov } = this.#filter;
    return saveState(layout, this.#options, {
      ...this.#table.save(),
      frames: Float64Array.of(this.#frames),
      mean: mean.slice(0, 7 * slots),
      cov: cov.slice(0, 7 * slots),
      frozen: this.#frozen.slice(0, 14 * slots),
      ...this.#observations.save(slots),
    });
  }

  restore(state: TrackerState): void {
    const saved = new SavedColumns(state, layout, this.#options);
    this.#table.restore(saved);
    const { slots } = this.#table;
    this.#frames = saved.float64("frames", 1)[0];
    this.#filter.mean = saved.float64("mean", 7 * slots);
    this.#filter.cov = saved.float64("cov", 7 * slots);
    this.#frozen = saved.float64("frozen", 14 * slots);
    this.#observations.restore(saved, slots);
  }

  #explain(): Explanation {
    return new Explanation(this.#table, this.#candidates, {
      limits: this.limits,
      writeBox: (slot, out, at) => this.#writeBox(slot, out, at),
      comparesOverlap: () => true,
    });
  }

  #predict(): void {
    const table = this.#table;
    const { active, count, misses, hits } = table;
    if (this.#boxes.length < 4 * count) this.#boxes = new Float64Array(8 * count);
    for (let k = 0; k < count; k++) {
      const slot = active[k];
      this.#filter.predict(slot);
      this.#writeBox(slot, this.#boxes, 4 * k);
      if (misses[slot] > 0) hits[slot] = 0;
    }
    table.age();
  }

  #match(): void {
    const { inertia } = this.#options;
    const { active, count, misses } = this.#table;
    const { boxes, scores } = this.#candidates;
    const expected = this.#expected;
    expected.clear();
    for (let k = 0; k < count; k++) expected.add(active[k], this.#boxes, k);
    // Momentum (section 4.2): half a turn off costs as much as the same direction gains.
    this.#round((slot, i) => {
      const turn = this.#observations.turn(slot, this.#frames, boxes, i);
      return inertia * Math.min(1, Math.max(0, scores[i])) * (0.5 - turn / Math.PI);
    });
    // Recovery (section 4.2): who stopped or turned is where it was last seen.
    expected.clear();
    for (let k = 0; k < count; k++)
      if (misses[active[k]] > 0) expected.add(active[k], this.#observations.last, active[k]);
    this.#round();
  }

  #round(adjust?: (slot: number, i: number) => number): void {
    const candidates = this.#candidates;
    const trackOf = this.#matching.match(this.#expected, candidates, this.#table.key, adjust);
    for (let i = 0; i < candidates.count; i++)
      if (trackOf[i] >= 0) this.#hit(this.#expected.slots[trackOf[i]], i);
  }

  #hit(slot: number, j: number): void {
    const { rows, scores, classes, boxes } = this.#candidates;
    this.#candidates.taken[j] = 1;
    if (this.#table.misses[slot] > 1) this.#updateAgain(slot, j);
    this.#correct(slot, boxes, j);
    this.#observations.add(slot, this.#frames, boxes, j);
    this.#table.match(slot, rows[j], scores[j], classes[j]);
  }

  /** Goes once more through the frames in which a track was missing, as if it had been seen on the straight way (ORU). */
  #updateAgain(slot: number, j: number): void {
    const { boxes } = this.#candidates;
    const { last } = this.#observations;
    const { mean, cov } = this.#filter;
    const frozen = this.#frozen.subarray(14 * slot, 14 * slot + 14);
    mean.set(frozen.subarray(0, 7), 7 * slot);
    cov.set(frozen.subarray(7), 7 * slot);
    const steps = this.#table.misses[slot];
    for (let step = 1; step < steps; step++) {
      for (let c = 0; c < 4; c++) {
        const from = last[4 * slot + c];
        this.#virtual[c] = from + ((boxes[4 * j + c] - from) * step) / steps;
      }
      this.#correct(slot, this.#virtual, 0);
      this.#filter.predict(slot);
    }
  }

  #freeze(): void {
    const { active, count, misses } = this.#table;
    const { mean, cov } = this.#filter;
    for (let k = 0; k < count; k++) {
      const slot = active[k];
      if (misses[slot] !== 1) continue;
      this.#frozen.set(mean.subarray(7 * slot, 7 * slot + 7), 14 * slot);
      this.#frozen.set(cov.subarray(7 * slot, 7 * slot + 7), 14 * slot + 7);
    }
  }

  #start(): void {
    const { count, rows, scores, classes, keys, boxes, taken } = this.#candidates;
    for (let j = 0; j < count; j++) {
      if (taken[j]) continue;
      const slot = this.#table.start(rows[j], scores[j], classes[j], keys[j], 0);
      const { slots } = this.#table;
      this.#filter.reserve(slots);
      this.#observations.reserve(slots);
      if (this.#frozen.length < 14 * slots) this.#frozen = grown(this.#frozen, 14 * slots);
      this.#frozen.fill(0, 14 * slot, 14 * slot + 14);
      const w = boxes[4 * j + 2] - boxes[4 * j];
      const h = boxes[4 * j + 3] - boxes[4 * j + 1];
      this.#filter.start(slot, boxes[4 * j] + w / 2, boxes[4 * j + 1] + h / 2, w * h, w / h);
      this.#observations.start(slot, this.#frames, boxes, j);
    }
  }

  #report(): Track[] {
    const { minHits } = this.#options;
    const { active, count, misses, hits } = this.#table;
    const { last } = this.#observations;
    const tracks: Track[] = [];
    for (let k = 0; k < count; k++) {
      const slot = active[k];
      if (misses[slot] > 0 || (hits[slot] < minHits && this.#frames > minHits)) continue;
      const at = 4 * slot;
      tracks.push(this.#table.snapshot(slot, last[at], last[at + 1], last[at + 2], last[at + 3]));
    }
    return tracks;
  }

  #correct(slot: number, boxes: Float64Array, j: number): void {
    const w = boxes[4 * j + 2] - boxes[4 * j];
    const h = boxes[4 * j + 3] - boxes[4 * j + 1];
    this.#filter.correct(slot, boxes[4 * j] + w / 2, boxes[4 * j + 1] + h / 2, w * h, w / h);
  }

  #writeBox(slot: number, out: Float64Array, at: number): void {
    const { mean } = this.#filter;
    const m = 7 * slot;
    const w = Math.sqrt(mean[m + 2] * mean[m + 3]);
    const h = mean[m + 2] / w;
    out[at] = mean[m] - w / 2;
    out[at + 1] = mean[m + 1] - h / 2;
    out[at + 2] = mean[m] + w / 2;
    out[at + 3] = mean[m + 1] + h / 2;
  }
}
