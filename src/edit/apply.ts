/** Corrections applied: a run or its frames as they are after them. */
import type { Run } from "../report/run.js";
import type { FrameTracks, Track } from "../types.js";
import type { Corrected } from "./correct.js";

/**
 * The run with its corrected identities; rows are in the order of identities again.
 *
 * @example
 * const { edits } = historyOf(log.entries);
 * run = correctedRun(run, new Correctable(run).correct(edits));
 */
export function correctedRun({ names: _, ...run }: Run, { ids, names }: Corrected): Run {
  let rows = 0;
  for (const id of ids) if (id > 0) rows++;
  const made = {
    ...run,
    ...(names.size > 0 ? { names: Object.fromEntries(names) } : {}),
    start: new Int32Array(run.index.length + 1),
    id: new Float64Array(rows),
    box: new Int32Array(rows * 4),
    score: new Float32Array(rows),
    class: new Int32Array(rows),
    flags: new Uint8Array(rows),
    joined: new Float64Array(rows),
  };
  const order: number[] = [];
  let to = 0;
  for (let at = 0; at < run.index.length; at++) {
    order.length = 0;
    for (let row = run.start[at]!; row < run.start[at + 1]!; row++) if (ids[row]! > 0) order.push(row);
    order.sort((a, b) => ids[a]! - ids[b]!);
    for (const row of order) {
      made.id[to] = ids[row]!;
      for (let side = 0; side < 4; side++) made.box[to * 4 + side] = run.box[row * 4 + side]!;
      made.score[to] = run.score[row]!;
      made.class[to] = run.class[row]!;
      made.flags[to] = run.flags[row]!;
      made.joined[to] = joinedOf(run.id[row]!, run.joined[row]!, ids[row]!);
      to++;
    }
    made.start[at + 1] = to;
  }
  return made;
}

/** The same for frames, of which the run was made: rows are their tracks in order. */
export function correctedFrames(
  frames: readonly FrameTracks[],
  { ids }: Pick<Corrected, "ids">,
): FrameTracks[] {
  let row = 0;
  return frames.map((frame) => {
    const tracks: Track[] = [];
    for (const { joined: before = 0, ...track } of frame.tracks) {
      const id = ids[row++]!;
      if (id === 0) continue;
      const joined = joinedOf(track.id, before, id);
      tracks.push({ ...track, id, ...(joined > 0 ? { joined } : {}) });
    }
    return { ...frame, tracks: tracks.sort((a, b) => a.id - b.id) };
  });
}

/** What the tracker called it, where that is another number: its decision log is found by that. */
const joinedOf = (before: number, joined: number, now: number): number =>
  joined > 0 ? joined : now === before ? 0 : before;
