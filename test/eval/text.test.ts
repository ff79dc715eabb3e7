import { describe, expect, it } from "vitest";
import { longDecimal } from "../../src/eval/_decimal.js";
import { readColumns } from "../../src/eval/_text.js";
import { random } from "./_make.js";

const names = ["a", "b", "c"];
const read = (text: string | Uint8Array, minimum = 2) => {
  const { count, values, lines } = readColumns(text, "file.txt", names, minimum);
  return {
    rows: Array.from({ length: count }, (_, i) => [...values.subarray(3 * i, 3 * i + 3)]),
    lines: [...lines],
  };
};

describe("readColumns", () => {
  it("reads commas, blanks and tabs, with or without spaces around them", () => {
    for (const line of ["1,2,3", "1, 2 ,3", "1 2 3", "1\t2\t3", "  1 ,2,3  ", "1,2,3,", "1,2,3,4,x"]) {
      expect(read(`${line}\n`).rows, line).toEqual([[1, 2, 3]]);
    }
  });

  it("reads Windows line ends, a byte order mark, blank lines and a last line without an end", () => {
    expect(read("\ufeff1,2,3\r\n\r\n  \n4,5,6")).toEqual({
      rows: [
        [1, 2, 3],
        [4, 5, 6],
      ],
      lines: [1, 4],
    });
  });

  it("has no rows in an empty file", () => {
    expect(read("").rows).toEqual([]);
    expect(read("\n\n").rows).toEqual([]);
    expect(read(new Uint8Array(0)).rows).toEqual([]);
  });

  it("marks columns that a line does not have", () => {
    expect(read("1,2\n").rows).toEqual([[1, 2, Number.NaN]]);
  });

  it("refuses too few columns with file and line", () => {
    expect(() => read("1,2,3\n1\n")).toThrow(
      new SyntaxError('Cannot parse "file.txt:2": expected at least 2 columns, got 1'),
    );
  });

  it("refuses what is no finite number with its column", () => {
    for (const field of [
      "nan",
      "NaN",
      "inf",
      "-Infinity",
      "abc",
      "1e999",
      "--1",
      "1.2.3",
      "0x10",
      "1_0",
      ".",
    ]) {
      expect(() => read(`1,${field},3\n`), field).toThrow(
        new SyntaxError(
          `Cannot parse "file.txt:1": expected a finite number in column 2 (b), got "${field}"`,
        ),
      );
    }
    expect(() => read("1,,3\n")).toThrow('column 2 (b), got ""');
  });

  it("grows over many short lines", () => {
    expect(read("1,2\n".repeat(5000)).rows.length).toBe(5000);
  });

  it("reads every number as JavaScript does", () => {
    const next = random(5);
    const texts = [
      "-0.5",
      "+3",
      "1e3",
      "-2.5E-3",
      ".5",
      "5.",
      "0",
      "-0",
      "123456789012345678901234567890",
      "007",
    ];
    for (let i = 0; i < 20000; i++) {
      const value = (next() - 0.5) * 10 ** Math.floor(next() * 12 - 4);
      texts.push(
        String(value),
        String(Math.fround(value)),
        value.toFixed(2),
        value.toFixed(Math.floor(next() * 20)),
      );
    }
    const { rows } = read(texts.map((t) => `1,${t}\n`).join(""));
    expect(texts.filter((text, i) => !Object.is(rows[i][1], Number(text)))).toEqual([]);
  });
});

describe("longDecimal", () => {
  it("rounds correctly or says that it cannot tell", () => {
    const next = random(11);
    const wrong: string[] = [];
    let doubts = 0;
    for (let i = 0; i < 50000; i++) {
      const digits = 10 + Math.floor(next() * 9);
      const decimals = Math.floor(next() * (digits + 1));
      let text = Array.from({ length: digits }, () => Math.floor(next() * 10)).join("");
      if (decimals > 0) text = `${text.slice(0, digits - decimals)}.${text.slice(digits - decimals)}`;
      const bytes = new TextEncoder().encode(text);
      const value = longDecimal(bytes, 0, bytes.length, digits, decimals);
      if (Number.isNaN(value)) doubts++;
      else if (value !== Number(text)) wrong.push(text);
    }
    expect(wrong).toEqual([]);
    expect(doubts).toBeLessThan(500);
  });
});
