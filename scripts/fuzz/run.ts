import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { guard } from "./_guard.js";
import { inputOf, type Reader, tryInput } from "./_reader.js";
import { Watchdog } from "./_watchdog.js";

const ROOT = resolve(import.meta.dirname, "../..");

/** Memory where there is some: thousands of small files are written over and over. */
const PLACE = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** What the program has of its own. */
const OWN = ["node_modules", "models", "schema", "src", "package.json"];

/** What came of it. */
export interface Report {
  readonly tried: number;
  readonly refused: number;
  readonly faults: readonly Fault[];
}

/** An input that a reader did not deal with as it should. */
export interface Fault {
  readonly reader: string;
  readonly seed: number;
  readonly number: number;
  readonly what: string;
  readonly error?: unknown;
  readonly input: Buffer;
}

/**
 * Has a reader read the inputs from `from` up to `to`, all made from `seed`. Stops after `most` faults.
 *
 * @example
 * const { faults } = await fuzz(reader, { seed: 1, from: 0, to: 5000 });
 */
export async function fuzz(
  reader: Reader,
  { seed, from, to, most = 10 }: { seed: number; from: number; to: number; most?: number },
): Promise<Report> {
  const folder = mkdtempSync(join(PLACE, "throughline-fuzz-"));
  const inside = join(folder, "inside");
  mkdirSync(inside);
  const watchdog = new Watchdog(`fuzz: ${reader.name}, seed ${seed}: input `);
  const watch = guard([inside, "/proc", ...OWN.map((name) => join(ROOT, name))]);
  const faults: Fault[] = [];
  let refused = 0;
  let number = from;
  try {
    for (; number < to && faults.length < most; number++) {
      const input = inputOf(reader, seed, number);
      watchdog.begin(number);
      const outcome = await tryInput(reader, input, inside);
      if (outcome.refused) refused++;
      const [taken] = watch.taken();
      const what = outcome.fault ?? taken;
      if (what !== undefined)
        faults.push({ ...{ reader: reader.name, seed, number, what, input }, error: outcome.error });
    }
  } finally {
    watch.remove();
    await watchdog.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  return { tried: number - from, refused, faults };
}
