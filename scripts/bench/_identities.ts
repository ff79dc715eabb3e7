import { grown } from "../../src/math/grown.js";

/** Watches that no identity comes back after it has ended. */
export class Identities {
  readonly #longest: number;
  /** One more than the frame in which each was seen last; 0 for those that were not seen. Room for a day from the start. */
  #last = new Float64Array(2 ** 20);
  #count = 0;
  #reused = 0;

  /** @param longest frames for which an identity may be gone and come back */
  constructor(longest: number) {
    this.#longest = longest;
  }

  see(id: number, frame: number): void {
    if (id >= this.#last.length) this.#last = grown(this.#last, id + 1);
    const before = this.#last[id]! - 1;
    if (before < 0) this.#count++;
    else if (frame <= before || frame - before > this.#longest + 1) this.#reused++;
    this.#last[id] = frame + 1;
  }

  /** How many there were. */
  get count(): number {
    return this.#count;
  }

  /** How often one was there twice in a frame, or again after its end. */
  get reused(): number {
    return this.#reused;
  }
}
