/**
 * What a tracker decided in a frame, and why: told from outside, by looking at the tracks before anything is
 * matched, after each stage, and at the end. The association itself knows nothing of it.
 */
import { iou } from "../math/boxes.js";
import { BucketIndex } from "../math/bucket-index.js";
import type { Box, Decision, Fit, Limits, Rival } from "../types.js";
import type { Candidates } from "./_candidates.js";
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
  stage?: "appearance" | "overlap";
}

/** A track and a detection that are near each other. */
interface Near {
  /** Position among the tracks before the frame. */
  readonly k: number;
  /** Position among the candidates. */
  readonly j: number;
  readonly fit: Fit;
  /** How far apart they are: 1 where the pair just reaches the limits of a stage that is open to it. */
  readonly excess: number;
}

/** Pairs that do not touch are looked at up to three times as far as the gate reaches. */
const farthest = 9;

/** What came second to a match is told where it was at most this many times as far away as the limits allow. */
const runnerUp = 1.25;

/** One frame's decisions. Made when the tracks are predicted and nothing is matched yet. */
export class Explanation {
  readonly #table: TrackTable;
  readonly #candidates: Candidates;
  readonly #judge: Judge;
  readonly #tracks: readonly Before[];
  /** What is near each track, and near each detection. */
  readonly #ofTrack: readonly Near[][];
  readonly #ofDetection: readonly Near[][];
  readonly #columns = new Map<number, number>();
  /** Detections that went to tracks which are older than the frame. */
  #taken: ReadonlySet<number> = new Set();

  constructor(table: TrackTable, candidates: Candidates, judge: Judge) {
    this.#table = table;
    this.#candidates = candidates;
    this.#judge = judge;
    this.#tracks = Array.from(table.active.subarray(0, table.count), (slot) => ({
      slot,
      id: table.id[slot],
      key: table.key[slot],
      missed: table.misses[slot] - 1,
      confirmed: judge.isConfirmed?.(slot) ?? false,
      byOverlap: judge.comparesOverlap(slot),
      byAppearance: judge.comparesAppearance?.(slot) ?? false,
    }));
    this.#ofTrack = this.#tracks.map(() => []);
    this.#ofDetection = Array.from({ length: candidates.count }, () => []);
    for (let j = 0; j < candidates.count; j++) this.#columns.set(candidates.rows[j], j);
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
    for (let k = 0; k < this.#tracks.length && count > 0; k++) {
      const { slot } = this.#tracks[k];
      this.#judge.writeBox(slot, box, 0);
      const half = (box[2] - box[0]) / 2;
      // A hair more, against rounding.
      const reach = 1.00001 * Math.max(half, Math.sqrt(farthest) * (this.#judge.reach?.(slot) ?? 0)) + 1e-6;
      const end = index.to(box[0] + half + reach);
      for (let at = index.from(box[0] + half - reach - widest); at < end; at++)
        this.#look(k, index.order[at], box);
    }
  }

  /** A stage is over: the tracks that have a detection now and had none before were matched by it. */
  matched(stage: "appearance" | "overlap"): void {
    for (const track of this.#tracks) if (this.#table.row[track.slot] >= 0) track.stage ??= stage;
  }

  /** The frame is over, new tracks are started, dead ones are gone. */
  tell(onDecision: (decision: Decision) => void): void {
    const { active, count, id, row } = this.#table;
    const living = active.subarray(0, count);
    const owners = new Map<number, number>();
    for (const slot of living) if (row[slot] >= 0) owners.set(row[slot], id[slot]);
    const alive = new Set(living);
    this.#taken = new Set(this.#tracks.flatMap(({ stage, slot }) => (stage ? [row[slot]] : [])));
    this.#tracks.forEach((track, k) => {
      onDecision(track.stage ? this.#match(k, track.stage, owners) : this.#miss(k, alive, owners));
    });
    // Ids rise: what is new stands at the end.
    const newest = this.#tracks.at(-1)?.id ?? 0;
    for (const slot of living) if (id[slot] > newest) onDecision(this.#start(slot));
  }

  #match(k: number, stage: "appearance" | "overlap", owners: ReadonlyMap<number, number>): Decision {
    const { slot, id, missed, confirmed } = this.#tracks[k];
    const detection = this.#table.row[slot];
    const j = this.#column(detection);
    const fit = this.#ofTrack[k].find((near) => near.j === j)?.fit ?? this.#fitFarOff(slot, j);
    const other = closest(this.#ofTrack[k], (near) => near.j !== j && near.excess <= runnerUp);
    const rival = closest(this.#ofDetection[j], (near) => near.k !== k && near.excess <= runnerUp);
    return {
      id,
      kind: "match",
      detection,
      by: stage === "appearance" && fit.cosine === undefined ? "motion" : stage,
      missed,
      ...fit,
      ...(!confirmed && this.#judge.isConfirmed?.(slot) ? { confirms: true } : {}),
      rivals: [
        ...(other === undefined ? [] : [this.#asDetection(other, owners)]),
        ...(rival === undefined ? [] : [this.#asTrack(rival)]),
      ],
    };
  }

  /** Of a pair that did not come near and was matched all the same, by looks. */
  #fitFarOff(slot: number, j: number): Fit {
    const cosine = this.#judge.cosine?.(slot, j);
    return { iou: 0, ...(cosine !== undefined && Number.isFinite(cosine) ? { cosine } : {}) };
  }

  #miss(k: number, alive: ReadonlySet<number>, owners: ReadonlyMap<number, number>): Decision {
    const { slot, id, missed, confirmed } = this.#tracks[k];
    const { rows } = this.#candidates;
    const free = closest(this.#ofTrack[k], ({ j }) => !this.#taken.has(rows[j]));
    // A detection that another track has says why only where this one would have taken it too.
    const taken = closest(
      this.#ofTrack[k],
      (near) => this.#taken.has(rows[near.j]) && this.#refused(near).length === 0,
    );
    const isUnconfirmed = this.#judge.isConfirmed !== undefined && !confirmed;
    return {
      id,
      kind: "miss",
      missed: missed + 1,
      ...(alive.has(slot) ? {} : { ends: isUnconfirmed ? "unconfirmed" : "age" }),
      rivals: [taken ?? [], free ?? []].flat().map((near) => this.#asDetection(near, owners)),
    };
  }

  #start(slot: number): Decision {
    const { id, row, score } = this.#table;
    const { boxes } = this.#candidates;
    const j = this.#column(row[slot]);
    const near = this.#ofDetection[j];
    const isFree = ({ k }: Near) => this.#tracks[k].stage === undefined;
    const first = closest(near, isFree);
    const second = first && closest(near, (other) => other !== first && isFree(other));
    const taken = closest(near, (other) => !isFree(other) && this.#refused(other).length === 0);
    return {
      id: id[slot],
      kind: "start",
      detection: row[slot],
      score: score[slot],
      box: [...boxes.subarray(4 * j, 4 * j + 4)] as unknown as Box,
      ...(this.#judge.isConfirmed?.(slot) ? { confirms: true } : {}),
      rivals: [taken ?? [], first ?? [], second ?? []].flat().map((other) => this.#asTrack(other)),
    };
  }

  #asDetection(near: Near, owners: ReadonlyMap<number, number>): Rival {
    const detection = this.#candidates.rows[near.j];
    const by = owners.get(detection);
    return { detection, ...(by === undefined ? {} : { by }), ...near.fit, refused: this.#refused(near) };
  }

  #asTrack(near: Near): Rival {
    const { id, slot, missed, stage } = this.#tracks[near.k];
    const took = stage ? { detection: this.#table.row[slot] } : {};
    return { id, missed, ...took, ...near.fit, refused: this.#refused(near) };
  }

  #column(row: number): number {
    return this.#columns.get(row)!;
  }

  /** Remembers a pair if it is near. Most are not: those must cost little. */
  #look(k: number, j: number, box: Float64Array): void {
    const judge = this.#judge;
    const { slot, byAppearance, byOverlap } = this.#tracks[k];
    const overlap = iou(box, 0, this.#candidates.boxes, j);
    const motion = judge.motion?.(slot, j);
    if (!(overlap > 0 || (motion !== undefined && motion <= farthest * (judge.limits.gate ?? 0)))) return;
    const cosine = judge.cosine?.(slot, j);
    const fit: Fit = {
      iou: overlap,
      ...(motion !== undefined && Number.isFinite(motion) ? { motion } : {}),
      ...(cosine !== undefined && Number.isFinite(cosine) ? { cosine } : {}),
    };
    const { limits } = judge;
    const looks = Math.max(ratio(fit.motion ?? 0, limits.gate), ratio(fit.cosine ?? 0, limits.cosine));
    const apart = overlap > 0 ? ratio(1 - overlap, 1 - limits.iou) : Number.POSITIVE_INFINITY;
    const excess = Math.min(
      byAppearance ? looks : Number.POSITIVE_INFINITY,
      byOverlap ? apart : Number.POSITIVE_INFINITY,
    );
    const near = { k, j, fit, excess };
    this.#ofTrack[k].push(near);
    this.#ofDetection[j].push(near);
  }

  /** The limits that keep a pair apart; none where a stage would have accepted it. */
  #refused({ k, j, fit }: Near): Rival["refused"] {
    const { key, byAppearance, byOverlap } = this.#tracks[k];
    if (key !== this.#candidates.keys[j]) return ["class"];
    const { limits } = this.#judge;
    const { iou: overlap, motion = 0, cosine = 0 } = fit;
    const refused: ("gate" | "cosine" | "iou")[] = [];
    if (byAppearance) {
      if (limits.gate !== undefined && motion > limits.gate) refused.push("gate");
      if (limits.cosine !== undefined && cosine > limits.cosine) refused.push("cosine");
      if (refused.length === 0) return refused;
    }
    if (!byOverlap) return byAppearance ? refused : ["age"];
    return overlap > 0 && overlap >= limits.iou ? [] : [...refused, "iou"];
  }
}

/** The closest pair that is accepted, among equals that of the first track and detection. */
function closest(pairs: readonly Near[], accepts: (near: Near) => boolean): Near | undefined {
  let best: Near | undefined;
  for (const near of pairs) if ((best === undefined || isCloser(near, best)) && accepts(near)) best = near;
  return best;
}

const isCloser = (a: Near, b: Near): boolean =>
  a.excess < b.excess || (a.excess === b.excess && (a.k < b.k || (a.k === b.k && a.j < b.j)));

function ratio(value: number, limit: number | undefined): number {
  if (limit === undefined || value <= 0) return 0;
  return limit > 0 ? value / limit : Number.POSITIVE_INFINITY;
}
