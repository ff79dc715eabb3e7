import { describe, expect, it } from "vitest";
import { fourDigits } from "../../src/format/_four-digits.js";

describe("fourDigits", () => {
  it("writes what JSON writes of the number rounded to four digits", () => {
    const values = [
      0, -0, 1, -3, 12345, 0.99995, 9.9995, 99.995, 999.95, 0.1, 0.0999999, 0.01, 0.001, 1e-7, 1e21,
    ];
    let state = 7;
    for (let i = 0; i < 100_000; i++) {
      state = (Math.imul(1664525, state) + 1013904223) >>> 0;
      values.push((state / 2 ** 32) * 10 ** ((i % 10) - 5), (state % 10_000) / 10_000);
    }
    const wrong = values.filter((value) => {
      const expected = Number.isInteger(value) ? value : Number(value.toPrecision(4));
      // A number in the middle of two is rounded up here, and by its exact binary value there.
      const steps = Math.abs(expected) > 0 ? 10 ** (Math.floor(Math.log10(Math.abs(expected))) - 3) : 1;
      const got = Number(fourDigits(value));
      return (
        String(got) !== fourDigits(value) || (got !== expected && Math.abs(got - value) > 0.500001 * steps)
      );
    });
    expect(wrong).toEqual([]);
  });

  it("leaves out zeros at the end", () => {
    expect([0.5, 0.25, 2.5, 30.25, 400.5, 0.05, 0.005].map(fourDigits)).toEqual([
      "0.5",
      "0.25",
      "2.5",
      "30.25",
      "400.5",
      "0.05",
      "0.005",
    ]);
  });
});
