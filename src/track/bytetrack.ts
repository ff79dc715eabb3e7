/**
 * ByteTrack: Y. Zhang, P. Sun, Y. Jiang, D. Yu, F. Weng, Z. Yuan, P. Luo, W. Liu, X. Wang, "ByteTrack: Multi-object
 * tracking by associating every detection box", ECCV 2022 (arXiv 2110.06864). Detections with a low score are not
 * thrown away: they may continue a track, which keeps people that are half hidden.
 */
import { type Solver, solvers } from "../math/assignment.js";
import { DeepSortKalman } from "../math/kalman-deepsort.js";
import type { Cues, Detections, Limits, ResumableTracker, Track, TrackerState } from "../types.js";
import { classGroupsRule } from "./_classes.js";
import { complete, finite, numberIn, oneOf, optional, type Rules, wholeNumber } from "./_options.js";
import { type Motion, TwoRounds } from "./_rounds.js";

/** Options of `ByteTrack`. */
export interface ByteTrackOptions {
  /** Detections from this score on are matched first. @default 0.6 */
  readonly highScore?: number;
  /** Detections from this score on continue tracks. @default 0.1 */
  readonly lowScore?: number;
  /** Detections from this score on start tracks. @default 0.7 */
  readonly newScore?: number;
  /** Least IoU times score of the first round, 0 to 1. @default 0.1 */
  readonly minIou?: number;
  /** Least IoU of the second round, 0 to 1. @default 0.5 */
  readonly minLowIou?: number;
  /** Frames without a match after which a track ends. @default 30 */
  readonly maxAge?: number;
  /** Classes that may share an identity; a class not listed only matches itself. By default classes are ignored. */
  readonly classGroups?: readonly (readonly number[])[];
  /** @default "sap" */
  readonly solver?: Solver;
}

/**
 * What `ByteTrack` takes where an option is not given: what the paper's results were made with. As there, a box counts
 * the pixels that it ends in, so that overlaps are a little larger.
 */
export const defaults = {
  highScore: 0.6,
  lowScore: 0.1,
  newScore: 0.7,
  minIou: 0.1,
  minLowIou: 0.5,
  maxAge: 30,
  solver: "sap",
} as const satisfies ByteTrackOptions;

const rules: Rules<ByteTrackOptions> = {
  highScore: finite(),
  lowScore: finite(),
  newScore: finite(),
  minIou: numberIn(0, 1),
  minLowIou: numberIn(0, 1),
  maxAge: wholeNumber(0),
  classGroups: optional(classGroupsRule),
  solver: oneOf(solvers),
};

/**
 * The ByteTrack tracker. Reports the tracks that were matched in the frame, with the filter's box, from the second match
 * on. Boxes without an area are ignored.
 *
 * @throws {RangeError} for an option out of range; from `update`, for numbers that are not finite
 * @example
 * const tracker = new ByteTrack({ highScore: 0.5 });
 * for (const detections of frames) console.log(tracker.update(detections));
 */
export class ByteTrack implements ResumableTracker {
  readonly #rounds: TwoRounds;

  constructor(options: ByteTrackOptions = {}) {
    const all = complete("ByteTrack", options, defaults, rules);
    this.#rounds = new TwoRounds("bytetrack 1", all, new AspectMotion(), undefined, 1);
  }

  /** What joins a track and a detection, and what ends a track. */
  get limits(): Limits {
    return this.#rounds.limits;
  }

  update(detections: Detections, cues: Cues = {}): readonly Track[] {
    return this.#rounds.update(detections, cues);
  }

  save(): TrackerState {
    return this.#rounds.save();
  }

  restore(state: TrackerState): void {
    this.#rounds.restore(state);
  }
}

/** DeepSORT's filter, of centre, aspect and height, by boxes. */
class AspectMotion implements Motion {
  readonly widths = { mean: 8, cov: 6 };
  readonly #filter = new DeepSortKalman();

  get mean(): Float64Array<ArrayBuffer> {
    return this.#filter.mean;
  }

  set mean(mean) {
    this.#filter.mean = mean;
  }

  get cov(): Float64Array<ArrayBuffer> {
    return this.#filter.cov;
  }

  set cov(cov) {
    this.#filter.cov = cov;
  }

  reserve(slots: number): void {
    this.#filter.reserve(slots);
  }

  start(slot: number, boxes: Float64Array, j: number): void {
    const w = boxes[4 * j + 2] - boxes[4 * j];
    const h = boxes[4 * j + 3] - boxes[4 * j + 1];
    this.#filter.start(slot, boxes[4 * j] + w / 2, boxes[4 * j + 1] + h / 2, w / h, h);
  }

  /** The height of what is not seen stands still. */
  predict(slot: number, lost: boolean): void {
    if (lost) this.#filter.mean[8 * slot + 7] = 0;
    this.#filter.predict(slot);
  }

  correct(slot: number, boxes: Float64Array, j: number): void {
    const w = boxes[4 * j + 2] - boxes[4 * j];
    const h = boxes[4 * j + 3] - boxes[4 * j + 1];
    this.#filter.correct(slot, boxes[4 * j] + w / 2, boxes[4 * j + 1] + h / 2, w / h, h);
  }

  writeBox(slot: number, out: Float64Array, at: number): void {
    const { mean } = this.#filter;
    const m = 8 * slot;
    const h = mean[m + 3];
    const w = mean[m + 2] * h;
    out[at] = mean[m] - w / 2;
    out[at + 1] = mean[m + 1] - h / 2;
    out[at + 2] = mean[m] + w / 2;
    out[at + 3] = mean[m + 1] + h / 2;
  }
}
