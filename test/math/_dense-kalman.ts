import { CholeskyDecomposition, inverse, Matrix } from "ml-matrix";

export interface Noise {
  readonly process: Matrix;
  readonly measurement: Matrix;
}

/**
 * The Kalman filter as the textbook has it, with whole matrices: the oracle of the ones on flat columns. The
 * covariance is corrected in Joseph's form.
 */
export class DenseKalman {
  #mean: Matrix;
  #covariance: Matrix;
  readonly #f: Matrix;
  readonly #h: Matrix;
  readonly #noise: Noise;

  constructor(start: {
    readonly transition: Matrix;
    readonly observation: Matrix;
    readonly process: Matrix;
    readonly measurement: Matrix;
    readonly mean: readonly number[];
    readonly covariance: Matrix;
  }) {
    this.#f = start.transition;
    this.#h = start.observation;
    this.#noise = start;
    this.#mean = Matrix.columnVector([...start.mean]);
    this.#covariance = start.covariance;
  }

  get mean(): number[] {
    return this.#mean.to1DArray();
  }

  get covariance(): Matrix {
    return this.#covariance;
  }

  predict({ process }: Pick<Noise, "process"> = this.#noise): void {
    this.#mean = this.#f.mmul(this.#mean);
    this.#covariance = this.#f.mmul(this.#covariance).mmul(this.#f.transpose()).add(process);
  }

  correct(z: readonly number[], measurement: Matrix = this.#noise.measurement): void {
    const ht = this.#h.transpose();
    const s = this.#h.mmul(this.#covariance).mmul(ht).add(measurement);
    const gain = this.#covariance.mmul(ht).mmul(inverse(s));
    const error = Matrix.columnVector([...z]).sub(this.#h.mmul(this.#mean));
    this.#mean = this.#mean.clone().add(gain.mmul(error));
    const rest = Matrix.eye(this.#covariance.rows, this.#covariance.rows).sub(gain.mmul(this.#h));
    this.#covariance = rest
      .mmul(this.#covariance)
      .mmul(rest.transpose())
      .add(gain.mmul(measurement).mmul(gain.transpose()));
  }

  /** Squared Mahalanobis distance of a measurement. */
  distance(z: readonly number[], measurement: Matrix = this.#noise.measurement): number {
    const s = this.#h.mmul(this.#covariance).mmul(this.#h.transpose()).add(measurement);
    const error = Matrix.columnVector([...z]).sub(this.#h.mmul(this.#mean));
    const solved = new CholeskyDecomposition(s).solve(error);
    return error.transpose().mmul(solved).get(0, 0);
  }
}
