/**
 * What a tracker decided in a frame, and why: told from outside, by looking at the tracks before anything is
 * matched, after each stage, and at the end. The association itself knows nothing of it.
 */
import { iou } from "../math/boxes.js";
import { BucketIndex } from "../math/bucket-index.js";
import type { Decision, Limits, Rival } from "../types.js";
import type { Candidates } from "./_candidates.js";
import { NearPairs } from "./_near.js";
import type { TrackTable } from "./_table.js";

/** How a tracker sees its tracks, by slot, and detection j. */
export interface Judge {
  readonly limits: Limits;
  writeBox(slot: number, out: Float64Array, at: number): void;
  /** Whether the track may be matched by overlap in this frame; likewise by appearance. */
  comparesOverlap(slot: number): boolean;
  comparesAppearance?(slot: number): boolean;
  isConfirmed?(slot: number): boolean;
  /** Squared Mahalanobis distance. */
  motion?(slot: number, j: number): number;
  /** Pixels to the left or right at which a detection's centre is at the gate if nothing else differs. */
  reach?(slot: number): number;
  /** Cosine distance; Infinity where the looks are not known. */
  readonly cosine?: (slot: number, j: number) => number;
}

/** A track before anything is matched. */
interface Before {
  readonly slot: number;
  readonly id: number;
  readonly key: number;
  readonly missed: number;
  readonly confirmed: boolean;
  readonly byOverlap: boolean;
  readonly byAppearance: boolean;
  stage: "appearance" | "overlap" | undefined;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Pairs that do not touch are looked at up to three times as far as the gate reaches. */
const farthest = 9;

/** What came second to a match is told where it was at most this many times as far away as the limits allow. */
const runnerUp = 1.25;

/** One frame's decisions. Made when the tracks are predicted and nothing is matched yet. */
export class Explanation {
  readonly #table: TrackTable;
  readonly #candidates: Candidates;
  readonly #judge: Judge;
  readonly #limits: Limits;
  readonly #tracks: Before[] = [];
  readonly #near: NearPairs;
  /** Candidate of each detection. */
  readonly #candidateOf: number[] = [];
  /** The track of each candidate at the end of the frame; whether that one is older than the frame. */
  readonly #owners: number[] = [];
  readonly #taken: boolean[] = [];

  constructor(table: TrackTable, candidates: Candidates, judge: Judge) {
    this.#table = table;
    this.#candidates = candidates;
    this.#judge = judge;
    this.#limits = judge.limits;
    for (let k = 0; k < table.count; k++) {
      const slot = table.active[k];
      this.#tracks.push({
        slot,
        id: table.id[slot],
        key: table.key[slot],
        missed: table.misses[slot] - 1,
        confirmed: judge.isConfirmed?.(slot) ?? false,
        byOverlap: judge.comparesOverlap(slot),
        byAppearance: judge.comparesAppearance?.(slot) ?? false,
        stage: undefined,
      });
    }
    this.#near = new NearPairs(candidates.count);
    for (let j = 0; j < candidates.count; j++) this.#candidateOf[candidates.rows[j]] = j;
    this.#lookAround();
  }

  /** Looks at all pairs that may be near: the left edges of the detections say which those are. */
  #lookAround(): void {
    const { count, boxes } = this.#candidates;
    const lefts = new Float64Array(count);
    let widest = 0;
    for (let j = 0; j < count; j++) {
      lefts[j] = boxes[4 * j];
      widest = Math.max(widest, boxes[4 * j + 2] - boxes[4 * j]);
    }
    const index = new BucketIndex();
    index.build(lefts, count);
    const box = new Float64Array(4);
    const threeGates = Math.sqrt(farthest);
    for (let k = 0; k < this.#tracks.length; k++) {
      this.#near.begin();
      if (count === 0) continue;
      const { slot } = this.#tracks[k];
      this.#judge.writeBox(slot, box, 0);
      const half = (box[2] - box[0]) / 2;
      // A hair more, against rounding.
      const reach = 1.00001 * Math.max(half, threeGates * (this.#judge.reach?.(slot) ?? 0)) + 1e-6;
      const end = index.to(box[0] + half + reach);
      for (let at = index.from(box[0] + half - reach - widest); at < end; at++) {
        const j = index.order[at];
        const p = 4 * j;
        const touches =
          boxes[p] < box[2] && boxes[p + 2] > box[0] && boxes[p + 1] < box[3] && boxes[p + 3] > box[1];
        // Where motion is compared, pairs that do not touch may be near too.
        if (touches || this.#judge.motion) this.#look(k, j, box);
      }
    }
  }

  /** A stage is over: the tracks that have a detection now and had none before were matched by it. */
  matched(stage: "appearance" | "overlap"): void {
    for (const track of this.#tracks) if (this.#table.row[track.slot] >= 0) track.stage ??= stage;
  }

  /** The frame is over, new tracks are started, dead ones are gone. */
  tell(onDecision: (decision: Decision) => void): void {
    const { active, count, id, row } = this.#table;
    for (let j = 0; j < this.#candidates.count; j++) {
      this.#owners.push(Number.NaN);
      this.#taken.push(false);
    }
    for (let i = 0; i < count; i++) {
      const slot = active[i];
      if (row[slot] >= 0) this.#owners[this.#candidateOf[row[slot]]] = id[slot];
    }
    for (const { stage, slot } of this.#tracks) if (stage) this.#taken[this.#candidateOf[row[slot]]] = true;
    // Both are in the order of their slots' ids, so that the living are found as one goes along.
    let living = 0;
    for (let k = 0; k < this.#tracks.length; k++) {
      const { id: own, stage } = this.#tracks[k];
      while (living < count && id[active[living]] < own) living++;
      const isAlive = living < count && id[active[living]] === own;
      onDecision(stage ? this.#match(k, stage) : this.#miss(k, isAlive));
    }
    // Ids rise: what is new stands at the end.
    const newest = this.#tracks.at(-1)?.id ?? 0;
    for (let i = 0; i < count; i++) if (id[active[i]] > newest) onDecision(this.#start(active[i]));
  }

  #match(k: number, stage: "appearance" | "overlap"): Decision {
    const { slot, id, missed, confirmed } = this.#tracks[k];
    const near = this.#near;
    const detection = this.#table.row[slot];
    const j = this.#candidateOf[detection];
    let own = -1;
    let other = -1;
    for (let p = near.starts[k]; p < near.endOf(k); p++) {
      if (near.candidates[p] === j) own = p;
      else if (near.excess[p] <= runnerUp && near.isCloser(p, other)) other = p;
    }
    let rival = -1;
    for (let p = near.firstOf[j]; p >= 0; p = near.next[p])
      if (near.tracks[p] !== k && near.excess[p] <= runnerUp && near.isCloser(p, rival)) rival = p;
    const cosine = own < 0 ? (this.#judge.cosine?.(slot, j) ?? Number.NaN) : near.cosines[own];
    const decision: Mutable<Extract<Decision, { kind: "match" }>> = {
      id,
      kind: "match",
      detection,
      by: stage === "appearance" && !Number.isFinite(cosine) ? "motion" : stage,
      missed,
      // A pair that did not come near was matched by looks.
      iou: own < 0 ? 0 : near.overlaps[own],
      rivals: this.#rivals(other, -1, -1, true, rival),
    };
    if (own >= 0 && Number.isFinite(near.motions[own])) decision.motion = near.motions[own];
    if (Number.isFinite(cosine)) decision.cosine = cosine;
    if (!confirmed && this.#judge.isConfirmed?.(slot)) decision.confirms = true;
    return decision;
  }

  #miss(k: number, isAlive: boolean): Decision {
    const { id, missed, confirmed } = this.#tracks[k];
    const near = this.#near;
    let free = -1;
    // A detection that another track has says why only where this one would have taken it too.
    let taken = -1;
    for (let p = near.starts[k]; p < near.endOf(k); p++) {
      if (!this.#taken[near.candidates[p]]) {
        if (near.isCloser(p, free)) free = p;
      } else if (near.isCloser(p, taken) && this.#refused(p).length === 0) taken = p;
    }
    const decision: Mutable<Extract<Decision, { kind: "miss" }>> = {
      id,
      kind: "miss",
      missed: missed + 1,
      rivals: this.#rivals(taken, free, -1, true, -1),
    };
    if (!isAlive) decision.ends = this.#judge.isConfirmed !== undefined && !confirmed ? "unconfirmed" : "age";
    return decision;
  }

  #start(slot: number): Decision {
    const { id, row, score } = this.#table;
    const { boxes } = this.#candidates;
    const near = this.#near;
    const j = this.#candidateOf[row[slot]];
    let first = -1;
    let second = -1;
    let taken = -1;
    for (let p = near.firstOf[j]; p >= 0; p = near.next[p]) {
      if (this.#tracks[near.tracks[p]].stage === undefined) {
        if (near.isCloser(p, first)) {
          second = first;
          first = p;
        } else if (near.isCloser(p, second)) second = p;
      } else if (near.isCloser(p, taken) && this.#refused(p).length === 0) taken = p;
    }
    const decision: Mutable<Extract<Decision, { kind: "start" }>> = {
      id: id[slot],
      kind: "start",
      detection: row[slot],
      score: score[slot],
      box: [boxes[4 * j], boxes[4 * j + 1], boxes[4 * j + 2], boxes[4 * j + 3]],
      rivals: this.#rivals(taken, first, second, false, -1),
    };
    if (this.#judge.isConfirmed?.(slot)) decision.confirms = true;
    return decision;
  }

  /** Up to three pairs as detections or as tracks, then `track` as a track; -1 is none. */
  #rivals(a: number, b: number, c: number, asDetections: boolean, track: number): Rival[] {
    const rivals: Rival[] = [];
    if (a >= 0) rivals.push(asDetections ? this.#asDetection(a) : this.#asTrack(a));
    if (b >= 0) rivals.push(asDetections ? this.#asDetection(b) : this.#asTrack(b));
    if (c >= 0) rivals.push(asDetections ? this.#asDetection(c) : this.#asTrack(c));
    if (track >= 0) rivals.push(this.#asTrack(track));
    return rivals;
  }

  #asDetection(p: number): Rival {
    const near = this.#near;
    const j = near.candidates[p];
    const refused = this.#refused(p);
    const rival: Mutable<Rival> = { detection: this.#candidates.rows[j], iou: near.overlaps[p], refused };
    if (!Number.isNaN(this.#owners[j])) rival.by = this.#owners[j];
    return this.#withFit(rival, p);
  }

  #asTrack(p: number): Rival {
    const near = this.#near;
    const { id, slot, missed, stage } = this.#tracks[near.tracks[p]];
    const rival: Mutable<Rival> = { id, missed, iou: near.overlaps[p], refused: this.#refused(p) };
    if (stage) rival.detection = this.#table.row[slot];
    return this.#withFit(rival, p);
  }

  #withFit(rival: Mutable<Rival>, p: number): Rival {
    const { motions, cosines } = this.#near;
    if (Number.isFinite(motions[p])) rival.motion = motions[p];
    if (Number.isFinite(cosines[p])) rival.cosine = cosines[p];
    return rival;
  }

  /** Remembers a pair if it is near. Most are not: those must cost little. */
  #look(k: number, j: number, box: Float64Array): void {
    const judge = this.#judge;
    const limits = this.#limits;
    const { slot, byAppearance, byOverlap } = this.#tracks[k];
    const overlap = iou(box, 0, this.#candidates.boxes, j);
    const motion = judge.motion?.(slot, j) ?? Number.NaN;
    if (!(overlap > 0 || motion <= farthest * (limits.gate ?? 0))) return;
    const cosine = judge.cosine?.(slot, j) ?? Number.NaN;
    const looks = Math.max(ratio(motion, limits.gate), ratio(cosine, limits.cosine));
    const apart = overlap > 0 ? ratio(1 - overlap, 1 - limits.iou) : Number.POSITIVE_INFINITY;
    const excess = Math.min(
      byAppearance ? looks : Number.POSITIVE_INFINITY,
      byOverlap ? apart : Number.POSITIVE_INFINITY,
    );
    this.#near.add(k, j, overlap, motion, cosine, excess);
  }

  /** The limits that keep a pair apart; none where a stage would have accepted it. */
  #refused(p: number): Rival["refused"] {
    const { tracks, candidates, overlaps, motions, cosines } = this.#near;
    const { key, byAppearance, byOverlap } = this.#tracks[tracks[p]];
    if (key !== this.#candidates.keys[candidates[p]]) return ["class"];
    const limits = this.#limits;
    const refused: ("gate" | "cosine" | "iou")[] = [];
    if (byAppearance) {
      if (limits.gate !== undefined && isBeyond(motions[p], limits.gate)) refused.push("gate");
      if (limits.cosine !== undefined && isBeyond(cosines[p], limits.cosine)) refused.push("cosine");
      if (refused.length === 0) return refused;
    }
    if (!byOverlap) return byAppearance ? refused : ["age"];
    return overlaps[p] > 0 && overlaps[p] >= limits.iou ? [] : [...refused, "iou"];
  }
}

/** Whether a number is known and more than its limit. */
const isBeyond = (value: number, limit: number): boolean => Number.isFinite(value) && value > limit;

/** How many times its limit a number is; 0 where one of them is not known. */
function ratio(value: number, limit: number | undefined): number {
  if (limit === undefined || !Number.isFinite(value) || value <= 0) return 0;
  return limit > 0 ? value / limit : Number.POSITIVE_INFINITY;
}
