/**
 * BoT-SORT: N. Aharon, R. Orfaig, B.-Z. Bobrovsky, "BoT-SORT: Robust associations multi-pedestrian tracking", 2022
 * (arXiv 2206.14651). ByteTrack's two rounds with a filter of width and height, tracks that move with the camera, and
 * looks that count where boxes overlap anyway.
 */
import { type Solver, solvers } from "../math/assignment.js";
import { BotSortKalman } from "../math/kalman-botsort.js";
import type { Cues, Detections, Limits, ResumableTracker, Track, TrackerState } from "../types.js";
import { RunningAverage } from "./_average.js";
import { classGroupsRule } from "./_classes.js";
import { complete, finite, numberIn, oneOf, optional, type Rules, wholeNumber } from "./_options.js";
import { TwoRounds } from "./_rounds.js";

/** Options of `BotSort`. */
export interface BotSortOptions {
  /** Detections from this score on are matched first. @default 0.6 */
  readonly highScore?: number;
  /** Detections from this score on continue tracks. @default 0.1 */
  readonly lowScore?: number;
  /** Detections from this score on start tracks. @default 0.7 */
  readonly newScore?: number;
  /** Least IoU times score of the first round, 0 to 1. @default 0.2 */
  readonly minIou?: number;
  /** Least IoU of the second round, 0 to 1. @default 0.5 */
  readonly minLowIou?: number;
  /** Looks count below this cosine distance, 0 to 2. @default 0.25 */
  readonly maxCosineDistance?: number;
  /** Looks count above this IoU, 0 to 1. @default 0.5 */
  readonly minLooksIou?: number;
  /** Frames without a match after which a track ends. @default 30 */
  readonly maxAge?: number;
  /** Classes that may share an identity; a class not listed only matches itself. By default classes are ignored. */
  readonly classGroups?: readonly (readonly number[])[];
  /** @default "sap" */
  readonly solver?: Solver;
}

/** What `BotSort` takes where an option is not given: what the paper's results were made with. */
export const defaults = {
  highScore: 0.6,
  lowScore: 0.1,
  newScore: 0.7,
  minIou: 0.2,
  minLowIou: 0.5,
  maxCosineDistance: 0.25,
  minLooksIou: 0.5,
  maxAge: 30,
  solver: "sap",
} as const satisfies BotSortOptions;

const rules: Rules<BotSortOptions> = {
  highScore: finite(),
  lowScore: finite(),
  newScore: finite(),
  minIou: numberIn(0, 1),
  minLowIou: numberIn(0, 1),
  maxCosineDistance: numberIn(0, 2),
  minLooksIou: numberIn(0, 1),
  maxAge: wholeNumber(0),
  classGroups: optional(classGroupsRule),
  solver: oneOf(solvers),
};

/** Weight of the past in what is known of looks (section 3.3). */
const smoothing = 0.9;

/**
 * The BoT-SORT tracker. Reports the tracks that were matched in the frame, with the filter's box, from the second match
 * on; goes by the camera's motion and by embeddings where they are given. Boxes without an area are ignored.
 *
 * @throws {RangeError} for an option out of range; from `update`, for numbers that are not finite
 * @example
 * const tracker = new BotSort();
 * const tracks = tracker.update(detections, { camera: motion.between(frame - 1, frame), embeddings });
 */
export class BotSort implements ResumableTracker {
  readonly #rounds: TwoRounds;
  readonly #options: BotSortOptions & typeof defaults;

  constructor(options: BotSortOptions = {}) {
    this.#options = complete("BotSort", options, defaults, rules);
    const { maxCosineDistance: most, minLooksIou: leastIou } = this.#options;
    const looking = { known: new RunningAverage(smoothing), most, leastIou };
    this.#rounds = new TwoRounds("botsort 1", this.#options, new BotSortKalman(), looking);
  }

  /** What joins a track and a detection, and what ends a track. */
  get limits(): Limits {
    return { ...this.#rounds.limits, cosine: this.#options.maxCosineDistance };
  }

  /** Weak detections continue a track by their boxes alone. */
  get looksFrom(): number {
    return this.#options.highScore;
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
