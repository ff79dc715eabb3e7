import { type Solver, solvers } from "../math/assignment.js";
import { classGroupsRule } from "./_classes.js";
import { finite, numberIn, oneOf, optional, positive, type Rules, wholeNumber } from "./_options.js";

/** Options of `DeepSort`. */
export interface DeepSortOptions {
  /** Detections with a lower score are ignored. @default 0.3 */
  readonly minConfidence?: number;
  /** Unmatched detections with a lower score start no track. By default `minConfidence`. */
  readonly newConfidence?: number;
  /** Largest cosine distance of a detection to what a track has looked like, 0 to 2. @default 0.2 */
  readonly maxCosineDistance?: number;
  /** Largest 1 - IoU where overlap decides, 0 to 1. @default 0.7 */
  readonly maxIouDistance?: number;
  /** Frames without a match after which a confirmed track ends. @default 30 */
  readonly maxAge?: number;
  /** Matches that confirm a track; a track missed before ends at once. @default 3 */
  readonly nInit?: number;
  /** Appearance vectors kept per track. @default 100 */
  readonly budget?: number;
  /**
   * Compares with one running average in place of the nearest of `budget` vectors: the weight of the past in it, 0
   * to 0.999. Steadier and faster; off by default.
   */
  readonly smoothing?: number;
  /**
   * Seconds in which a prediction loses as much certainty as the paper gives it per frame. With it, motion follows
   * `cues.elapsed`, so that frame rates and gaps in time do not matter. By default every frame counts alike.
   */
  readonly frameInterval?: number;
  /** Classes that may share an identity; a class not listed only matches itself. By default classes are ignored. */
  readonly classGroups?: readonly (readonly number[])[];
  /** @default "sap" */
  readonly solver?: Solver;
}

/** What `DeepSort` takes where an option is not given: the published constants. */
export const defaults = {
  minConfidence: 0.3,
  maxCosineDistance: 0.2,
  maxIouDistance: 0.7,
  maxAge: 30,
  nInit: 3,
  budget: 100,
  solver: "sap",
} as const satisfies DeepSortOptions;

/**
 * Options for the project's own detector and embedder, by measurement. Noise by time gained on every sequence set that
 * was tried (PETS09-S2L1, MOT15, MOT17 with YOLOX, Faster R-CNN and mars appearance). The running average of looks
 * and the scores were chosen with NanoDet-g and the embedded embedder on PETS09-S2L1.
 */
export const recommended = {
  minConfidence: 0.45,
  newConfidence: 0.55,
  smoothing: 0.9,
  frameInterval: 1 / 12,
} as const satisfies DeepSortOptions;

export const rules: Rules<DeepSortOptions> = {
  minConfidence: finite(),
  newConfidence: optional(finite()),
  maxCosineDistance: numberIn(0, 2),
  maxIouDistance: numberIn(0, 1),
  maxAge: wholeNumber(0),
  nInit: wholeNumber(1),
  budget: wholeNumber(1),
  smoothing: optional(numberIn(0, 0.999)),
  frameInterval: optional(positive()),
  classGroups: optional(classGroupsRule),
  solver: oneOf(solvers),
};
