/** Whether people are seen to stand in a recording: only then may somebody who was hidden be looked for where he stood. */
import type { Track } from "../types.js";

/** Seconds after which it is looked where somebody is. */
const later = 2;
/** He stood who is not further off than this, in heights, and as tall as before up to this share. */
const near = 0.15;
/** The share of those looked at that must have stood, and how many of them are taken on trust to have walked. */
const usual = 0.3;
const trusted = 2;

/** Looks at everybody now and then. */
export class Standing {
  readonly #earlier = new Map<number, readonly [frame: number, x: number, y: number, h: number]>();
  #looks = 0;
  #stood = 0;

  /** @param rate frames per second */
  see(frame: number, rate: number, tracks: readonly Track[]): void {
    const wait = Math.max(1, Math.round(later * rate));
    for (const { id, box } of tracks) {
      const earlier = this.#earlier.get(id);
      if (earlier && frame - earlier[0] < wait) continue;
      const [x, y, h] = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2, box[3] - box[1]];
      this.#earlier.set(id, [frame, x, y, h]);
      // Those who were out of sight tell nothing of those who are.
      if (!earlier || frame - earlier[0] > 1.5 * wait) continue;
      this.#looks++;
      const [, x0, y0, h0] = earlier;
      if (Math.hypot(x - x0, y - y0) < near * h0 && Math.abs(Math.log(h / h0)) < near) this.#stood++;
    }
  }

  get isUsual(): boolean {
    return this.#stood >= usual * (this.#looks + trusted);
  }
}
