/**
 * Damaged and malicious inputs for everything that reads what others wrote:
 *
 *   npm run fuzz                                       # 20,000 for each reader
 *   npm run fuzz -- --count 1000000 --seed 7 --only tracks.json
 *   npm run fuzz -- --only "ONNX, inspected" --seed 7 --input 4711      # one again, with its stack
 *
 * A reader gives a result in proportion to its input, or says in one line, with one of the project's errors, which
 * input was wrong and how. It takes no memory beyond that, opens no other file and no connection, and it ends. What
 * does not is written to a file and told, and the exit code is 1.
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readers } from "./readers/index.js";
import { fuzz } from "./run.js";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    only: { type: "string", multiple: true },
    input: { type: "string" },
  },
});
const seed = wholeNumber("seed");
const count = wholeNumber("count");
const only = values.input === undefined ? undefined : wholeNumber("input");
for (const name of values.only ?? [])
  if (!readers.some((reader) => reader.name === name))
    throw new RangeError(`No reader "${name}": expected one of ${readers.map((r) => r.name).join(", ")}`);

function wholeNumber(name: "seed" | "count" | "input"): number {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(`Option --${name}: expected a whole number from 0, got "${values[name]}"`);
}

let folder: string | undefined;
for (const reader of readers.filter(({ name }) => values.only?.includes(name) ?? true)) {
  const start = performance.now();
  const to = only === undefined ? Math.ceil(count / (reader.cost ?? 1)) : only + 1;
  const { tried, refused, faults } = await fuzz(reader, { seed, from: only ?? 0, to });
  const seconds = ((performance.now() - start) / 1e3).toFixed(1);
  console.log(`${reader.name}: ${tried} inputs, ${refused} refused, ${faults.length} faults, ${seconds} s`);
  for (const { number, what, error, input } of faults) {
    folder ??= mkdtempSync(join(tmpdir(), "throughline-faults-"));
    const file = join(folder, `${reader.name.replaceAll(/[^\w.-]+/g, "-")}-${seed}-${number}`);
    writeFileSync(file, input);
    process.exitCode = 1;
    console.log(`  input ${number} ${what}; it is in ${file}`);
    if (error !== undefined)
      console.log(
        only === undefined ? `    ${String(error).slice(0, 300)}` : ((error as Error).stack ?? error),
      );
  }
}
