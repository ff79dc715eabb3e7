import { grown } from "../math/grown.js";
import type { Column, Track } from "../types.js";
import { ClassVote } from "./_classes.js";
import type { SavedColumns } from "./_state.js";

/** What a count stops at, after years: those who look at it only ask whether it is large. */
const MOST = 2 ** 31 - 1;

/**
 * What every tracker keeps about its tracks, in columns by slot. A slot is given back when its track dies and
 * used again; ids are not.
 */
export class TrackTable {
  /** Slots of the living tracks, ordered by id. */
  active = new Int32Array(0);
  count = 0;
  /** How many slots there are; columns that a tracker keeps itself must be this long. */
  slots = 0;
  id = new Float64Array(0);
  /** Frames since the last match, 0 in the frame of a match. */
  misses = new Int32Array(0);
  /** Matches that the tracker counts. */
  hits = new Int32Array(0);
  /** Row of the detection matched in this frame, or -1. */
  row = new Int32Array(0);
  /** Score of the last match. */
  score = new Float64Array(0);
  /** Equal for classes that may share an identity. */
  key = new Int32Array(0);
  #votes: ClassVote[] = [];
  #free: number[] = [];
  #nextId: number;

  constructor(firstId = 1) {
    this.#nextId = firstId;
  }

  /** A new track, with `hits` as its first count. @returns its slot */
  start(row: number, score: number, c: number, key: number, hits: number): number {
    const slot = this.#free.pop() ?? this.slots++;
    if (this.id.length < this.slots) {
      this.active = grown(this.active, this.slots);
      this.id = grown(this.id, this.slots);
      this.misses = grown(this.misses, this.slots);
      this.hits = grown(this.hits, this.slots);
      this.row = grown(this.row, this.slots);
      this.score = grown(this.score, this.slots);
      this.key = grown(this.key, this.slots);
    }
    this.active[this.count++] = slot;
    this.id[slot] = this.#nextId++;
    this.misses[slot] = 0;
    this.hits[slot] = hits;
    this.row[slot] = row;
    this.score[slot] = score;
    this.key[slot] = key;
    this.#votes[slot] = new ClassVote(c, score);
    return slot;
  }

  /** Every living track is one frame older and unmatched so far. */
  age(): void {
    for (let k = 0; k < this.count; k++) {
      const slot = this.active[k];
      if (this.misses[slot] < MOST) this.misses[slot]++;
      this.row[slot] = -1;
    }
  }

  match(slot: number, row: number, score: number, c: number): void {
    this.misses[slot] = 0;
    if (this.hits[slot] < MOST) this.hits[slot]++;
    this.row[slot] = row;
    this.score[slot] = score;
    this.#votes[slot].add(c, score);
  }

  /** Ends the tracks that `dead` names. */
  sweep(dead: (slot: number) => boolean): void {
    let kept = 0;
    for (let k = 0; k < this.count; k++) {
      const slot = this.active[k];
      if (dead(slot)) this.#free.push(slot);
      else this.active[kept++] = slot;
    }
    this.count = kept;
  }

  snapshot(slot: number, x1: number, y1: number, x2: number, y2: number): Track {
    return {
      id: this.id[slot],
      box: [x1, y1, x2, y2],
      score: this.score[slot],
      class: this.#votes[slot].winner,
      detection: this.row[slot],
    };
  }

  save(): Readonly<Record<string, Column>> {
    const { slots } = this;
    return {
      active: this.active.slice(0, this.count),
      free: Int32Array.from(this.#free),
      nextId: Float64Array.of(this.#nextId),
      id: this.id.slice(0, slots),
      misses: this.misses.slice(0, slots),
      hits: this.hits.slice(0, slots),
      row: this.row.slice(0, slots),
      score: this.score.slice(0, slots),
      key: this.key.slice(0, slots),
      votes: Float64Array.from(this.#votes.flatMap((vote) => vote.save())),
    };
  }

  /** @throws {RangeError} where the columns do not fit together */
  restore(saved: SavedColumns): void {
    const active = saved.int32("active");
    const free = saved.int32("free");
    const slots = active.length + free.length;
    if (new Set([...active, ...free].filter((slot) => slot >= 0 && slot < slots)).size !== slots)
      throw new RangeError("Cannot restore tracks: a slot is named twice, or does not exist");
    const votes = saved.float64("votes");
    let at = 0;
    this.#votes = Array.from({ length: slots }, () => {
      const vote = new ClassVote(0, 0);
      at = vote.restore(votes, at);
      return vote;
    });
    if (at !== votes.length) throw new RangeError("Cannot restore tracks: their classes do not fit");
    this.id = saved.float64("id", slots);
    this.misses = saved.int32("misses", slots);
    this.hits = saved.int32("hits", slots);
    this.row = saved.int32("row", slots);
    this.score = saved.float64("score", slots);
    this.key = saved.int32("key", slots);
    this.active = new Int32Array(slots);
    this.active.set(active);
    this.count = active.length;
    this.slots = slots;
    this.#free = [...free];
    this.#nextId = saved.float64("nextId", 1)[0];
  }
}
