/**
 * How much a cosine distance speaks for one object rather than two, learnt from the video itself: boxes that one track
 * had one after the other are the same, tracks seen at one time are different. An embedder that cannot tell people
 * apart here is not believed, whatever its distances are like elsewhere.
 */

/** As many of both kinds must have been seen before anything is said. */
const enough = 30;
/** The last so many of each kind count. */
const memory = 2000;
/** Variances are at least this, so that a few equal distances are no certainty. */
const smallest = 1e-4;
/** A log likelihood ratio of this is full certainty. */
const certain = 4;

const [N, MEAN, VARIANCE] = [0, 1, 2];

/** Two normal distributions of distances. */
export class Likeness {
  /** Count, mean and variance of the distances within one object. */
  same = new Float64Array(3);
  /** The same between two objects. */
  different = new Float64Array(3);

  learn(of: "same" | "different", distance: number): void {
    const kind = this[of];
    kind[N]++;
    const share = Math.max(1 / kind[N], 1 / memory);
    const error = distance - kind[MEAN];
    kind[MEAN] += share * error;
    kind[VARIANCE] = (1 - share) * (kind[VARIANCE] + share * error * error);
  }

  get isReady(): boolean {
    return this.same[N] >= enough && this.different[N] >= enough;
  }

  /** -1 for certainly two, 1 for certainly one, 0 where nothing can be said. */
  of(distance: number): number {
    if (!this.isReady) return 0;
    const nearer = this.same[MEAN];
    const farther = this.different[MEAN];
    // Two bells cross a second time in their tails; beyond the means nothing turns round.
    const clamped = Math.max(distance, nearer);
    const ratio = logDensity(this.same, clamped) - logDensity(this.different, clamped);
    if (distance <= nearer) return Math.min(1, Math.max(0, ratio / certain));
    return Math.max(-1, Math.min(distance >= farther ? 0 : 1, ratio / certain));
  }
}

function logDensity(kind: Float64Array, distance: number): number {
  const variance = Math.max(smallest, kind[VARIANCE]);
  return -((distance - kind[MEAN]) ** 2) / (2 * variance) - Math.log(variance) / 2;
}
