/** The metric of looks against what is known in closed form, and against the formulas of the papers worked out in full. */
import { inverse, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { Covariance, Variation } from "../../src/refine/_metric.js";
import { random } from "../_random.js";

/** Standard normal, by the sum of twelve. */
const normal = (next: () => number): number => {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += next();
  return sum;
};

/** Vectors of independent numbers with these deviations. */
const examples = (count: number, deviations: readonly number[], seed = 1): Float64Array[] => {
  const next = random(seed);
  return Array.from({ length: count }, () => Float64Array.from(deviations, (d) => d * normal(next)));
};

const varied = (vectors: readonly Float64Array[]): Variation => {
  const variation = new Variation(vectors[0]?.length ?? 3);
  vectors.forEach((vector, i) => {
    variation.add(i, vector);
  });
  return variation;
};

const covarianceOf = (vectors: readonly Float64Array[]): Covariance => {
  const covariance = new Covariance(vectors[0].length);
  for (const vector of vectors) covariance.add(vector);
  return covariance;
};

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, v, k) => sum + v * b[k], 0);
const cosine = (a: Float64Array, b: Float64Array): number => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));

describe("The metric of looks", () => {
  it("shrinks a covariance as Ledoit and Wolf do", () => {
    const deviations = [3, 1, 1, 0.5, 0.5, 0.2];
    for (const count of [4, 20, 60]) {
      const vectors = examples(count, deviations, count);
      const outer = vectors.map((v) => Matrix.columnVector(v).mmul(Matrix.rowVector(v)));
      const sample = outer.reduce((sum, m) => sum.add(m), Matrix.zeros(6, 6)).div(count);
      const size = (m: Matrix): number => m.norm("frobenius") ** 2;
      const target = Matrix.eye(6, 6, sample.trace() / 6);
      const all = size(Matrix.sub(sample, target));
      const chance = outer.reduce((sum, m) => sum + size(Matrix.sub(m, sample)), 0) / count ** 2;
      const share = Math.max(0.5, Math.min(1, chance / all));
      const expected = Matrix.mul(target, share).add(Matrix.mul(sample, 1 - share));
      expect(Matrix.sub(covarianceOf(vectors).shrunk()!, expected).norm("frobenius")).toBeLessThan(1e-12);
    }
  });

  it("measures angles by the inverse of that covariance", () => {
    const vectors = examples(300, [4, 2, 1, 1, 0.1]);
    const { all, without } = varied(vectors).metrics()!;
    const [a, b] = examples(2, [1, 1, 1, 1, 1], 9);
    const parts = [vectors, ...[1, 0].map((half) => vectors.filter((_, i) => i % 2 === half))];
    [all, ...without].forEach((metric, i) => {
      const inverted = inverse(covarianceOf(parts[i]).shrunk()!);
      const product = (x: Float64Array, y: Float64Array): number =>
        dot(x, inverted.mmul(Matrix.columnVector(y)).to1DArray());
      expect(cosine(metric(a), metric(b))).toBeCloseTo(
        product(a, b) / Math.sqrt(product(a, a) * product(b, b)),
        12,
      );
    });
  });

  it("gives the less weight to a direction, the more one object varies in it", () => {
    // Half of the true variance against half of equal ones: deviations 10, 1, 1 become variances 67, 17.5, 17.5.
    const { all } = varied(examples(40_000, [10, 1, 1])).metrics()!;
    const squares = [0, 1, 2].map((k) => {
      const white = all(Float64Array.from([0, 1, 2], (i) => (i === k ? 1 : 0)));
      return 1 / dot(white, white);
    });
    expect(squares[0]).toBeCloseTo(67, -0.5);
    expect(squares[1]).toBeCloseTo(17.5, 0);
    expect(squares[2]).toBeCloseTo(17.5, 0);
  });

  it("tells apart those whom angles alone mix up", () => {
    // Light makes the first two numbers go up and down together; who it is, is in the others.
    const next = random(5);
    const seen = (who: number): Float64Array => {
      const light = 3 * normal(next);
      return Float64Array.from({ length: 8 }, (_, k) =>
        k < 2 ? light + 0.1 * normal(next) : (k - 2 === who ? 1 : 0) + 0.2 * normal(next),
      );
    };
    const differences = Array.from({ length: 240 }, (_, i) => {
      const [a, b] = [seen(i % 6), seen(i % 6)];
      return a.map((v, k) => (v - b[k]) / Math.SQRT2);
    });
    const { all } = varied(differences).metrics()!;
    const mixedUp = (map: (v: Float64Array) => Float64Array): number => {
      let wrong = 0;
      for (let i = 0; i < 600; i++) {
        const [who, other] = [i % 6, (i + 1 + (i % 5)) % 6];
        const [a, b, c] = [seen(who), seen(who), seen(other)].map(map);
        if (cosine(a, c) >= cosine(a, b)) wrong++;
      }
      return wrong / 600;
    };
    const raw = mixedUp((v) => v);
    expect(raw).toBeGreaterThan(0.3);
    expect(mixedUp(all)).toBeLessThan(0.7 * raw);
  });

  it("is learnt only where there is enough to learn from, and never makes a number that is none", () => {
    expect(new Variation(4).metrics()).toBeUndefined();
    expect(varied(examples(40, [1, 1, 1])).metrics()).toBeUndefined();
    expect(varied(examples(400, [0, 0, 0])).metrics()).toBeUndefined();
    // One direction, one number, fewer examples than numbers, sizes far from 1.
    for (const deviations of [[1, 0, 0], [2], new Array(300).fill(1), [1e-150, 1e-160], [1e70, 1]]) {
      const { all } = varied(examples(200, deviations)).metrics()!;
      expect([...all(Float64Array.from(deviations, (_, k) => k + 1))].every(Number.isFinite)).toBe(true);
    }
    expect(varied(examples(200, [1e200, 1e200])).metrics()).toBeUndefined();
  });

  it("comes out the same from the same", () => {
    const [a, b] = [1, 2].map(() => varied(examples(200, [3, 2, 1])).metrics()!);
    const vector = Float64Array.of(1, 2, 3);
    expect(a.all(vector)).toEqual(b.all(vector));
  });
});
