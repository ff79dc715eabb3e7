/**
 * DeepSORT: N. Wojke, A. Bewley, D. Paulus, "Simple online and realtime tracking with a deep association
 * metric", ICIP 2017 (arXiv 1703.07402). Detections go to tracks by appearance, within the reach of a Kalman
 * filter, recently seen tracks first; what is left is matched by overlap.
 */
import { Assigner } from "../math/assignment.js";
import { grown } from "../math/grown.js";
import { DeepSortKalman } from "../math/kalman-deepsort.js";
import { SparseCosts } from "../math/sparse-costs.js";
import type {
  Cues,
  Detections,
  Embeddings,
  Limits,
  ResumableTracker,
  Track,
  TrackerState,
} from "../types.js";
import type { Appearance } from "./_appearance.js";
import { RunningAverage } from "./_average.js";
import { Candidates, checkDetections } from "./_candidates.js";
import { cascade } from "./_cascade.js";
import { classKey } from "./_classes.js";
import { Explanation } from "./_decisions.js";
import { type DeepSortOptions, defaults, rules } from "./_deepsort-options.js";
import { checkEmbeddings } from "./_embeddings.js";
import { Gallery } from "./_gallery.js";
import { chiSquare95, Gate } from "./_gate.js";
import { complete } from "./_options.js";
import { OverlapIndex } from "./_overlap.js";
import { SavedColumns, saveState } from "./_state.js";
import { TrackTable } from "./_table.js";

export { type DeepSortOptions, defaults, recommended } from "./_deepsort-options.js";

/** Rises when what `save` gives changes. */
const layout = "deepsort 1";

/** By how much leaving a pair alone is dearer than the worst acceptable pair. */
const margin = 1e-5;

/** A longer pause in time counts as this many steps: beyond, a gate would hold the whole picture. */
const mostSteps = 30;

/**
 * The DeepSORT tracker. Reports confirmed tracks that were matched in this frame or in the one before, with the
 * filter's box. Boxes without an area are ignored. Where a frame has no embeddings, or a track was never seen
 * with one, the distance from the prediction takes the place of the appearance.
 *
 * @throws {RangeError} for an option out of range; from `update`, for numbers that are not finite, or embeddings
 * that do not fit the detections
 * @example
 * const tracker = new DeepSort({ maxAge: 70 });
 * const tracks = tracker.update(detections, { embeddings });
 */
export class DeepSort implements ResumableTracker {
  readonly #options: DeepSortOptions & typeof defaults;
  readonly #key: (c: number) => number;
  readonly #table = new TrackTable();
  readonly #filter = new DeepSortKalman();
  readonly #looks: Appearance;
  readonly #gate = new Gate(this.#filter);
  readonly #overlaps = new OverlapIndex();
  readonly #candidates = new Candidates();
  readonly #pairs = new SparseCosts();
  readonly #byAppearance: Assigner;
  readonly #byOverlap: Assigner;
  #confirmed = new Uint8Array(0);
  #degree = new Int32Array(0);
  #boxes = new Float64Array(0);

  constructor(options: DeepSortOptions = {}) {
    this.#options = complete("DeepSort", options, defaults, rules);
    const { maxCosineDistance, maxIouDistance, budget, smoothing, solver, classGroups } = this.#options;
    this.#key = classKey(classGroups);
    this.#looks = smoothing === undefined ? new Gallery(budget) : new RunningAverage(smoothing);
    this.#byAppearance = new Assigner({ unassigned: maxCosineDistance + margin, solver });
    this.#byOverlap = new Assigner({ unassigned: maxIouDistance + margin, solver });
  }

  /** What joins a track and a detection, and what ends a track. */
  get limits(): Limits {
    const { maxCosineDistance, maxIouDistance, maxAge, nInit } = this.#options;
    return { iou: 1 - maxIouDistance, gate: chiSquare95, cosine: maxCosineDistance, maxAge, confirm: nInit };
  }

  update(detections: Detections, cues: Cues = {}): readonly Track[] {
    checkDetections(detections);
    const { embeddings, elapsed, onDecision } = cues;
    if (elapsed !== undefined && !Number.isFinite(elapsed))
      throw new RangeError(`Cannot use ${elapsed} as "elapsed": expected seconds`);
    if (embeddings) {
      checkEmbeddings(embeddings, detections.count);
      this.#looks.use(embeddings.dim);
    }
    const candidates = this.#candidates;
    candidates.take(detections, this.#options.minConfidence, Number.POSITIVE_INFINITY, this.#key);
    this.#gate.build(candidates.boxes, candidates.count);
    const table = this.#table;
    const steps = this.#steps(elapsed);
    for (let k = 0; k < table.count; k++) this.#filter.predict(table.active[k], steps);
    table.age();

    const explanation = onDecision && this.#explain(embeddings);
    this.#matchByAppearance(embeddings);
    explanation?.matched("appearance");
    this.#matchByOverlap(embeddings);
    explanation?.matched("overlap");
    const { newConfidence = Number.NEGATIVE_INFINITY } = this.#options;
    for (let j = 0; j < candidates.count; j++) {
      if (!candidates.taken[j] && candidates.scores[j] >= newConfidence) this.#start(j, embeddings);
    }
    table.sweep((slot) => this.#isDead(slot));
    if (onDecision) explanation?.tell(onDecision);
    return this.#report();
  }

  save(): TrackerState {
    const { mean, cov } = this.#filter;
    const { slots } = this.#table;
    return saveState(layout, this.#options, {
      ...this.#table.save(),
      mean: mean.slice(0, 8 * slots),
      cov: cov.slice(0, 6 * slots),
      confirmed: this.#confirmed.slice(0, slots),
      ...this.#looks.save(slots),
    });
  }

  restore(state: TrackerState): void {
    const saved = new SavedColumns(state, layout, this.#options);
    this.#table.restore(saved);
    const { slots } = this.#table;
    this.#filter.mean = saved.float64("mean", 8 * slots);
    this.#filter.cov = saved.float64("cov", 6 * slots);
    this.#confirmed = saved.uint8("confirmed", slots);
    this.#looks.restore(saved, slots);
  }

  #explain(embeddings: Embeddings | undefined): Explanation {
    const { misses } = this.#table;
    const { rows } = this.#candidates;
    const z = this.#gate.measurements;
    const isConfirmed = (slot: number) => this.#confirmed[slot] === 1;
    return new Explanation(this.#table, this.#candidates, {
      limits: this.limits,
      writeBox: (slot, out, at) => this.#writeBox(slot, out, at),
      isConfirmed,
      comparesAppearance: (slot) => isConfirmed(slot) && misses[slot] <= this.#options.maxAge,
      comparesOverlap: (slot) => misses[slot] === 1,
      motion: (slot, j) => this.#filter.distance(slot, z[4 * j], z[4 * j + 1], z[4 * j + 2], z[4 * j + 3]),
      reach: (slot) => Math.sqrt(chiSquare95 * this.#filter.spread(slot)),
      cosine: embeddings && ((slot, j) => this.#looks.distance(slot, embeddings.data, rows[j])),
    });
  }

  /** How many steps the filter goes ahead. Time that runs backwards, as in damaged files, stands still. */
  #steps(elapsed: number | undefined): number {
    const { frameInterval } = this.#options;
    if (frameInterval === undefined || elapsed === undefined) return 1;
    return Math.min(Math.max(elapsed / frameInterval, 0), mostSteps);
  }

  /** Confirmed tracks by appearance within the gate, level by level of the cascade. */
  #matchByAppearance(embeddings: Embeddings | undefined): void {
    const { taken, keys, count } = this.#candidates;
    const { misses, key } = this.#table;
    const pairs = this.#pairs;
    if (this.#degree.length < count) this.#degree = new Int32Array(2 * count);
    const confirmed = this.#select(
      (slot) => this.#confirmed[slot] === 1 && misses[slot] <= this.#options.maxAge,
    );
    for (const level of cascade(confirmed, misses)) {
      const degree = this.#degree.fill(0, 0, count);
      pairs.begin(count);
      for (const slot of level) {
        this.#gate.each(slot, (j, d2) => {
          if (taken[j] || keys[j] !== key[slot]) return;
          pairs.add(j, d2);
          degree[j]++;
        });
        pairs.endRow();
      }
      this.#compareAppearance(level, embeddings);
      this.#accept(level, this.#byAppearance.assignSparse(pairs), embeddings);
    }
  }

  /** Replaces the motion distances in `#pairs` by appearance distances. */
  #compareAppearance(level: readonly number[], embeddings: Embeddings | undefined): void {
    const { maxCosineDistance } = this.#options;
    const { starts, columns, costs } = this.#pairs;
    const { rows } = this.#candidates;
    for (let i = 0; i < level.length; i++) {
      const slot = level[i];
      for (let e = starts[i]; e < starts[i + 1]; e++) {
        const j = columns[e];
        if (!embeddings || !this.#looks.knows(slot)) {
          costs[e] *= maxCosineDistance / chiSquare95;
        } else if (starts[i + 1] - starts[i] === 1 && this.#degree[j] === 1) {
          // Nobody competes for this pair: how good it is does not matter.
          costs[e] = this.#looks.isWithin(slot, embeddings.data, rows[j], maxCosineDistance) ? 0 : Number.NaN;
        } else {
          const distance = this.#looks.distance(slot, embeddings.data, rows[j]);
          costs[e] = distance <= maxCosineDistance ? distance : Number.NaN;
        }
      }
    }
  }

  /** New tracks, and confirmed ones that were still seen in the previous frame, by overlap. */
  #matchByOverlap(embeddings: Embeddings | undefined): void {
    const { boxes, count, taken, keys } = this.#candidates;
    const { misses, key } = this.#table;
    const pairs = this.#pairs;
    const slots = this.#select((slot) => misses[slot] === 1);
    if (this.#boxes.length < 4 * slots.length) this.#boxes = new Float64Array(8 * slots.length);
    this.#overlaps.build(boxes, count);
    pairs.begin(count);
    for (let i = 0; i < slots.length; i++) {
      this.#writeBox(slots[i], this.#boxes, 4 * i);
      this.#overlaps.each(this.#boxes, i, (j, overlap) => {
        if (taken[j] || keys[j] !== key[slots[i]]) return;
        if (1 - overlap <= this.#options.maxIouDistance) pairs.add(j, 1 - overlap);
      });
      pairs.endRow();
    }
    this.#accept(slots, this.#byOverlap.assignSparse(pairs), embeddings);
  }

  #select(accepts: (slot: number) => boolean): number[] {
    const { active, count } = this.#table;
    const slots: number[] = [];
    for (let k = 0; k < count; k++) if (accepts(active[k])) slots.push(active[k]);
    return slots;
  }

  #accept(slots: readonly number[], columnOf: Int32Array, embeddings: Embeddings | undefined): void {
    const { taken, rows, scores, classes } = this.#candidates;
    const table = this.#table;
    const z = this.#gate.measurements;
    for (let i = 0; i < slots.length; i++) {
      const j = columnOf[i];
      if (j < 0) continue;
      const slot = slots[i];
      taken[j] = 1;
      this.#filter.correct(slot, z[4 * j], z[4 * j + 1], z[4 * j + 2], z[4 * j + 3]);
      table.match(slot, rows[j], scores[j], classes[j]);
      if (embeddings) this.#looks.add(slot, embeddings.data, rows[j]);
      if (table.hits[slot] >= this.#options.nInit) this.#confirmed[slot] = 1;
    }
  }

  #start(j: number, embeddings: Embeddings | undefined): void {
    const { rows, scores, classes, keys } = this.#candidates;
    const z = this.#gate.measurements;
    const slot = this.#table.start(rows[j], scores[j], classes[j], keys[j], 1);
    if (this.#confirmed.length <= slot) this.#confirmed = grown(this.#confirmed, slot + 1);
    this.#filter.reserve(slot + 1);
    this.#filter.start(slot, z[4 * j], z[4 * j + 1], z[4 * j + 2], z[4 * j + 3]);
    this.#confirmed[slot] = this.#options.nInit <= 1 ? 1 : 0;
    if (embeddings) this.#looks.add(slot, embeddings.data, rows[j]);
  }

  #isDead(slot: number): boolean {
    const misses = this.#table.misses[slot];
    if (misses <= (this.#confirmed[slot] ? this.#options.maxAge : 0)) return false;
    this.#looks.clear(slot);
    return true;
  }

  #report(): Track[] {
    const table = this.#table;
    const box = new Float64Array(4);
    const tracks: Track[] = [];
    for (let k = 0; k < table.count; k++) {
      const slot = table.active[k];
      if (!this.#confirmed[slot] || table.misses[slot] > 1) continue;
      this.#writeBox(slot, box, 0);
      // A prediction may have shrunk to nothing.
      if (box[2] > box[0] && box[3] > box[1])
        tracks.push(table.snapshot(slot, box[0], box[1], box[2], box[3]));
    }
    return tracks;
  }

  #writeBox(slot: number, out: Float64Array, at: number): void {
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
