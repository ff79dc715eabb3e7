import { describe, expect, it } from "vitest";
import { BucketIndex } from "../../src/math/bucket-index.js";
import { random } from "../_random.js";

function inInterval(index: BucketIndex, keys: Float64Array, low: number, high: number): number[] {
  const found = [...index.order.subarray(index.from(low), index.to(high))];
  return found.filter((row) => keys[row] >= low && keys[row] <= high).sort((a, b) => a - b);
}

describe("BucketIndex", () => {
  it("misses no number of an interval, however the numbers lie", () => {
    const next = random(21);
    const index = new BucketIndex();
    const spreads = [
      () => next(),
      () => 1e9 * (next() - 0.5),
      () => (next() < 0.9 ? next() : 1e9 * next()),
      () => Math.floor(3 * next()),
      () => 7,
      () => (next() < 0.5 ? -1e308 : 1e308),
    ];
    for (let round = 0; round < 300; round++) {
      const spread = spreads[round % spreads.length];
      const count = Math.floor(40 * next());
      const keys = Float64Array.from({ length: count + 3 }, spread);
      index.build(keys, count);
      for (let query = 0; query < 5; query++) {
        const ends = [count > 0 && next() < 0.5 ? keys[Math.floor(count * next())] : spread(), spread()].sort(
          (a, b) => a - b,
        );
        const expected = [...keys.subarray(0, count).keys()].filter(
          (r) => keys[r] >= ends[0] && keys[r] <= ends[1],
        );
        expect(inInterval(index, keys, ends[0], ends[1])).toEqual(expected);
      }
    }
  });

  it("looks at few numbers when they are spread out", () => {
    const index = new BucketIndex();
    index.build(
      Float64Array.from({ length: 1000 }, (_, i) => (i * 7919) % 1000),
      1000,
    );
    expect(index.to(510) - index.from(500)).toBeLessThan(15);
  });

  it("finds nothing in nothing", () => {
    const index = new BucketIndex();
    expect(index.to(5) - index.from(0)).toBe(0);
    index.build(new Float64Array(0), 0);
    expect(index.to(5) - index.from(0)).toBe(0);
  });
});
