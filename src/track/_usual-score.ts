/**
 * What a score means differs from detector to detector: one gives a person in plain sight 0.95, another 0.65. So
 * scores are taken as shares of the usual one.
 */

/** One detection of this score is believed in before anything is seen. */
const prior = { score: 0.85, weight: 1 } as const;

/** The score that a detector gives to what it is sure of, learnt as frames go by. */
export class UsualScore {
  /** Sums of squares and cubes of all scores: their ratio is hardly moved by any number of weak ones. */
  sums = Float64Array.of(prior.weight * prior.score ** 5, prior.weight * prior.score ** 6);

  /** Takes note of a frame's scores; what is not above 0 tells nothing. */
  add(scores: Float64Array, count: number): void {
    const { sums } = this;
    for (let i = 0; i < count; i++) {
      const score = scores[i];
      if (!(score > 0)) continue;
      sums[0] += score ** 5;
      sums[1] += score ** 6;
    }
  }

  get value(): number {
    return this.sums[1] / this.sums[0];
  }
}
