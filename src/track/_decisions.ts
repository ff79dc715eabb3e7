/**
 * What a tracker decided in a frame, and why: told from outside, by looking at the tracks before anything is
 * matched, after each stage, and at the end. The association itself knows nothing of it.
 */
import { iou } from "../math/boxes.js";
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
  /** Of track k and detection j at `k * count + j`; undefined where they are far apart. */
  readonly #fits: (Fit | undefined)[] = [];

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
    const box = new Float64Array(4);
    for (const { slot } of this.#tracks) {
      judge.writeBox(slot, box, 0);
      for (let j = 0; j < candidates.count; j++) this.#fits.push(this.#fit(slot, box, j));
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
    const fit = this.#fitOf(k, j) ?? { iou: 0 };
    const isClose = (excess: number) => excess <= runnerUp;
    const [other] = this.#detections(k, (i, excess) => i !== j && isClose(excess));
    const [rival] = this.#rivals(j, (i, excess) => i !== k && isClose(excess));
    return {
      id,
      kind: "match",
      detection,
      by: stage === "appearance" && fit.cosine === undefined ? "motion" : stage,
      missed,
      ...fit,
      ...(!confirmed && this.#judge.isConfirmed?.(slot) ? { confirms: true } : {}),
      rivals: [
        ...(other === undefined ? [] : [this.#asDetection(k, other, owners)]),
        ...(rival === undefined ? [] : [this.#asTrack(rival, j)]),
      ],
    };
  }

  #miss(k: number, alive: ReadonlySet<number>, owners: ReadonlyMap<number, number>): Decision {
    const { slot, id, missed, confirmed } = this.#tracks[k];
    const { rows } = this.#candidates;
    const older = new Set(this.#tracks.flatMap(({ stage, slot: s }) => (stage ? [this.#table.row[s]] : [])));
    const free = this.#detections(k, (j) => !older.has(rows[j])).slice(0, 1);
    // A detection that another track has says why only where this one would have taken it too.
    const taken = this.#detections(k, (j) => older.has(rows[j]) && this.#refused(k, j).length === 0);
    const isUnconfirmed = this.#judge.isConfirmed !== undefined && !confirmed;
    return {
      id,
      kind: "miss",
      missed: missed + 1,
      ...(alive.has(slot) ? {} : { ends: isUnconfirmed ? "unconfirmed" : "age" }),
      rivals: [...taken.slice(0, 1), ...free].map((j) => this.#asDetection(k, j, owners)),
    };
  }

  #start(slot: number): Decision {
    const { id, row, score } = this.#table;
    const { boxes } = this.#candidates;
    const j = this.#column(row[slot]);
    const free = this.#rivals(j, (k) => this.#tracks[k].stage === undefined).slice(0, 2);
    const taken = this.#rivals(
      j,
      (k) => this.#tracks[k].stage !== undefined && this.#refused(k, j).length === 0,
    ).slice(0, 1);
    return {
      id: id[slot],
      kind: "start",
      detection: row[slot],
      score: score[slot],
      box: [...boxes.subarray(4 * j, 4 * j + 4)] as unknown as Box,
      ...(this.#judge.isConfirmed?.(slot) ? { confirms: true } : {}),
      rivals: [...taken, ...free].map((k) => this.#asTrack(k, j)),
    };
  }

  #asDetection(k: number, j: number, owners: ReadonlyMap<number, number>): Rival {
    const detection = this.#candidates.rows[j];
    const by = owners.get(detection);
    return {
      detection,
      ...(by === undefined ? {} : { by }),
      ...this.#fitOf(k, j)!,
      refused: this.#refused(k, j),
    };
  }

  #asTrack(k: number, j: number): Rival {
    const { id, slot, missed, stage } = this.#tracks[k];
    return {
      id,
      missed,
      ...(stage ? { detection: this.#table.row[slot] } : {}),
      ...this.#fitOf(k, j)!,
      refused: this.#refused(k, j),
    };
  }

  #fitOf(k: number, j: number): Fit | undefined {
    return this.#fits[k * this.#candidates.count + j];
  }

  #column(row: number): number {
    return this.#candidates.rows.indexOf(row);
  }

  #fit(slot: number, box: Float64Array, j: number): Fit | undefined {
    const { gate = 0 } = this.#judge.limits;
    const overlap = iou(box, 0, this.#candidates.boxes, j);
    const motion = this.#judge.motion?.(slot, j);
    if (!(overlap > 0 || (motion !== undefined && motion <= farthest * gate))) return undefined;
    const cosine = this.#judge.cosine?.(slot, j);
    return {
      iou: overlap,
      ...(motion !== undefined && Number.isFinite(motion) ? { motion } : {}),
      ...(cosine !== undefined && Number.isFinite(cosine) ? { cosine } : {}),
    };
  }

  /** The detections near track k that are accepted, the closest first. */
  #detections(k: number, accepts: (j: number, excess: number) => boolean): number[] {
    return this.#closest(this.#candidates.count, (j) => this.#excess(k, j), accepts);
  }

  /** The tracks near detection j that are accepted, the closest first. */
  #rivals(j: number, accepts: (k: number, excess: number) => boolean): number[] {
    return this.#closest(this.#tracks.length, (k) => this.#excess(k, j), accepts);
  }

  #closest(
    count: number,
    excessOf: (i: number) => number | undefined,
    accepts: (i: number, excess: number) => boolean,
  ): number[] {
    const found: [i: number, excess: number][] = [];
    for (let i = 0; i < count; i++) {
      const excess = excessOf(i);
      if (excess !== undefined && accepts(i, excess)) found.push([i, excess]);
    }
    return found.sort((a, b) => a[1] - b[1] || a[0] - b[0]).map(([i]) => i);
  }

  /** How far apart a near pair is: 1 where it just reaches the limits of a stage that is open to it. */
  #excess(k: number, j: number): number | undefined {
    const fit = this.#fitOf(k, j);
    if (!fit) return undefined;
    const { byAppearance, byOverlap } = this.#tracks[k];
    const { limits } = this.#judge;
    const looks = Math.max(ratio(fit.motion ?? 0, limits.gate), ratio(fit.cosine ?? 0, limits.cosine));
    const overlap = fit.iou > 0 ? ratio(1 - fit.iou, 1 - limits.iou) : Number.POSITIVE_INFINITY;
    return Math.min(
      byAppearance ? looks : Number.POSITIVE_INFINITY,
      byOverlap ? overlap : Number.POSITIVE_INFINITY,
    );
  }

  /** The limits that keep a pair apart; none where a stage would have accepted it. */
  #refused(k: number, j: number): Rival["refused"] {
    const { key, byAppearance, byOverlap } = this.#tracks[k];
    if (key !== this.#candidates.keys[j]) return ["class"];
    const { limits } = this.#judge;
    const { iou: overlap, motion = 0, cosine = 0 } = this.#fitOf(k, j)!;
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

function ratio(value: number, limit: number | undefined): number {
  if (limit === undefined || value <= 0) return 0;
  return limit > 0 ? value / limit : Number.POSITIVE_INFINITY;
}
