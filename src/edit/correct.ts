/**
 * Corrections worked out: which identity each box has after them. Synchronous and deterministic.
 */
import { framesOfRows, identitiesOf, PREDICTED, type Run } from "../report/run.js";
import { historyOf } from "./history.js";
import type { Edit, Entry } from "./log.js";

/** What the corrections come to. */
export interface Corrected {
  /** The identity of each row of the run; 0 where the box is gone. */
  readonly ids: Float64Array;
  /** Of the identities that have one. */
  readonly names: ReadonlyMap<number, string>;
}

/** Spans of frames that a message names. */
const NAMED = 3;

/**
 * A run that can be corrected.
 *
 * @example
 * const correctable = new Correctable(run);
 * const { ids, names } = correctable.correct(historyOf(log.entries).edits);
 */
export class Correctable {
  readonly run: Run;
  /** Rows of each identity, before corrections. */
  readonly #rows: ReadonlyMap<number, Int32Array>;
  /** Position of each row's frame. */
  readonly #frames: Int32Array;
  readonly #highest: number;

  constructor(run: Run) {
    this.run = run;
    this.#rows = identitiesOf(run);
    this.#frames = framesOfRows(run);
    let highest = 0;
    for (const id of run.id) highest = Math.max(highest, id);
    // What the tracker called something is taken too: its decision log speaks of it.
    for (const id of run.joined) highest = Math.max(highest, id);
    this.#highest = highest;
  }

  /** An identity that nothing was ever called, in the run or in its log. */
  freeId(entries: readonly Entry[]): number {
    let highest = this.#highest;
    for (const entry of entries) if (entry.type === "split") highest = Math.max(highest, entry.new);
    return highest + 1;
  }

  /** @throws {RangeError} where one of them cannot be done. */
  correct(edits: readonly Edit[]): Corrected {
    const state: State = {
      ...{ run: this.run, frames: this.#frames },
      ...{ rows: new Map(this.#rows), names: namesOf(this.run), used: new Set<number>() },
    };
    edits.forEach((edit, i) => {
      try {
        this.#apply(edit, state);
      } catch (cause) {
        throw new RangeError(`Correction ${i + 1}: ${(cause as Error).message}`, { cause });
      }
    });
    const ids = new Float64Array(this.run.id.length);
    for (const [id, rows] of state.rows) for (const row of rows) ids[row] = id;
    return { ids, names: state.names };
  }

  /**
   * Does nothing but find out whether a log can go on so.
   *
   * @throws {RangeError} in words for whoever asked for it.
   */
  check(entries: readonly Entry[], next: Entry): void {
    if (next.type === "undo" || next.type === "redo") {
      const { edits, undone } = historyOf(entries);
      if ((next.type === "undo" ? edits : undone).length === 0)
        throw new RangeError(`There is nothing to ${next.type}`);
      return;
    }
    if (next.type === "split" && next.new < this.freeId(entries))
      throw new RangeError(`Cannot split ${next.id}: something was called ${next.new} before`);
    try {
      this.correct([...historyOf(entries).edits, next]);
    } catch (error) {
      throw (error as Error).cause ?? error;
    }
  }

  #apply(edit: Edit, state: State): void {
    if (edit.type === "merge") merge(edit.into, edit.ids, state);
    else if (edit.type === "split") {
      if (edit.new <= this.#highest || state.used.has(edit.new))
        throw new RangeError(`Cannot split ${edit.id}: something was called ${edit.new} before`);
      split(edit.id, edit.frame, edit.new, state);
    } else if (edit.type === "delete") remove(edit.id, edit.from, edit.to, state);
    else rename(edit.id, edit.name, state);
  }
}

const namesOf = ({ names = {} }: Run): Map<number, string> =>
  new Map(Object.entries(names).map(([id, name]) => [Number(id), name]));

interface State {
  readonly run: Run;
  readonly frames: Int32Array;
  readonly rows: Map<number, Int32Array>;
  readonly names: Map<number, string>;
  /** Identities that splitting made. */
  readonly used: Set<number>;
}

function rowsOf(id: number, { rows }: State): Int32Array {
  const found = rows.get(id);
  if (found) return found;
  throw new RangeError(`There is no identity ${id}`);
}

function merge(into: number, ids: readonly number[], state: State): void {
  let all = rowsOf(into, state);
  for (const id of ids) {
    if (id === into) throw new RangeError(`Cannot merge ${id} with itself`);
    all = joined(all, rowsOf(id, state), [into, id], state);
    const name = state.names.get(id);
    if (name !== undefined && !state.names.has(into)) state.names.set(into, name);
    state.names.delete(id);
    state.rows.delete(id);
  }
  state.rows.set(into, all);
}

/** Rows of two identities as those of one. What a detector saw is better than what was put there in its absence. */
function joined(
  a: Int32Array,
  b: Int32Array,
  [idA, idB]: readonly [number, number],
  { run, frames }: State,
): Int32Array {
  const all: number[] = [];
  const both: number[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const frameA = i < a.length ? frames[a[i]!]! : Number.POSITIVE_INFINITY;
    const frameB = j < b.length ? frames[b[j]!]! : Number.POSITIVE_INFINITY;
    if (frameA < frameB) all.push(a[i++]!);
    else if (frameB < frameA) all.push(b[j++]!);
    else {
      const [rowA, rowB] = [a[i++]!, b[j++]!];
      const isSeenA = (run.flags[rowA]! & PREDICTED) === 0;
      const isSeenB = (run.flags[rowB]! & PREDICTED) === 0;
      if (isSeenA === isSeenB) both.push(frameA);
      all.push(isSeenB ? rowB : rowA);
    }
  }
  if (both.length > 0)
    throw new RangeError(
      `Cannot merge ${idA} and ${idB}: both are there in ${spansOf(both, run)}; split or delete one of them there first`,
    );
  return Int32Array.from(all);
}

function split(id: number, frame: number, fresh: number, state: State): void {
  const rows = rowsOf(id, state);
  const at = firstFrom(rows, frame, state);
  if (at === 0 || at === rows.length)
    throw new RangeError(
      `Cannot split ${id} at frame ${frame}: expected a frame after its first and up to its last, ${spanOf(rows, state)}`,
    );
  state.rows.set(id, rows.slice(0, at));
  state.rows.set(fresh, rows.slice(at));
  state.used.add(fresh);
}

function remove(id: number, from = 0, to = Number.POSITIVE_INFINITY, state: State): void {
  const rows = rowsOf(id, state);
  const [first, end] = [firstFrom(rows, from, state), firstFrom(rows, to + 1, state)];
  if (first >= end)
    throw new RangeError(`Cannot delete ${id} there: it is in ${spanOf(rows, state)} and has no box there`);
  const left = [...rows.subarray(0, first), ...rows.subarray(end)];
  if (left.length > 0) {
    state.rows.set(id, Int32Array.from(left));
    return;
  }
  state.rows.delete(id);
  state.names.delete(id);
}

function rename(id: number, name: string, state: State): void {
  rowsOf(id, state);
  if (name === "") state.names.delete(id);
  else state.names.set(id, name);
}

/** Where the rows of a frame or a later one begin. */
function firstFrom(rows: Int32Array, frame: number, { run, frames }: State): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (run.index[frames[rows[middle]!]!]! < frame) low = middle + 1;
    else high = middle;
  }
  return low;
}

function spanOf(rows: Int32Array, { run, frames }: State): string {
  const [from, to] = [rows[0]!, rows.at(-1)!].map((row) => run.index[frames[row]!]!);
  return from === to ? `frame ${from}` : `frames ${from} to ${to}`;
}

/** Positions in a row of their own each, as people write them. */
function spansOf(positions: readonly number[], { index }: Run): string {
  const spans: [number, number][] = [];
  for (const at of positions) {
    const last = spans.at(-1);
    if (last && at === last[1] + 1) last[1] = at;
    else spans.push([at, at]);
  }
  const texts = spans
    .slice(0, NAMED)
    .map(([from, to]) => (from === to ? `${index[from]}` : `${index[from]} to ${index[to]}`));
  const more = spans.length - texts.length;
  const isOne = positions.length === 1;
  return `${isOne ? "frame" : "frames"} ${texts.join(", ")}${more > 0 ? ` and ${more} more stretches` : ""}`;
}
