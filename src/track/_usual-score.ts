/**
 * What a score means differs from detector to detector: one gives a person in plain sight 0.95, another 0.65. So
 * scores are taken as shares of the usual one. Others give margins, which have no upper end: of those the logistic
 * function makes what can be taken as a share.
 */

/** One detection of this score is believed in before anything is seen. */
const prior = { score: 0.85, weight: 1 } as const;

const atFirst = () => Float64Array.of(prior.weight * prior.score ** 5, prior.weight * prior.score ** 6);

/** The score that a detector gives to what it is sure of, learnt as frames go by. */
export class UsualScore {
  /** Sums of powers five and six of all scores: their ratio is hardly moved by any number of weak ones. */
  #sums = atFirst();
  /** A score below 0 was seen: they are margins. */
  #areMargins = false;

  /** Takes note of a frame's scores; 0 tells nothing. */
  add(scores: Float64Array, count: number): void {
    for (let i = 0; i < count && !this.#areMargins; i++) {
      if (scores[i] >= 0) continue;
      this.#areMargins = true;
      this.#sums = atFirst();
    }
    const sums = this.#sums;
    for (let i = 0; i < count; i++) {
      const score = this.bounded(scores[i]);
      if (!(score > 0)) continue;
      sums[0] += score ** 5;
      sums[1] += score ** 6;
    }
  }

  /** The usual score, as `bounded` gives them. */
  get value(): number {
    return this.#sums[1] / this.#sums[0];
  }

  /** What of a score can be compared with the usual one and summed up: itself, or from 0 to 1 that of a margin. */
  bounded(score: number): number {
    return this.#areMargins ? 1 / (1 + Math.exp(-score)) : score;
  }

  /** The score, as the detector gives them, that is this share of the usual one. */
  at(share: number): number {
    const score = share * this.value;
    if (!this.#areMargins) return score;
    return score <= 0
      ? Number.NEGATIVE_INFINITY
      : score >= 1
        ? Number.POSITIVE_INFINITY
        : Math.log(score / (1 - score));
  }

  save(): Float64Array {
    return Float64Array.of(...this.#sums, this.#areMargins ? 1 : 0);
  }

  /** @param saved three numbers */
  restore(saved: Float64Array): void {
    this.#sums = saved.slice(0, 2);
    this.#areMargins = saved[2] === 1;
  }
}
