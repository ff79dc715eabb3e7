/**
 * A metric of looks, learnt from the recording without labels. How one object varies from moment to moment says nothing
 * of who it is: with that variation made equal in all directions, angles tell objects apart as well as Fisher's linear
 * discriminants do when none is dropped. A. Hatch, S. Kajarekar, A. Stolcke, "Within-class covariance normalization for
 * SVM-based speaker recognition", Interspeech 2006. The covariance is shrunk towards equal variances as far as the
 * number of examples asks for: O. Ledoit, M. Wolf, "A well-conditioned estimator for large-dimensional covariance
 * matrices", Journal of Multivariate Analysis 88 (2004), section 3.
 */
import { CholeskyDecomposition, Matrix } from "ml-matrix";

/** Share of equal variances at least: looks that follow each other are alike, and fewer examples than they count as. */
const least = 0.5;
/** As many differences must have been seen before anything is learnt from them. */
const enough = 64;
/** Of longer vectors nothing is learnt: memory is the square. */
export const longest = 1024;

/** Takes a vector to where Euclidean angles are those of the metric. */
export type Metric = (vector: Float64Array) => Float64Array;

/** What was learnt of one recording. */
export interface Metrics {
  /** From all tracks. */
  readonly all: Metric;
  /** From those with an odd id, for those with an even one, and the other way round. */
  readonly without: readonly [even: Metric, odd: Metric];
}

/** How looks of one object differ. Memory is the square of their length. */
export class Variation {
  readonly #length: number;
  readonly #halves: readonly [Covariance, Covariance];

  constructor(length: number) {
    this.#length = length;
    this.#halves = [new Covariance(length), new Covariance(length)];
  }

  /** Takes a difference of two looks of a track, of finite numbers, scaled to the variance of one look. */
  add(track: number, difference: Float64Array): void {
    this.#halves[track & 1].add(difference);
  }

  /** @returns undefined where there is too little to learn from */
  metrics(): Metrics | undefined {
    const [even, odd] = this.#halves;
    if (even.count < enough || odd.count < enough) return undefined;
    const both = new Covariance(this.#length);
    both.addAll(even);
    both.addAll(odd);
    const [all, withoutEven, withoutOdd] = [both, odd, even].map(whitening);
    if (!all || !withoutEven || !withoutOdd) return undefined;
    return { all, without: [withoutEven, withoutOdd] };
  }
}

/** Sums for a covariance around zero: the lower triangle, row by row. */
export class Covariance {
  readonly length: number;
  readonly products: Float64Array;
  /** Sum of the squared norms, squared. */
  fourth = 0;
  count = 0;

  constructor(length: number) {
    this.length = length;
    this.products = new Float64Array((length * (length + 1)) / 2);
  }

  add(vector: Float64Array): void {
    const { length, products } = this;
    let norm = 0;
    for (let i = 0, at = 0; i < length; i++) {
      const v = vector[i];
      norm += v * v;
      for (let j = 0; j <= i; j++) products[at++] += v * vector[j];
    }
    this.fourth += norm * norm;
    this.count++;
  }

  addAll({ products, fourth, count }: Covariance): void {
    for (let i = 0; i < products.length; i++) this.products[i] += products[i];
    this.fourth += fourth;
    this.count += count;
  }

  /** The covariance as far as it can be believed; undefined where nothing varies. */
  shrunk(): Matrix | undefined {
    const { length, products, count } = this;
    const matrix = new Matrix(length, length);
    let trace = 0;
    let squares = 0;
    for (let i = 0, at = 0; i < length; i++)
      for (let j = 0; j <= i; j++) {
        const value = products[at++] / count;
        matrix.set(i, j, value);
        matrix.set(j, i, value);
        squares += i === j ? value ** 2 : 2 * value ** 2;
        if (i === j) trace += value;
      }
    const equal = trace / length;
    if (!(equal > 0 && Number.isFinite(squares))) return undefined;
    // Lemmas 3.2 to 3.4: how far it lies from equal variances, and how much of that is chance.
    const unequal = squares - length * equal ** 2;
    const chance = (this.fourth / count - squares) / count;
    const share = unequal > 0 ? Math.min(1, Math.max(least, chance / unequal)) : 1;
    return matrix.mul(1 - share).add(Matrix.eye(length, length, share * equal));
  }
}

/** @returns undefined where the covariance has no inverse */
function whitening(covariance: Covariance): Metric | undefined {
  const matrix = covariance.shrunk();
  const cholesky = matrix && new CholeskyDecomposition(matrix);
  if (!cholesky?.isPositiveDefinite()) return undefined;
  const rows = cholesky.lowerTriangularMatrix.to2DArray();
  return (vector) => {
    const white = new Float64Array(vector.length);
    for (let i = 0; i < white.length; i++) {
      const row = rows[i];
      let rest = vector[i];
      for (let j = 0; j < i; j++) rest -= row[j] * white[j];
      white[i] = rest / row[i];
    }
    return white;
  };
}
