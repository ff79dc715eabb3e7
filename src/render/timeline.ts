/**
 * What is to be seen in each frame of a video, from tracks that may skip frames.
 */
import type { Box, FrameTracks, Track } from "../types.js";

/** One identity in one frame. */
export interface Shown {
  readonly id: number;
  readonly box: Box;
  readonly class: number;
  /** Undefined between two frames that were tracked. */
  readonly score: number | undefined;
  /** The box was not seen here: put between two others, or predicted. */
  readonly guessed: boolean;
}

/** An identity between two frames in which it is. */
interface Gap {
  readonly from: number;
  readonly to: number;
  readonly first: Track;
  readonly last: Track;
  /** Before its first frame, or after its last. */
  readonly isEdge?: boolean;
}

/**
 * Tracks, frame by frame, in order. Where an identity is missing for a while its box moves in a straight line between the
 * two that are there.
 *
 * @throws {RangeError} from the constructor, for two boxes of one identity in one frame.
 */
export class Timeline {
  /** Frames from one that was tracked to the next: 1, or what `--every` said. */
  readonly step: number;
  /** One more than the last frame that is named. */
  readonly length: number;
  readonly #frames = new Map<number, FrameTracks>();
  /** In the order in which they begin. */
  readonly #gaps: Gap[] = [];
  #next = 0;
  #open: Gap[] = [];

  /**
   * @param longest gap that is bridged, in frames; a file that skips frames has gaps everywhere, which are always bridged.
   * A quarter of it is added before the first and after the last frame of each identity.
   */
  constructor(frames: readonly FrameTracks[], longest = 0) {
    const sorted = [...frames].sort((a, b) => a.index - b.index);
    let step = Number.POSITIVE_INFINITY;
    const seen = new Map<number, { index: number; track: Track }>();
    const gaps: Gap[] = [];
    const hold = Math.round(longest / 4);
    for (const [i, frame] of sorted.entries()) {
      if (i > 0 && frame.index > sorted[i - 1]!.index)
        step = Math.min(step, frame.index - sorted[i - 1]!.index);
      const before = this.#frames.get(frame.index);
      this.#frames.set(
        frame.index,
        before ? { ...frame, tracks: [...before.tracks, ...frame.tracks] } : frame,
      );
      for (const track of frame.tracks) {
        const last = seen.get(track.id);
        if (last?.index === frame.index)
          throw new RangeError(`identity ${track.id} is twice in frame ${frame.index}`);
        if (!last && hold > 0)
          gaps.push({ from: frame.index - hold, to: frame.index, first: track, last: track, isEdge: true });
        if (last && frame.index - last.index > 1)
          gaps.push({ from: last.index, to: frame.index, first: last.track, last: track });
        seen.set(track.id, { index: frame.index, track });
      }
    }
    if (hold > 0)
      for (const { index, track } of seen.values())
        gaps.push({ from: index, to: index + hold, first: track, last: track, isEdge: true });
    this.step = Number.isFinite(step) ? step : 1;
    this.length = (sorted.at(-1)?.index ?? -1) + 1;
    const most = Math.max(longest, this.step);
    this.#gaps = gaps.filter(({ from, to }) => to - from <= most).sort((a, b) => a.from - b.from);
  }

  /** The time of a frame as the file has it. */
  timeOf(index: number): number | undefined {
    return this.#frames.get(index)?.time;
  }

  /** Who is in a frame, ordered by id. Frames are asked for in order; some may be left out. */
  at(index: number): { readonly shown: readonly Shown[]; readonly bridged: readonly Shown[] } {
    while (this.#next < this.#gaps.length && this.#gaps[this.#next]!.from < index)
      this.#open.push(this.#gaps[this.#next++]!);
    this.#open = this.#open.filter(({ to }) => to > index);
    const shown = (this.#frames.get(index)?.tracks ?? []).map(
      ({ id, box, class: c, score, detection, interpolated }): Shown => ({
        ...{ id, box, class: c, score },
        guessed: interpolated === true || detection === -1,
      }),
    );
    const bridged: Shown[] = [];
    for (const { from, to, first, last, isEdge } of this.#open) {
      const part = (index - from) / (to - from);
      const box = first.box.map((side, i) => side + (last.box[i]! - side) * part) as unknown as Box;
      const between = { id: first.id, box, class: first.class, score: undefined, guessed: true };
      // Of frames that were not tracked nobody said that the identity is gone.
      (to - from <= this.step && !isEdge ? shown : bridged).push(between);
    }
    return { shown: shown.sort((a, b) => a.id - b.id), bridged };
  }
}
