import { Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { DeepSortKalman } from "../../src/math/kalman-deepsort.js";
import { SortKalman } from "../../src/math/kalman-sort.js";
import { random } from "../_random.js";
import { DenseKalman } from "./_dense-kalman.js";

const diagonal = (values: readonly number[]) => Matrix.diag([...values]);

/** Constant velocity: `measured` quantities, of which the first `moving` have a velocity. */
function model(measured: number, moving: number) {
  const n = measured + moving;
  const transition = Matrix.eye(n, n);
  for (let k = 0; k < moving; k++) transition.set(k, measured + k, 1);
  return { transition, observation: Matrix.eye(measured, n) };
}

/** The 7 x 7 covariance that SortKalman keeps as seven numbers. */
function sortCovariance(filter: SortKalman, slot: number): Matrix {
  const c = filter.cov.subarray(7 * slot, 7 * slot + 7);
  const p = Matrix.zeros(7, 7);
  for (const [k, at] of [
    [0, 0],
    [1, 0],
    [2, 3],
  ]) {
    p.set(k, k, c[at]);
    p.set(k, k + 4, c[at + 1]);
    p.set(k + 4, k, c[at + 1]);
    p.set(k + 4, k + 4, c[at + 2]);
  }
  p.set(3, 3, c[6]);
  return p;
}

/** The 8 x 8 covariance that DeepSortKalman keeps as six numbers. */
function deepSortCovariance(filter: DeepSortKalman, slot: number): Matrix {
  const c = filter.cov.subarray(6 * slot, 6 * slot + 6);
  const p = Matrix.zeros(8, 8);
  for (const [k, at] of [
    [0, 0],
    [1, 0],
    [2, 3],
    [3, 0],
  ]) {
    p.set(k, k, c[at]);
    p.set(k, k + 4, c[at + 1]);
    p.set(k + 4, k, c[at + 1]);
    p.set(k + 4, k + 4, c[at + 2]);
  }
  return p;
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, digits: number) {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  for (let k = 0; k < expected.length; k++)
    worst = Math.max(worst, Math.abs(actual[k] - expected[k]) / Math.max(1, Math.abs(expected[k])));
  expect(worst).toBeLessThan(10 ** -digits);
}

function isPositive(p: Matrix): boolean {
  const measured = 4;
  for (let i = 0; i < p.rows; i++) {
    if (!(p.get(i, i) > 0)) return false;
    for (let j = 0; j < i; j++) if (p.get(i, j) !== p.get(j, i)) return false;
    const v = i + measured;
    if (v < p.rows && !(p.get(i, i) * p.get(v, v) > p.get(i, v) ** 2)) return false;
  }
  return true;
}

describe("SORT's Kalman filter", () => {
  it("gives the published numbers", () => {
    const filter = new SortKalman();
    filter.reserve(1);
    filter.start(0, 30, 60, 3200, 0.5);
    filter.predict(0);
    const p1 = sortCovariance(filter, 0);
    expectClose(p1.diagonal(), [10011, 10011, 10011, 11, 10000.01, 10000.01, 10000.0001], 12);
    expect(p1.get(0, 4)).toBe(10000);
    filter.correct(0, 32.5, 62, 41 * 82, 41 / 82);
    expectClose(
      filter.mean.subarray(0, 7),
      [32.4997503, 61.99980024, 3361.83833949, 0.5, 2.4970036, 1.99760288, 161.66051292],
      8,
    );
    expectClose(
      sortCovariance(filter, 0).diagonal(),
      [0.99990012, 0.99990012, 9.99002096, 5.23809524, 11.99561726, 11.99561726, 20.95609242],
      8,
    );
  });

  it("equals the dense filter of the textbook over 200 steps with misses", () => {
    const { transition, observation } = model(4, 3);
    const dense = new DenseKalman({
      transition,
      observation,
      process: diagonal([1, 1, 1, 1, 0.01, 0.01, 1e-4]),
      measurement: diagonal([1, 1, 10, 10]),
      mean: [300, 200, 5000, 0.4, 0, 0, 0],
      covariance: diagonal([10, 10, 10, 10, 1e4, 1e4, 1e4]),
    });
    const filter = new SortKalman();
    filter.reserve(3);
    filter.start(2, 300, 200, 5000, 0.4); // not in slot 0: slots do not disturb each other
    filter.start(1, 1, 1, 1, 1);
    const next = random(3);
    for (let step = 0; step < 200; step++) {
      dense.predict();
      filter.predict(2);
      filter.predict(1);
      if (next() < 0.8) {
        const z = [
          300 + 4 * step + 3 * next(),
          200 - 2 * step + 3 * next(),
          5000 + 10 * step + 200 * next(),
          0.4 + 0.05 * next(),
        ] as const;
        dense.correct(z);
        filter.correct(2, ...z);
      }
      expectClose(filter.mean.subarray(14, 21), dense.mean, 9);
      expectClose(sortCovariance(filter, 2).to1DArray(), dense.covariance.to1DArray(), 9);
    }
  });

  it("lets an area stand still that would become negative", () => {
    const filter = new SortKalman();
    filter.reserve(1);
    filter.start(0, 0, 0, 10000, 1);
    filter.predict(0);
    filter.correct(0, 0, 0, 100, 1);
    for (let step = 0; step < 50; step++) {
      filter.predict(0);
      expect(filter.mean[2]).toBeGreaterThan(0);
    }
  });
});

describe("DeepSORT's Kalman filter", () => {
  it("gives the published numbers", () => {
    const filter = new DeepSortKalman();
    filter.reserve(1);
    filter.start(0, 100, 200, 0.5, 80);
    expectClose(deepSortCovariance(filter, 0).diagonal(), [64, 64, 1e-4, 64, 25, 25, 1e-10, 25], 14);
    filter.predict(0);
    const p1 = deepSortCovariance(filter, 0);
    expectClose(p1.diagonal(), [105, 105, 0.0002000001, 105, 25.25, 25.25, 2e-10, 25.25], 14);
    expectClose([p1.get(0, 4), p1.get(2, 6)], [25, 1e-10], 14);
    expectClose([filter.spread(0), filter.aspectSpread(0)], [121, 0.0102000001], 14);
    expectClose(
      [
        filter.distance(0, 104, 203, 0.52, 82),
        filter.distance(0, 100, 200, 0.5, 80),
        filter.distance(0, 130, 200, 0.5, 80),
        filter.distance(0, 100, 200, 0.5, 110),
      ],
      [0.27888511, 0, 7.43801653, 7.43801653],
      8,
    );
    filter.correct(0, 104, 203, 0.52, 82);
    expectClose(
      filter.mean.subarray(0, 8),
      [103.47107438, 202.60330579, 0.50039216, 81.73553719, 0.82644628, 0.61983471, 0, 0.41322314],
      8,
    );
    const p2 = deepSortCovariance(filter, 0);
    expectClose(
      p2.diagonal(),
      [
        13.8842975207, 13.8842975207, 0.0001960785, 13.8842975207, 20.0847107438, 20.0847107438, 2e-10,
        20.0847107438,
      ],
      10,
    );
    expect(p2.get(0, 4)).toBeCloseTo(3.305785124, 9);
    filter.predict(0);
    expectClose(
      filter.mean.subarray(0, 8),
      [104.29752066, 203.2231405, 0.50039216, 82.14876033, 0.82644628, 0.61983471, 0, 0.41322314],
      8,
    );
    expectClose(
      deepSortCovariance(filter, 0).diagonal(),
      [
        57.2823236118, 57.2823236118, 0.0002960789, 57.2823236118, 20.345675511, 20.345675511, 3e-10,
        20.345675511,
      ],
      10,
    );
  });

  it("equals the dense filter of the textbook over 200 steps with misses, and its distance by Cholesky", () => {
    const { transition, observation } = model(4, 4);
    const noise = (h: number) => {
      const p = (h / 20) ** 2;
      const v = (h / 160) ** 2;
      return {
        process: diagonal([p, p, 1e-4, p, v, v, 1e-10, v]),
        measurement: diagonal([p, p, 1e-2, p]),
      };
    };
    const h0 = 120;
    const dense = new DenseKalman({
      transition,
      observation,
      ...noise(h0),
      mean: [300, 200, 0.4, h0, 0, 0, 0, 0],
      covariance: diagonal([144, 144, 1e-4, 144, 56.25, 56.25, 1e-10, 56.25]),
    });
    const filter = new DeepSortKalman();
    filter.reserve(2);
    filter.start(1, 300, 200, 0.4, h0);
    const next = random(4);
    for (let step = 0; step < 200; step++) {
      dense.predict(noise(dense.mean[3]));
      filter.predict(1);
      const z = [
        300 + 4 * step + 9 * next(),
        200 - 2 * step + 9 * next(),
        0.4 + 0.05 * next(),
        120 + 0.3 * step + 9 * next(),
      ] as const;
      const { measurement } = noise(dense.mean[3]);
      expectClose([filter.distance(1, ...z)], [dense.distance(z, measurement)], 9);
      if (next() < 0.8) {
        dense.correct(z, measurement);
        filter.correct(1, ...z);
      }
      expectClose(filter.mean.subarray(8, 16), dense.mean, 9);
      expectClose(deepSortCovariance(filter, 1).to1DArray(), dense.covariance.to1DArray(), 9);
    }
  });

  it("goes as far in one step of two frames as in two steps of one", () => {
    const filter = new DeepSortKalman();
    filter.reserve(2);
    for (const slot of [0, 1]) {
      filter.start(slot, 10, 20, 0.5, 80);
      filter.predict(slot);
      filter.correct(slot, 14, 26, 0.5, 81);
    }
    filter.predict(0);
    filter.predict(0);
    filter.predict(1, 2);
    expectClose(filter.mean.subarray(8, 16), filter.mean.subarray(0, 8), 12);
  });
});

describe("both Kalman filters", () => {
  it("keep their covariances symmetric and positive, whatever happens", () => {
    const next = random(8);
    for (let round = 0; round < 50; round++) {
      const sort = new SortKalman();
      const deep = new DeepSortKalman();
      sort.reserve(1);
      deep.reserve(1);
      const size = 10 ** (6 * next() - 2);
      sort.start(0, 0, 0, size * size, 1);
      deep.start(0, 0, 0, 1, size);
      const matched = next();
      for (let step = 0; step < 100; step++) {
        sort.predict(0);
        deep.predict(0, next() < 0.5 ? 1 : 4 * next());
        if (next() < matched) {
          const z = () => size * (next() - 0.5) * 10 ** (4 * next());
          const h = Math.abs(z());
          sort.correct(0, z(), z(), h * h, 3 * next());
          deep.correct(0, z(), z(), 3 * next(), h);
        }
        expect(isPositive(sortCovariance(sort, 0))).toBe(true);
        expect(isPositive(deepSortCovariance(deep, 0))).toBe(true);
      }
      expect(sort.mean.subarray(0, 7).every(Number.isFinite)).toBe(true);
      expect(deep.mean.subarray(0, 8).every(Number.isFinite)).toBe(true);
    }
  });

  it("refuse measurements that are not finite, and keep their state", () => {
    for (const filter of [new SortKalman(), new DeepSortKalman()]) {
      filter.reserve(1);
      expect(() => filter.start(0, Number.NaN, 0, 1, 1)).toThrow(RangeError);
      filter.start(0, 5, 6, 7, 8);
      const before = filter.mean.slice();
      expect(() => filter.correct(0, 1, 2, Number.POSITIVE_INFINITY, 4)).toThrow(
        "Cannot measure [1, 2, Infinity, 4]: expected finite numbers",
      );
      expect(filter.mean).toEqual(before);
    }
  });
});
