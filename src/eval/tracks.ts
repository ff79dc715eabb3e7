/** Our own tracks as input for scores, and files of different length side by side. */
import type { FrameTracks } from "../types.js";
import { rowWidth } from "./_layout.js";
import { sortRows } from "./_rows.js";
import type { Boxes } from "./sequence.js";

/**
 * Tracks that were read from any of our formats, or that were just made.
 *
 * @param name stands in messages.
 * @param length frames in the sequence. @default the last frame plus one
 * @throws {SyntaxError} a frame outside the sequence, or an identity twice in a frame.
 */
export function fromTracks(frames: readonly FrameTracks[], name: string, length?: number): Boxes {
  const count = frames.reduce((sum, frame) => sum + frame.tracks.length, 0);
  const values = new Float64Array(rowWidth * count);
  let v = 0;
  let last = -1;
  for (const { index, tracks } of frames) {
    last = Math.max(last, index);
    for (const track of tracks) {
      values.set([index, track.id, ...track.box, track.score, track.class], v);
      v += rowWidth;
    }
  }
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    const [frame, id] = values.subarray(i - (i % rowWidth));
    throw new SyntaxError(
      `Cannot use "${name}": track ${id} in frame ${frame} has a number that is not finite`,
    );
  }
  return sortRows(
    { count, values, lines: new Int32Array(count) },
    { name, length: length ?? last + 1, firstFrame: 0, kind: "results" },
  );
}

/** The same boxes in a sequence of `frames` frames, which must not be shorter. */
export function lengthened(boxes: Boxes, frames: number): Boxes {
  if (frames < boxes.frames) {
    throw new RangeError(`Cannot shorten "${boxes.name}" from ${boxes.frames} to ${frames} frames`);
  }
  const starts = new Int32Array(frames + 1).fill(boxes.count);
  starts.set(boxes.starts);
  return { ...boxes, frames, starts };
}
