/**
 * SORT: A. Bewley, Z. Ge, L. Ott, F. Ramos, B. Upcroft, "Simple online and realtime tracking", ICIP 2016
 * (arXiv 1602.00763). Boxes are predicted by a Kalman filter and matched to detections by overlap alone.
 */
import { type Solver, solvers } from "../math/assignment.js";
import { SortKalman } from "../math/kalman-sort.js";
import type { Cues, Detections, Limits, ResumableTracker, Track, TrackerState } from "../types.js";
import { Candidates, checkDetections } from "./_candidates.js";
import { classGroupsRule, classKey } from "./_classes.js";
import { Explanation } from "./_decisions.js";
import { complete, finite, numberIn, oneOf, optional, type Rules, wholeNumber } from "./_options.js";
import { OverlapMatch } from "./_overlap-match.js";
import { SavedColumns, saveState } from "./_state.js";
import { TrackTable } from "./_table.js";

/** Options of `Sort`. */
export interface SortOptions {
  /** Frames without a match after which a track ends. @default 1 */
  readonly maxAge?: number;
  /** Matches in a row before a track is reported; the first `minHits` frames report at once. @default 3 */
  readonly minHits?: number;
  /** Least IoU of a predicted box and its detection, 0 to 1. @default 0.3 */
  readonly minIou?: number;
  /** Detections with a lower score are ignored; by default none is. */
  readonly minScore?: number;
  /** Classes that may share an identity; a class not listed only matches itself. By default classes are ignored. */
  readonly classGroups?: readonly (readonly number[])[];
  /** @default "sap" */
  readonly solver?: Solver;
}

/** What `Sort` takes where an option is not given: the paper's constants. */
export const defaults = { maxAge: 1, minHits: 3, minIou: 0.3, solver: "sap" } as const satisfies SortOptions;

/** Rises when what `save` gives changes. */
const layout = "sort 1";

const rules: Rules<SortOptions> = {
  maxAge: wholeNumber(0),
  minHits: wholeNumber(0),
  minIou: numberIn(0, 1),
  minScore: optional(finite()),
  classGroups: optional(classGroupsRule),
  solver: oneOf(solvers),
};

/**
 * The SORT tracker. Reports the tracks that were matched in the frame, with the filter's box. Boxes without an
 * area are ignored.
 *
 * @throws {RangeError} for an option out of range; from `update`, for numbers that are not finite
 * @example
 * const tracker = new Sort({ maxAge: 30 });
 * for await (const detections of frames) console.log(tracker.update(detections));
 */
export class Sort implements ResumableTracker {
  readonly #options: SortOptions & typeof defaults;
  readonly #key: (c: number) => number;
  readonly #table = new TrackTable();
  readonly #filter = new SortKalman();
  readonly #candidates = new Candidates();
  readonly #matching: OverlapMatch;
  #boxes = new Float64Array(0);
  readonly #box = new Float64Array(4);
  #frames = 0;

  constructor(options: SortOptions = {}) {
    this.#options = complete("Sort", options, defaults, rules);
    this.#key = classKey(this.#options.classGroups);
    this.#matching = new OverlapMatch(this.#options.minIou, this.#options.solver);
  }

  /** What joins a track and a detection, and what ends a track. */
  get limits(): Limits {
    const { minIou, maxAge, minHits } = this.#options;
    return { iou: minIou, maxAge, confirm: minHits };
  }

  update(detections: Detections, { onDecision }: Cues = {}): readonly Track[] {
    checkDetections(detections);
    this.#candidates.take(
      detections,
      this.#options.minScore ?? Number.NEGATIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      this.#key,
    );
    this.#frames++;
    this.#predict();
    const explanation = onDecision && this.#explain();
    const trackOf = this.#match();
    this.#correct(trackOf);
    explanation?.matched("overlap");
    const tracks = this.#report();
    this.#table.sweep((slot) => this.#table.misses[slot] > this.#options.maxAge);
    if (onDecision) explanation?.tell(onDecision);
    return tracks;
  }

  save(): TrackerState {
    const { mean, cov } = this.#filter;
    return saveState(layout, this.#options, {
      ...this.#table.save(),
      frames: Float64Array.of(this.#frames),
      mean: mean.slice(0, 7 * this.#table.slots),
      cov: cov.slice(0, 7 * this.#table.slots),
    });
  }

  restore(state: TrackerState): void {
    const saved = new SavedColumns(state, layout, this.#options);
    this.#table.restore(saved);
    const { slots } = this.#table;
    this.#frames = saved.float64("frames", 1)[0];
    this.#filter.mean = saved.float64("mean", 7 * slots);
    this.#filter.cov = saved.float64("cov", 7 * slots);
  }

  #explain(): Explanation {
    return new Explanation(this.#table, this.#candidates, {
      limits: this.limits,
      writeBox: (slot, out, at) => this.#writeBox(slot, out, at),
      comparesOverlap: () => true,
    });
  }

  /** Predicts every track and writes its box into `#boxes`. */
  #predict(): void {
    const table = this.#table;
    const { misses, hits } = table;
    for (let k = 0; k < table.count; k++) {
      const slot = table.active[k];
      this.#filter.predict(slot);
      if (misses[slot] > 0) hits[slot] = 0;
    }
    table.age();
    if (this.#boxes.length < 4 * table.count) this.#boxes = new Float64Array(8 * table.count);
    for (let k = 0; k < table.count; k++) this.#writeBox(table.active[k], this.#boxes, 4 * k);
  }

  /** Position in the table of the track of every candidate, or -1. */
  #match(): Int32Array {
    const { active, count, key } = this.#table;
    return this.#matching.match({ count, slots: active, boxes: this.#boxes }, this.#candidates, key);
  }

  #correct(trackOf: Int32Array): void {
    const { count, boxes, rows, scores, classes, keys } = this.#candidates;
    const table = this.#table;
    for (let i = 0; i < count; i++) {
      const w = boxes[4 * i + 2] - boxes[4 * i];
      const h = boxes[4 * i + 3] - boxes[4 * i + 1];
      const u = boxes[4 * i] + w / 2;
      const v = boxes[4 * i + 1] + h / 2;
      if (trackOf[i] >= 0) {
        const slot = table.active[trackOf[i]];
        this.#filter.correct(slot, u, v, w * h, w / h);
        table.match(slot, rows[i], scores[i], classes[i]);
      } else {
        const slot = table.start(rows[i], scores[i], classes[i], keys[i], 0);
        this.#filter.reserve(table.slots);
        this.#filter.start(slot, u, v, w * h, w / h);
      }
    }
  }

  #report(): Track[] {
    const { minHits } = this.#options;
    const table = this.#table;
    const box = this.#box;
    const tracks: Track[] = [];
    for (let k = 0; k < table.count; k++) {
      const slot = table.active[k];
      if (table.misses[slot] > 0) continue;
      if (table.hits[slot] < minHits && this.#frames > minHits) continue;
      this.#writeBox(slot, box, 0);
      tracks.push(table.snapshot(slot, box[0], box[1], box[2], box[3]));
    }
    return tracks;
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
