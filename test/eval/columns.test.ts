import { describe, expect, it } from "vitest";
import { readColumns } from "../../src/eval/_columns.js";
import { longDecimal } from "../../src/eval/_decimal.js";
import { random } from "./_make.js";

/** Random numbers to read; NUMBERS=1000000 tries four million strings. */
const rounds = Number(process.env.NUMBERS ?? 50000);

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

  it("reads every number as JavaScript does, wherever in the text it stands", () => {
    const next = random(5);
    const texts = [
      "-0.5",
      "+3",
      "1e3",
      "-2.5E-3",
      ".5",
      "5.",
      "-5.",
      "0",
      "-0",
      "-0.0",
      "123456789012345678901234567890",
      "0.123456789012345678901234567890",
      "9007199254740993",
      "900719925474099.3",
      "9.007199254740993",
      "99999999.9999999999",
      "0.00000000000000001",
      "007",
      "0000000000000000001.5",
    ];
    for (let i = 0; i < rounds; i++) {
      const value = (next() - 0.5) * 10 ** Math.floor(next() * 12 - 4);
      texts.push(
        String(value),
        String(Math.fround(value)),
        value.toFixed(2),
        value.toFixed(Math.floor(next() * 20)),
      );
    }
    for (let from = 0; from < texts.length; from += 10000) {
      const some = texts.slice(from, from + 10000);
      const { rows } = read(some.map((t) => `1,${t}\n`).join(""));
      expect(some.filter((text, i) => !Object.is(rows[i][1], Number(text)))).toEqual([]);
    }
    for (const text of texts.slice(0, 60)) {
      expect(read(`1,${text}`).rows[0][1], text).toBe(Number(text));
      expect(read(`${text} ${text}\t${text}`).rows[0], text).toEqual([text, text, text].map(Number));
    }
  });

  it("reads what lies inside of a larger buffer", () => {
    const bytes = new TextEncoder().encode("9991,2.5,399");
    expect(read(bytes.subarray(3, 10)).rows).toEqual([[1, 2.5, 3]]);
  });
});

describe("longDecimal", () => {
  it("rounds correctly or says that it cannot tell", () => {
    const next = random(11);
    const wrong: string[] = [];
    let doubts = 0;
    for (let i = 0; i < rounds; i++) {
      const digits = 16 + Math.floor(next() * 3);
      const tailDigits = digits - 15 + Math.floor(next() * (26 - digits));
      const decimals = Math.floor(next() * (digits + 1));
      const text = Array.from({ length: digits }, () => Math.floor(next() * 10)).join("");
      const [head, tail] = [text.slice(0, -tailDigits), text.slice(-tailDigits)].map(Number);
      const value = longDecimal(head, tail, digits, tailDigits, decimals);
      const point = digits - decimals;
      if (Number.isNaN(value)) doubts++;
      else if (value !== Number(`${text.slice(0, point)}.${text.slice(point)}`)) wrong.push(text);
    }
    expect(wrong).toEqual([]);
    expect(doubts).toBeLessThan(rounds / 100);
  });

  it("does not try with more digits than it can hold", () => {
    expect(longDecimal(1, 1, 19, 9, 3)).toBeNaN();
    expect(longDecimal(1, 1, 18, 2, 3)).toBeNaN();
  });
});
