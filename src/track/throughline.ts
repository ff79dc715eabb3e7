/**
 * Throughline's own tracker: what measurements on MOT15, MOT17 and PETS09-S2L1 support, put together.
 *
 * - Two rounds by score, so that a person half hidden keeps the identity but cannot start one: Y. Zhang et al.,
 *   "ByteTrack", ECCV 2022 (arXiv 2110.06864), section 3. Weak detections may also continue a track that was lost a
 *   moment ago.
 * - A filter of centre, width and height with noise in proportion to the height (`kalman-box.ts`), sides that stand
 *   still while nothing is seen: J. Cao et al., "Observation-centric SORT", CVPR 2023, names what goes wrong otherwise.
 * - Scores count as shares of what the detector usually gives (`_usual-score.ts`), so that one setting serves them all.
 * - Looks, where there is an embedder, vote with the weight that they have earned in this video (`_likeness.ts`), and
 *   find lost tracks again near where they are expected (`_reunion.ts`).
 * - Camera motion from a file, from the pictures, or else from the boxes themselves (`_camera.ts`).
 * - A track is reported when its detections are many and good enough together, and then from its first frame on:
 *   evidence decides, not one score.
 * - A track that goes behind another is reported where it is expected, for a moment.
 * - A detection that is a part of a vehicle which is seen itself starts no track.
 * - Time steps follow timestamps, relative to the usual interval; the longer that is, the more velocities may change.
 */
import { type Solver, solvers } from "../math/assignment.js";
import { grown } from "../math/grown.js";
import { BoxKalman } from "../math/kalman-box.js";
import type { Cues, Detections, Limits, ResumableTracker, Track, TrackerState } from "../types.js";
import { CameraFromBoxes } from "./_camera.js";
import { Candidates, checkCamera, checkDetections } from "./_candidates.js";
import { classGroupsRule, classKey } from "./_classes.js";
import { Explanation } from "./_decisions.js";
import { checkEmbeddings } from "./_embeddings.js";
import { Looks } from "./_looks.js";
import { complete, finite, numberIn, oneOf, optional, type Rules, wholeNumber } from "./_options.js";
import { Reunion } from "./_reunion.js";
import { Seen } from "./_seen.js";
import { Expected, Stage } from "./_stage.js";
import { SavedColumns, saveState } from "./_state.js";
import { Steps } from "./_steps.js";
import { TrackTable } from "./_table.js";
import { UsualScore } from "./_usual-score.js";

/** Options of `Throughline`. */
export interface ThroughlineOptions {
  /** Detections from this share of the usual score on are matched first, and start tracks. @default 0.62 */
  readonly highScore?: number;
  /** Detections from this share of the usual score on continue tracks. @default 0.115 */
  readonly lowScore?: number;
  /** Mean score of a track's detections that confirms it, as a share of the usual score. @default 0.83 */
  readonly newScore?: number;
  /** Matches in a row that confirm a track. @default 4 */
  readonly minHits?: number;
  /** Least IoU of the first round, 0 to 1, times the score as a share of the usual one. @default 0.3 */
  readonly minIou?: number;
  /** Least IoU of the second round, 0 to 1. @default 0.5 */
  readonly minLowIou?: number;
  /** Usual frames without a match after which a track ends. @default those of two seconds, at least 12 */
  readonly maxAge?: number;
  /** Frames for which a track that went behind another is reported where it is expected. @default 4 */
  readonly coast?: number;
  /** Classes that may share an identity; a class not listed only matches itself. By default classes are ignored. */
  readonly classGroups?: readonly (readonly number[])[];
  /** @default "sap" */
  readonly solver?: Solver;
}

/** What `Throughline` takes where an option is not given. */
export const defaults = {
  highScore: 0.62,
  lowScore: 0.115,
  newScore: 0.83,
  minHits: 4,
  minIou: 0.3,
  minLowIou: 0.5,
  coast: 4,
  solver: "sap",
} as const satisfies ThroughlineOptions;

/** Rises when what `save` gives changes. */
const layout = "throughline 2";

const rules: Rules<ThroughlineOptions> = {
  highScore: finite(),
  lowScore: finite(),
  newScore: finite(),
  minHits: wholeNumber(1),
  minIou: numberIn(0, 1),
  minLowIou: numberIn(0, 1),
  maxAge: optional(wholeNumber(0)),
  coast: wholeNumber(0),
  classGroups: optional(classGroupsRule),
  solver: oneOf(solvers),
};

/** What looks add to the first round at most, and how much smaller an overlap may be where they vote. */
const looksWeight = 0.3;
const looksMargin = 0.1;
/** Seconds between frames up to which velocities change so little from one to the next as the filter expects. */
const briskest = 1 / 30;
/** Seconds for which a lost track is remembered, and at least so many frames. */
const memory = 2;
const fewestFrames = 12;
/** Frames for which a lost track may still be continued by a weak detection. */
const recently = 3;
/** Tracks take part in the search for camera motion with so many matches, and until so many frames after the last. */
const cameraHits = 3;
const cameraMisses = 2;
/** A track is known well enough to be reported unseen behind another after so many matches. */
const coastHits = 10;

/**
 * The tracker that `track` uses unless told otherwise. Reports confirmed tracks with the filter's box; `onLate` tells
 * the frames of a track before it was confirmed. Boxes without an area are ignored.
 *
 * @throws {RangeError} for an option out of range; from `update`, for numbers that are not finite
 * @example
 * const tracker = new Throughline();
 * const tracks = tracker.update(detections, { elapsed: 1 / 30 });
 */
export class Throughline implements ResumableTracker {
  readonly #options: ThroughlineOptions & typeof defaults;
  readonly #key: (c: number) => number;
  readonly #table = new TrackTable();
  readonly #filter = new BoxKalman();
  readonly #candidates = new Candidates();
  readonly #looks = new Looks(this.#candidates);
  readonly #camera = new CameraFromBoxes();
  readonly #steps = new Steps();
  readonly #usual = new UsualScore();
  readonly #strong: Stage;
  readonly #reunion: Reunion;
  readonly #weak: Stage;
  readonly #first: Stage;
  readonly #expected = new Expected();
  readonly #seen = new Seen();
  /** 1 for tracks that are reported. */
  #confirmed = new Uint8Array(0);
  /** Sum of the scores of an unconfirmed track. */
  #evidence = new Float64Array(0);
  /** Usual frames since the last match. */
  #missing = new Float64Array(0);
  /** Boxes and scores of the first matches of an unconfirmed track, `delay` of them, five numbers each. */
  #beginnings = new Float64Array(0);
  #boxes = new Float64Array(0);
  readonly #box = new Float64Array(4);

  constructor(options: ThroughlineOptions = {}) {
    this.#options = complete("Throughline", options, defaults, rules);
    this.#key = classKey(this.#options.classGroups);
    const { minIou, minLowIou, solver } = this.#options;
    this.#strong = new Stage(minIou, true, solver);
    this.#reunion = new Reunion(solver);
    this.#weak = new Stage(minLowIou, false, solver);
    this.#first = new Stage(minIou, false, solver);
  }

  /** What joins a track and a detection, and what ends a track. */
  get limits(): Limits {
    const { minIou, minHits } = this.#options;
    return { iou: minIou, maxAge: this.#maxAge, confirm: minHits };
  }

  get #maxAge(): number {
    return this.#options.maxAge ?? Math.max(fewestFrames, Math.round(memory / this.#steps.usual));
  }

  /** Weak detections continue a track by their boxes alone. */
  get looksFrom(): number {
    return this.#usual.at(this.#options.highScore);
  }

  /** Frames by which `onLate` reaches back at most. */
  get delay(): number {
    return this.#options.minHits - 1;
  }

  update(
    detections: Detections,
    { elapsed, camera, embeddings, onLate, onLook, onDecision }: Cues = {},
  ): readonly Track[] {
    checkDetections(detections);
    if (camera) checkCamera(camera);
    if (embeddings) checkEmbeddings(embeddings, detections.count);
    this.#usual.add(detections.scores, detections.count);
    this.#candidates.take(
      detections,
      this.#usual.at(this.#options.lowScore),
      Number.POSITIVE_INFINITY,
      this.#key,
    );
    this.#predict(this.#steps.next(elapsed));
    this.#follow(camera);
    this.#looks.begin(embeddings, this.#usual.at(this.#options.highScore));
    const explanation = onDecision && this.#explain();
    this.#match({ onLate, onLook }, explanation);
    this.#findSeen();
    this.#start(onLate);
    this.#sweep();
    if (onDecision) explanation?.tell(onDecision);
    return this.#report();
  }

  save(): TrackerState {
    const { slots } = this.#table;
    const { mean, cov, surprise } = this.#filter;
    return saveState(layout, this.#options, {
      ...this.#table.save(),
      mean: mean.slice(0, 8 * slots),
      cov: cov.slice(0, 3 * slots),
      surprise: surprise.slice(0, slots),
      confirmed: this.#confirmed.slice(0, slots),
      evidence: this.#evidence.slice(0, slots),
      missing: this.#missing.slice(0, slots),
      beginnings: this.#beginnings.slice(0, 5 * this.delay * slots),
      camera: Float64Array.of(this.#camera.share),
      intervals: this.#steps.save(),
      usual: this.#usual.save(),
      ...this.#looks.save(slots),
    });
  }

  restore(state: TrackerState): void {
    const saved = new SavedColumns(state, layout, this.#options);
    this.#table.restore(saved);
    const { slots } = this.#table;
    this.#filter.mean = saved.float64("mean", 8 * slots);
    this.#filter.cov = saved.float64("cov", 3 * slots);
    this.#filter.surprise = saved.float64("surprise", slots);
    this.#confirmed = saved.uint8("confirmed", slots);
    this.#evidence = saved.float64("evidence", slots);
    this.#missing = saved.float64("missing", slots);
    this.#beginnings = saved.float64("beginnings", 5 * this.delay * slots);
    this.#camera.share = saved.float64("camera", 1)[0];
    this.#steps.restore(saved.float64("intervals"));
    this.#usual.restore(saved.float64("usual", 3));
    this.#looks.restore(saved, slots);
  }

  #explain(): Explanation {
    return new Explanation(this.#table, this.#candidates, {
      limits: this.limits,
      writeBox: (slot, out, at) => this.#filter.writeBox(slot, out, at),
      comparesOverlap: () => true,
      cosine: (slot, j) => this.#looks.distance(slot, j) ?? Number.POSITIVE_INFINITY,
      isConfirmed: (slot) => this.#confirmed[slot] === 1,
    });
  }

  /** Predicts every track and writes its box into `#boxes`. */
  #predict(steps: number): void {
    const table = this.#table;
    // A random walk goes as far as the root of the time between two frames.
    const agility = Math.sqrt(Math.max(1, this.#steps.usual / briskest));
    for (let k = 0; k < table.count; k++) {
      const slot = table.active[k];
      this.#filter.predict(slot, steps, table.misses[slot] > 0, agility);
      this.#missing[slot] += steps;
    }
    table.age();
    if (this.#boxes.length < 4 * table.count) this.#boxes = new Float64Array(8 * table.count);
    this.#writeBoxes();
  }

  #writeBoxes(): void {
    const { active, count } = this.#table;
    for (let k = 0; k < count; k++) this.#filter.writeBox(active[k], this.#boxes, 4 * k);
  }

  /** Moves every track with the camera. */
  #follow(given: Cues["camera"]): void {
    const { active, count } = this.#table;
    const motion = given ?? this.#seenMotion();
    if (!motion) return;
    for (let k = 0; k < count; k++) this.#filter.warp(active[k], motion);
    this.#writeBoxes();
  }

  #seenMotion(): Cues["camera"] {
    const { active, count, hits, misses } = this.#table;
    const expected = this.#expected;
    expected.clear();
    for (let k = 0; k < count; k++) {
      const slot = active[k];
      if (hits[slot] >= cameraHits && misses[slot] - 1 <= cameraMisses) expected.add(slot, this.#boxes, k);
    }
    const moved = this.#camera.look(
      expected.boxes,
      expected.count,
      this.#candidates,
      this.#usual.at(this.#options.highScore),
    );
    return moved && [1, 0, moved[0], 0, 1, moved[1]];
  }

  #match(told: Pick<Cues, "onLate" | "onLook">, explanation: Explanation | undefined): void {
    const usual = this.#usual;
    const highScore = usual.at(this.#options.highScore);
    const lowScore = usual.at(this.#options.lowScore);
    const share = (score: number) => usual.bounded(score) / usual.value;
    const { misses, key } = this.#table;
    const candidates = this.#candidates;
    const hit = (slot: number, j: number) => this.#hit(slot, j, told);
    const top = Number.POSITIVE_INFINITY;
    const confirmed = (slot: number) => this.#confirmed[slot] === 1;
    const adjust = this.#looks.areKnown
      ? (slot: number, j: number) => looksMargin + looksWeight * this.#looks.say(slot, j)
      : undefined;
    this.#strong.match(this.#those(confirmed), candidates, highScore, top, key, hit, { share, adjust });
    explanation?.matched("overlap");
    const lost = this.#those((slot) => confirmed(slot) && misses[slot] > 1);
    const known = { keyOf: key, missing: this.#missing, looks: this.#looks };
    this.#reunion.match(lost, candidates, highScore, known, hit);
    explanation?.matched("appearance");
    const recent = this.#those((slot) => confirmed(slot) && misses[slot] > 0 && misses[slot] - 1 <= recently);
    this.#weak.match(recent, candidates, lowScore, highScore, key, hit);
    const unconfirmed = this.#those((slot) => !confirmed(slot));
    this.#first.match(unconfirmed, candidates, highScore, top, key, hit);
    explanation?.matched("overlap");
  }

  #those(fits: (slot: number) => boolean): Expected {
    const { active, count } = this.#table;
    this.#expected.clear();
    for (let k = 0; k < count; k++) if (fits(active[k])) this.#expected.add(active[k], this.#boxes, k);
    return this.#expected;
  }

  #hit(slot: number, j: number, { onLate, onLook }: Pick<Cues, "onLate" | "onLook">): void {
    const { rows, scores, classes, boxes } = this.#candidates;
    this.#filter.writeBox(slot, this.#box, 0);
    if (this.#confirmed[slot]) this.#looks.learn(slot, j, this.#box, this.#table, this.#boxes);
    this.#looks.add(slot, j);
    this.#filter.correct(slot, boxes, j);
    this.#table.match(slot, rows[j], scores[j], classes[j]);
    this.#missing[slot] = 0;
    if (!this.#confirmed[slot]) this.#consider(slot, j, onLate);
    const vector = onLook && this.#confirmed[slot] ? this.#looks.clearly(j) : undefined;
    if (vector) onLook?.(this.#table.id[slot], vector);
  }

  #start(onLate: Cues["onLate"]): void {
    const { count, rows, scores, classes, keys, boxes, taken } = this.#candidates;
    const least = this.#usual.at(this.#options.highScore);
    for (let j = 0; j < count; j++) {
      if (taken[j] || scores[j] < least) continue;
      if (this.#seen.havePart(boxes, j, (slot) => this.#table.key[slot] === keys[j])) continue;
      const slot = this.#table.start(rows[j], scores[j], classes[j], keys[j], 1);
      this.#reserve(this.#table.slots);
      this.#filter.start(slot, boxes, j);
      this.#confirmed[slot] = 0;
      this.#evidence[slot] = 0;
      this.#missing[slot] = 0;
      this.#looks.clear(slot);
      this.#looks.add(slot, j);
      this.#consider(slot, j, onLate);
    }
  }

  /** Whether an unconfirmed track, just matched with detection j, has proved itself. */
  #consider(slot: number, j: number, onLate: Cues["onLate"]): void {
    const { minHits, newScore } = this.#options;
    const { boxes, scores } = this.#candidates;
    const hits = this.#table.hits[slot];
    this.#evidence[slot] += this.#usual.bounded(scores[j]);
    if (hits >= minHits && this.#evidence[slot] >= newScore * this.#usual.value * hits) {
      this.#confirmed[slot] = 1;
      if (onLate) this.#tellBeginning(slot, hits, onLate);
    } else if (this.delay > 0) {
      const at = 5 * (this.delay * slot + ((hits - 1) % this.delay));
      for (let c = 0; c < 4; c++) this.#beginnings[at + c] = boxes[4 * j + c];
      this.#beginnings[at + 4] = scores[j];
    }
  }

  #tellBeginning(slot: number, hits: number, onLate: NonNullable<Cues["onLate"]>): void {
    for (let ago = Math.min(this.delay, hits - 1); ago > 0; ago--) {
      const at = 5 * (this.delay * slot + ((hits - ago - 1) % this.delay));
      const [x1, y1, x2, y2, score] = this.#beginnings.subarray(at, at + 5);
      onLate({ ...this.#table.snapshot(slot, x1, y1, x2, y2), score, detection: -1 }, ago);
    }
  }

  #reserve(slots: number): void {
    this.#filter.reserve(slots);
    if (this.#confirmed.length >= slots) return;
    this.#confirmed = grown(this.#confirmed, slots);
    this.#evidence = grown(this.#evidence, slots);
    this.#missing = grown(this.#missing, slots);
    this.#beginnings = grown(this.#beginnings, 5 * this.delay * this.#confirmed.length);
  }

  /** Ends the tracks that were missing for too long; an unconfirmed one may not miss at all. */
  #sweep(): void {
    const { misses } = this.#table;
    const maxAge = this.#maxAge;
    this.#table.sweep((slot) => (this.#confirmed[slot] ? this.#missing[slot] > maxAge : misses[slot] > 0));
  }

  #report(): Track[] {
    const { active, count, misses, hits } = this.#table;
    const { coast } = this.#options;
    const box = new Float64Array(4);
    const tracks: Track[] = [];
    for (let k = 0; k < count; k++) {
      const slot = active[k];
      if (!this.#confirmed[slot]) continue;
      this.#filter.writeBox(slot, box, 0);
      const hidden = misses[slot] > 0;
      if (hidden && !(misses[slot] <= coast && hits[slot] >= coastHits && this.#seen.covers(box))) continue;
      tracks.push(this.#table.snapshot(slot, box[0], box[1], box[2], box[3]));
    }
    return tracks;
  }

  /** The confirmed tracks that have a detection in this frame. */
  #findSeen(): void {
    const { active, count, misses } = this.#table;
    this.#seen.clear();
    for (let k = 0; k < count; k++) {
      const slot = active[k];
      if (misses[slot] > 0 || !this.#confirmed[slot]) continue;
      this.#filter.writeBox(slot, this.#box, 0);
      this.#seen.add(slot, this.#box);
    }
    this.#seen.build();
  }
}
