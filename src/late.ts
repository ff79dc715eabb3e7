/**
 * Frames that wait until nothing more can be said of them, for trackers that believe in an identity only after some
 * frames and then tell where it was in those.
 */
import type { FrameTracks, Track } from "./types.js";

/**
 * A queue of the last frames. Late tracks find their place in it; a frame that is older than the tracker's delay is done.
 *
 * @example
 * const held = new HeldFrames(tracker.delay);
 * for (const { index, time, detections } of frames) {
 *   const tracks = tracker.update(detections, { onLate: held.onLate });
 *   for (const done of held.push({ index, time, tracks })) console.log(done.tracks.length);
 * }
 * for (const done of held.take()) console.log(done.tracks.length);
 */
export class HeldFrames {
  readonly #delay: number;
  readonly #frames: FrameTracks[];

  /**
   * @param delay frames by which late tracks reach back at most
   * @param frames those that waited when an earlier run was left
   */
  constructor(delay = 0, frames: readonly FrameTracks[] = []) {
    this.#delay = delay;
    this.#frames = [...frames];
  }

  /** The frames that wait, in order. */
  get frames(): readonly FrameTracks[] {
    return this.#frames;
  }

  /** Takes a track of `ago` frames before the one that is pushed next. What is gone already stays as it is. */
  readonly onLate = (track: Track, ago: number): void => {
    const at = this.#frames.length - ago;
    const frame = this.#frames[at];
    if (!frame) return;
    const tracks = [...frame.tracks, track].sort((a, b) => a.id - b.id);
    this.#frames[at] = { ...frame, tracks };
  };

  /** Takes the newest frame. @returns those that are done, the oldest first */
  push(frame: FrameTracks): FrameTracks[] {
    this.#frames.push(frame);
    return this.#frames.splice(0, Math.max(0, this.#frames.length - this.#delay));
  }

  /** The frames that still wait, after the last one: nothing waits then. */
  take(): FrameTracks[] {
    return this.#frames.splice(0);
  }
}
