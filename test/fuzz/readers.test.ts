import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Reader } from "../../scripts/fuzz/_reader.js";
import { documents } from "../../scripts/fuzz/readers/documents.js";
import { models } from "../../scripts/fuzz/readers/models.js";
import { network } from "../../scripts/fuzz/readers/network.js";
import { texts } from "../../scripts/fuzz/readers/texts.js";
import { fuzz } from "../../scripts/fuzz/run.js";
import { InputError } from "../../src/errors.js";
import { expectNoFaults } from "./_check.js";

describe("damaged files", () => {
  it.each([...texts, ...documents, ...models, ...network].map((reader) => [reader.name, reader] as const))(
    "%s: read, or refused in one line that names it",
    { timeout: 300_000 },
    async (_, reader) => expectNoFaults(reader),
  );
});

describe("the fuzz itself", () => {
  const faultOf = async (read: Reader["read"]): Promise<string | undefined> => {
    const reader = { name: "x", seeds: [Buffer.from("ten bytes!")], file: "x.txt", read };
    return (await fuzz(reader, { seed: 1, from: 0, to: 1 })).faults[0]?.what;
  };
  const throwing = (make: (path: string) => unknown) =>
    faultOf((_, path) => {
      throw make(path);
    });

  it("has nothing against a result in proportion, or against an error in one line that names the file", async () => {
    expect(await faultOf(() => 10)).toBeUndefined();
    expect(await throwing((path) => new InputError(`Cannot read "${path}": no`))).toBeUndefined();
  });

  it("notices errors of other kinds, of several lines, without a name, without end", async () => {
    expect(await throwing(() => new TypeError("x is undefined"))).toMatch(/threw a TypeError/);
    expect(await throwing(() => new RangeError("Invalid array length"))).toMatch(/threw a RangeError/);
    expect(await throwing((path) => new InputError(`Cannot read "${path}":\nno`))).toMatch(/one line/);
    expect(await throwing(() => new InputError("Cannot read it"))).toMatch(/did not name/);
    expect(await throwing((path) => new InputError(path + "x".repeat(1e4)))).toMatch(/characters/);
  });

  it("notices results and memory out of proportion", async () => {
    expect(await faultOf(() => 1e6)).toMatch(/made 1000000 values of 10 bytes/);
    const taken: Uint8Array[] = [];
    // Beyond whatever the process has taken before.
    const much = () => taken.push(new Uint8Array(process.resourceUsage().maxRSS * 1024 + 2 ** 27).fill(1));
    expect(await faultOf(much)).toMatch(/MB of memory/);
  });

  it("notices other files and connections", async () => {
    const other = join(import.meta.dirname, "_check.ts");
    expect(await faultOf(() => readFileSync(other).length)).toBe(`opened ${other}`);
    const connecting = () => {
      connect(9, "127.0.0.1").on("error", () => {});
      return 0;
    };
    expect(await faultOf(connecting)).toBe("opened a connection");
  });
});
