import { describe, expect, it } from "vitest";
import { IdSet } from "../../src/math/id-set.js";
import { random } from "../_random.js";

describe("IdSet", () => {
  it("holds what a set of numbers holds, also beyond 32 bits", () => {
    const next = random(1);
    const expected = new Set<number>();
    const ids = new IdSet();
    for (let i = 0; i < 5000; i++) {
      const id = Math.floor(3000 * next()) + (i % 3) * 2 ** 33;
      ids.add(id);
      expected.add(id);
    }
    expect(ids.size).toBe(expected.size);
    expect([...ids]).toEqual([...expected].sort((a, b) => a - b));
    for (let i = 0; i < 3100; i++) expect(ids.has(i)).toBe(expected.has(i));
    const back = IdSet.from(ids.save());
    expect([back.size, [...back]]).toEqual([ids.size, [...ids]]);
  });

  it("is saved in two numbers where the ids have no gaps", () => {
    expect([...IdSet.from([1, 200_000]).save()]).toEqual([1, 200_000]);
    expect([...new IdSet().save()]).toEqual([]);
  });
});
