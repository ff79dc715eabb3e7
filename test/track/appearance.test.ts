import { describe, expect, it } from "vitest";
import type { Appearance } from "../../src/track/_appearance.js";
import { RunningAverage } from "../../src/track/_average.js";
import { Gallery } from "../../src/track/_gallery.js";
import { random } from "../_random.js";

function unit(...v: number[]): Float32Array {
  const norm = Math.hypot(...v);
  return Float32Array.from(v, (x) => x / norm);
}

const angle = (degrees: number) =>
  unit(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180));
const distance = (degrees: number) => 1 - Math.cos((degrees * Math.PI) / 180);

describe.each<[string, () => Appearance]>([
  ["Gallery", () => new Gallery(100)],
  ["RunningAverage", () => new RunningAverage(0.9)],
])("%s", (_, make) => {
  it("knows nothing at first, and again after being cleared", () => {
    const looks = make();
    looks.use(2);
    expect(looks.knows(3)).toBe(false);
    expect(looks.distance(3, angle(0), 0)).toBe(Number.POSITIVE_INFINITY);
    looks.add(3, angle(0), 0);
    expect(looks.knows(3)).toBe(true);
    expect(looks.knows(2)).toBe(false);
    looks.clear(3);
    expect(looks.knows(3)).toBe(false);
    expect(looks.isWithin(3, angle(0), 0, 2)).toBe(false);
    looks.add(3, angle(90), 0);
    expect(looks.distance(3, angle(0), 0)).toBeCloseTo(1, 6);
  });

  it("measures the cosine distance, of any row, for any length of vector", () => {
    const next = random(31);
    for (const dim of [1, 2, 3, 4, 5, 127, 128, 130]) {
      const looks = make();
      looks.use(dim);
      const a = Float32Array.from({ length: 2 * dim }, () => next() - 0.5);
      const b = Float32Array.from({ length: 3 * dim }, () => next() - 0.5);
      looks.add(0, a, 1);
      let expected = 0;
      for (let k = 0; k < dim; k++) expected += a[dim + k] * b[2 * dim + k];
      expect(looks.distance(0, b, 2)).toBeCloseTo(1 - expected, 10);
      expect(looks.isWithin(0, b, 2, 1 - expected + 1e-9)).toBe(true);
      expect(looks.isWithin(0, b, 2, 1 - expected - 1e-9)).toBe(false);
    }
  });

  it("keeps what it was told, not the caller's memory", () => {
    const looks = make();
    looks.use(2);
    const v = angle(0);
    looks.add(0, v, 0);
    v.fill(0);
    expect(looks.distance(0, angle(0), 0)).toBeCloseTo(0, 6);
  });

  it("refuses a second length", () => {
    const looks = make();
    looks.use(2);
    looks.use(2);
    expect(() => looks.use(3)).toThrow("Cannot compare embeddings of 3 numbers with earlier ones of 2");
  });

  it("holds a vector of zeros at distance 1 from everything", () => {
    const looks = make();
    looks.use(2);
    looks.add(0, angle(0), 0);
    expect(looks.distance(0, new Float32Array(2), 0)).toBe(1);
  });
});

describe("Gallery", () => {
  it("takes the nearest of all that it keeps", () => {
    const gallery = new Gallery(100);
    gallery.use(2);
    for (let degrees = 0; degrees < 90; degrees++) gallery.add(0, angle(degrees), 0);
    expect(gallery.distance(0, angle(30.5), 0)).toBeCloseTo(distance(0.5), 6);
    expect(gallery.distance(0, angle(100), 0)).toBeCloseTo(distance(11), 6);
  });

  it("forgets the oldest beyond its budget, one at a time", () => {
    const gallery = new Gallery(5);
    gallery.use(2);
    for (let k = 0; k < 12; k++) {
      gallery.add(0, angle(10 * k), 0);
      expect(gallery.distance(0, angle(0), 0)).toBeCloseTo(distance(10 * Math.max(0, k - 4)), 5);
    }
  });

  it("agrees with a plain list under random use of many slots", () => {
    const next = random(33);
    const gallery = new Gallery(7);
    gallery.use(3);
    const lists: Float32Array[][] = Array.from({ length: 6 }, () => []);
    for (let step = 0; step < 2000; step++) {
      const slot = Math.floor(6 * next());
      const v = unit(next() - 0.5, next() - 0.5, next() - 0.5);
      if (next() < 0.03) {
        gallery.clear(slot);
        lists[slot] = [];
      } else if (next() < 0.6) {
        gallery.add(slot, v, 0);
        lists[slot] = [...lists[slot], v].slice(-7);
      } else {
        const near = lists[slot].map((w) => 1 - (v[0] * w[0] + v[1] * w[1] + v[2] * w[2]));
        const expected = Math.min(...near);
        const found = gallery.distance(slot, v, 0);
        expect(found === expected || Math.abs(found - expected) < 1e-12).toBe(true);
        expect(gallery.isWithin(slot, v, 0, 0.3)).toBe(found <= 0.3);
      }
    }
  });
});

describe("RunningAverage", () => {
  it("follows slowly, and one odd view does little", () => {
    const average = new RunningAverage(0.9);
    average.use(2);
    for (let k = 0; k < 20; k++) average.add(0, angle(0), 0);
    average.add(0, angle(90), 0);
    expect(average.distance(0, angle(0), 0)).toBeLessThan(0.01);
    for (let k = 0; k < 60; k++) average.add(0, angle(90), 0);
    expect(average.distance(0, angle(90), 0)).toBeLessThan(0.01);
  });

  it("knows nothing after opposite views have cancelled out", () => {
    const average = new RunningAverage(0.5);
    average.use(2);
    average.add(0, angle(0), 0);
    average.add(0, angle(180), 0);
    expect(average.knows(0)).toBe(false);
    expect(average.distance(0, angle(0), 0)).toBe(Number.POSITIVE_INFINITY);
  });
});
