/**
 * Where nobody tells how the picture moved: people walk each their own way, so what the boxes of all of them do from one
 * frame to the next is the camera.
 */
import type { Affine, FrameTracks, Track } from "../types.js";
import { median } from "./_median.js";

/** As many must be seen in both frames. */
const fewest = 4;

export class Common {
  #last = new Map<number, Track>();

  /** How the picture moved since the frame before; undefined where too few tell. */
  see({ tracks }: FrameTracks): Affine | undefined {
    const before = this.#last;
    this.#last = new Map(tracks.map((track) => [track.id, track]));
    const both = tracks.flatMap((track) => {
      const last = before.get(track.id);
      return last ? [[last.box, track.box] as const] : [];
    });
    if (both.length < fewest) return undefined;
    const shift = (k: 0 | 1): number =>
      median(both.map(([a, b]) => (b[k] + b[k + 2]! - a[k] - a[k + 2]!) / 2));
    return [1, 0, shift(0), 0, 1, shift(1)];
  }
}
