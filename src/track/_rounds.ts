/**
 * What ByteTrack and BoT-SORT have in common: Y. Zhang et al., "ByteTrack: Multi-object tracking by associating every
 * detection box", ECCV 2022 (arXiv 2110.06864), algorithm 1. Detections with a high score are matched first, to the
 * tracks of this and the last second; then those with a low score, to tracks that were seen a moment ago.
 */
import type { Solver } from "../math/assignment.js";
import { grown } from "../math/grown.js";
import type { Cues, Detections, Embeddings, Limits, Track, TrackerState } from "../types.js";
import type { RunningAverage } from "./_average.js";
import { Candidates, checkCamera, checkDetections } from "./_candidates.js";
import { classKey } from "./_classes.js";
import { Explanation } from "./_decisions.js";
import { checkEmbeddings } from "./_embeddings.js";
import { OverlapIndex } from "./_overlap.js";
import { Expected, Stage } from "./_stage.js";
import { SavedColumns, saveState } from "./_state.js";
import { TrackTable } from "./_table.js";

/** Where tracks are expected, slot by slot; boxes are x1, y1, x2, y2. */
export interface Motion {
  /** Columns of so many numbers for each slot. */
  mean: Float64Array<ArrayBuffer>;
  cov: Float64Array<ArrayBuffer>;
  readonly widths: { readonly mean: number; readonly cov: number };
  reserve(slots: number): void;
  start(slot: number, boxes: Float64Array, j: number): void;
  /** One frame ahead; `lost` where the track was not seen in the last one. */
  predict(slot: number, lost: boolean): void;
  correct(slot: number, boxes: Float64Array, j: number): void;
  warp?(slot: number, camera: NonNullable<Cues["camera"]>): void;
  writeBox(slot: number, out: Float64Array, at: number): void;
}

/** Appearance, where the tracker goes by it (BoT-SORT, section 3.3). */
export interface Looking {
  readonly known: RunningAverage;
  /** Larger cosine distances say nothing. */
  readonly most: number;
  /** Nor do looks say anything of pairs that overlap less. */
  readonly leastIou: number;
}

/** What the tracker of this name goes by. */
export interface RoundsOptions {
  readonly highScore: number;
  readonly lowScore: number;
  readonly newScore: number;
  readonly minIou: number;
  readonly minLowIou: number;
  readonly maxAge: number;
  readonly classGroups?: readonly (readonly number[])[];
  readonly solver: Solver;
}

/** Least IoU, times score, of a track that was seen once and the detection that confirms it. */
const leastOfNew = 0.3;
/** A lost track and one that is seen are the same from this IoU on. */
const sameIou = 0.85;

/** The tracker itself, whatever the motion model. */
export class TwoRounds {
  readonly #layout: string;
  readonly #options: RoundsOptions;
  readonly #motion: Motion;
  readonly #looking: Looking | undefined;
  readonly #key: (c: number) => number;
  readonly #table = new TrackTable();
  readonly #candidates = new Candidates();
  readonly #strong: Stage;
  readonly #weak: Stage;
  readonly #new: Stage;
  readonly #expected = new Expected();
  readonly #overlaps: OverlapIndex;
  /** 1 for tracks that are reported. */
  #confirmed = new Uint8Array(0);
  /** 1 for tracks that are found to be another one's. */
  #isDouble = new Uint8Array(0);
  /** Frame of the first match. */
  #since = new Float64Array(0);
  #frames = 0;
  #boxes = new Float64Array(0);
  readonly #box = new Float64Array(4);

  /**
   * @param layout as in `saveState`
   * @param pixel as in `OverlapIndex`
   */
  constructor(layout: string, options: RoundsOptions, motion: Motion, looking?: Looking, pixel: 0 | 1 = 0) {
    this.#layout = layout;
    this.#options = options;
    this.#motion = motion;
    this.#looking = looking;
    const { minIou, minLowIou, solver } = options;
    this.#key = classKey(options.classGroups);
    this.#strong = new Stage(minIou, true, solver, pixel);
    this.#weak = new Stage(minLowIou, false, solver, pixel);
    this.#overlaps = new OverlapIndex(pixel);
    this.#new = new Stage(leastOfNew, true, solver, pixel);
  }

  get limits(): Limits {
    const { minIou, maxAge } = this.#options;
    return { iou: minIou, maxAge, confirm: 2 };
  }

  update(detections: Detections, { camera, embeddings, onDecision }: Cues): readonly Track[] {
    checkDetections(detections);
    if (camera && this.#motion.warp) checkCamera(camera);
    if (embeddings && this.#looking) {
      checkEmbeddings(embeddings, detections.count);
      this.#looking.known.use(embeddings.dim);
    }
    this.#candidates.take(detections, this.#options.lowScore, Number.POSITIVE_INFINITY, this.#key);
    this.#frames++;
    this.#predict(camera);
    const explanation = onDecision && this.#explain(embeddings);
    this.#match(embeddings);
    explanation?.matched("overlap");
    this.#start(embeddings);
    this.#findDoubles();
    this.#table.sweep((slot) => this.#isOver(slot));
    if (onDecision) explanation?.tell(onDecision);
    return this.#report();
  }

  save(): TrackerState {
    const { slots } = this.#table;
    const { mean, cov, widths } = this.#motion;
    return saveState(this.#layout, this.#options, {
      ...this.#table.save(),
      frames: Float64Array.of(this.#frames),
      mean: mean.slice(0, widths.mean * slots),
      cov: cov.slice(0, widths.cov * slots),
      confirmed: this.#confirmed.slice(0, slots),
      since: this.#since.slice(0, slots),
      ...this.#looking?.known.save(slots),
    });
  }

  restore(state: TrackerState): void {
    const saved = new SavedColumns(state, this.#layout, this.#options);
    this.#table.restore(saved);
    const { slots } = this.#table;
    const { widths } = this.#motion;
    this.#frames = saved.float64("frames", 1)[0];
    this.#motion.mean = saved.float64("mean", widths.mean * slots);
    this.#motion.cov = saved.float64("cov", widths.cov * slots);
    this.#confirmed = saved.uint8("confirmed", slots);
    this.#since = saved.float64("since", slots);
    this.#isDouble = new Uint8Array(slots);
    this.#looking?.known.restore(saved, slots);
  }

  #explain(embeddings: Embeddings | undefined): Explanation {
    const { rows } = this.#candidates;
    return new Explanation(this.#table, this.#candidates, {
      limits: this.limits,
      writeBox: (slot, out, at) => this.#motion.writeBox(slot, out, at),
      comparesOverlap: () => true,
      isConfirmed: (slot) => this.#confirmed[slot] === 1,
      cosine:
        embeddings &&
        this.#looking &&
        ((slot, j) => this.#looking!.known.distance(slot, embeddings.data, rows[j])),
    });
  }

  #predict(camera: Cues["camera"]): void {
    const { active, count, misses } = this.#table;
    const motion = this.#motion;
    if (this.#boxes.length < 4 * count) this.#boxes = new Float64Array(8 * count);
    for (let k = 0; k < count; k++) {
      const slot = active[k];
      // What was seen once stands where it was seen: its second match says where it is, and only the third how fast.
      if (this.#confirmed[slot]) motion.predict(slot, misses[slot] > 0);
      if (camera) motion.warp?.(slot, camera);
      motion.writeBox(slot, this.#boxes, 4 * k);
    }
    this.#table.age();
  }

  #match(embeddings: Embeddings | undefined): void {
    const { highScore, lowScore } = this.#options;
    const { misses, key } = this.#table;
    const candidates = this.#candidates;
    const top = Number.POSITIVE_INFINITY;
    const options = { adjust: this.#compareLooks(embeddings) };
    const hit = (slot: number, j: number) => this.#hit(slot, j, embeddings);
    const hitWeak = (slot: number, j: number) => this.#hit(slot, j, undefined);
    const confirmed = this.#those((slot) => this.#confirmed[slot] === 1);
    this.#strong.match(confirmed, candidates, highScore, top, key, hit, options);
    const seen = this.#those((slot) => this.#confirmed[slot] === 1 && misses[slot] === 1);
    this.#weak.match(seen, candidates, lowScore, highScore, key, hitWeak);
    const unconfirmed = this.#those((slot) => this.#confirmed[slot] === 0);
    this.#new.match(unconfirmed, candidates, highScore, top, key, hit, options);
  }

  /** What looks add to a similarity: the distance is the smaller one of the two (BoT-SORT, equations 12 and 13). */
  #compareLooks(embeddings: Embeddings | undefined) {
    const looking = this.#looking;
    if (!embeddings || !looking) return undefined;
    const { known, most, leastIou } = looking;
    const { rows } = this.#candidates;
    return (slot: number, j: number, overlap: number, similarity: number): number => {
      if (overlap <= leastIou) return 0;
      const distance = known.distance(slot, embeddings.data, rows[j]);
      return distance < most ? Math.max(0, 1 - distance / 2 - similarity) : 0;
    };
  }

  /** The tracks that are not matched yet, and fit. */
  #those(fits: (slot: number) => boolean): Expected {
    const { active, count, misses } = this.#table;
    this.#expected.clear();
    for (let k = 0; k < count; k++)
      if (misses[active[k]] > 0 && fits(active[k])) this.#expected.add(active[k], this.#boxes, k);
    return this.#expected;
  }

  #hit(slot: number, j: number, embeddings: Embeddings | undefined): void {
    const { rows, scores, classes, boxes } = this.#candidates;
    this.#motion.correct(slot, boxes, j);
    this.#table.match(slot, rows[j], scores[j], classes[j]);
    this.#confirmed[slot] = 1;
    if (embeddings) this.#looking?.known.add(slot, embeddings.data, rows[j]);
  }

  #start(embeddings: Embeddings | undefined): void {
    const { count, rows, scores, classes, keys, boxes, taken } = this.#candidates;
    const { newScore, highScore } = this.#options;
    for (let j = 0; j < count; j++) {
      if (taken[j] || scores[j] < newScore || scores[j] < highScore) continue;
      const slot = this.#table.start(rows[j], scores[j], classes[j], keys[j], 1);
      this.#reserve(this.#table.slots);
      this.#motion.start(slot, boxes, j);
      // There is nothing to compare with before the first frame.
      this.#confirmed[slot] = this.#frames === 1 ? 1 : 0;
      this.#isDouble[slot] = 0;
      this.#since[slot] = this.#frames;
      this.#looking?.known.clear(slot);
      if (embeddings) this.#looking?.known.add(slot, embeddings.data, rows[j]);
    }
  }

  #reserve(slots: number): void {
    this.#motion.reserve(slots);
    if (this.#confirmed.length >= slots) return;
    this.#confirmed = grown(this.#confirmed, slots);
    this.#isDouble = grown(this.#isDouble, slots);
    this.#since = grown(this.#since, slots);
  }

  /** Of a lost track and one that is seen in the same place, the one that was followed for a shorter time. */
  #findDoubles(): void {
    const { active, count, misses, key } = this.#table;
    const lost = this.#those((slot) => this.#confirmed[slot] === 1);
    if (lost.count === 0) return;
    this.#overlaps.build(lost.boxes, lost.count);
    for (let k = 0; k < count; k++) {
      const slot = active[k];
      if (misses[slot] > 0) continue;
      this.#motion.writeBox(slot, this.#box, 0);
      this.#overlaps.each(this.#box, 0, (i, overlap) => {
        const other = lost.slots[i];
        if (overlap <= sameIou || key[slot] !== key[other]) return;
        const shorter = this.#followed(slot) > this.#followed(other) ? other : slot;
        this.#isDouble[shorter] = 1;
      });
    }
  }

  /** Frames from the first to the last match. */
  #followed(slot: number): number {
    return this.#frames - this.#table.misses[slot] - this.#since[slot];
  }

  #isOver(slot: number): boolean {
    const misses = this.#table.misses[slot];
    return this.#isDouble[slot] === 1 || misses > (this.#confirmed[slot] ? this.#options.maxAge : 0);
  }

  #report(): Track[] {
    const { active, count, misses } = this.#table;
    const box = this.#box;
    const tracks: Track[] = [];
    for (let k = 0; k < count; k++) {
      const slot = active[k];
      if (!this.#confirmed[slot] || misses[slot] > 0) continue;
      this.#motion.writeBox(slot, box, 0);
      // A filter may have shrunk a box to nothing.
      if (box[2] > box[0] && box[3] > box[1])
        tracks.push(this.#table.snapshot(slot, box[0], box[1], box[2], box[3]));
    }
    return tracks;
  }
}
