/** Which pictures stand for an identity: some of those in which it was seen, evenly spread over its life. */
import type { Box, FrameTracks, Track } from "../types.js";

/** One identity in a frame that is wanted. */
export interface Picked {
  readonly id: number;
  readonly box: Box;
}

export interface PickOptions {
  /** Pictures of each identity at most. */
  readonly most: number;
  /** Frames that may be taken. @default all */
  readonly within?: (frame: FrameTracks) => boolean;
  /**
   * Takes the one that is seen best in each stretch instead of its middle, and of frames whose index is a multiple of this where
   * there are some: identities then share frames.
   */
  readonly best?: { readonly multipleOf: (frames: number) => number };
}

/** What is wanted of each frame, by its index, and how many pictures of each identity that makes. */
export interface Picks {
  readonly wanted: ReadonlyMap<number, readonly Picked[]>;
  readonly counts: ReadonlyMap<number, number>;
}

interface Place {
  readonly index: number;
  readonly box: Box;
  /** How well it is seen: the score of the part that nobody stands before. */
  readonly seen: number;
}

/** Chooses pictures. Boxes that were put between others, or predicted, were not seen. */
export function pickPictures(
  frames: readonly FrameTracks[],
  { most, within = () => true, best }: PickOptions,
): Picks {
  // Formats that know of no detections do not tell what was predicted.
  const tells = frames.some(({ tracks }) => tracks.some(({ detection }) => detection >= 0));
  const seen = new Map<number, Place[]>();
  for (const frame of [...frames].sort((a, b) => a.index - b.index)) {
    if (!within(frame)) continue;
    for (const track of frame.tracks) {
      const { id, box, score, detection, interpolated } = track;
      if (interpolated || (tells && detection === -1)) continue;
      const places = seen.get(id) ?? [];
      seen.set(id, places);
      places.push({
        index: frame.index,
        box,
        seen: best ? score * (1 - hiddenPart(track, frame.tracks)) : 0,
      });
    }
  }
  const wanted = new Map<number, Picked[]>();
  const counts = new Map<number, number>();
  for (const [id, places] of seen) {
    const count = Math.min(most, places.length);
    counts.set(id, count);
    const life = places.at(-1)!.index - places[0]!.index + 1;
    for (let i = 0; i < count; i++) {
      const { index, box } = best
        ? bestOf(
            places.slice(
              Math.floor((i * places.length) / count),
              Math.floor(((i + 1) * places.length) / count),
            ),
            best.multipleOf(life),
          )
        : places[Math.floor(((i + 0.5) * places.length) / count)]!;
      const picked = wanted.get(index) ?? [];
      wanted.set(index, picked);
      picked.push({ id, box });
    }
  }
  return { wanted, counts };
}

function bestOf(places: readonly Place[], multiple: number): Place {
  const shared = places.filter(({ index }) => index % multiple === 0);
  return (shared.length > 0 ? shared : places).reduce((a, b) => (b.seen > a.seen ? b : a));
}

/** The part of a box behind the one that hides the most of it: who is nearer stands lower. */
function hiddenPart({ id, box }: Track, others: readonly Track[]): number {
  const area = (box[2] - box[0]) * (box[3] - box[1]);
  let most = 0;
  for (const other of others) {
    if (other.id === id || other.box[3] <= box[3]) continue;
    const width = Math.min(box[2], other.box[2]) - Math.max(box[0], other.box[0]);
    const height = Math.min(box[3], other.box[3]) - Math.max(box[1], other.box[1]);
    if (width > 0 && height > 0) most = Math.max(most, Math.min(1, (width * height) / area));
  }
  return most;
}
