/**
 * The trials that are done, one JSON line each behind a line that says what they are about: a search that was left goes on
 * with them, and so does a longer one.
 */
import { appendFile, readFile } from "node:fs/promises";
import { z } from "zod";
import { writeDurably } from "../checkpoint/durable.js";
import { OutputError } from "../errors.js";
import type { Counts } from "../eval/evaluate.js";
import type { Trial } from "./tune-choice.js";

const numbers = z.array(z.number());
const column = numbers.transform((values) => Float64Array.from(values));
const hota = z.strictObject({
  ...{ tp: column, fn: column, fp: column },
  ...{ assA: column, assRe: column, assPr: column, locA: column },
});
const identity = z.strictObject({ idtp: z.number(), idfn: z.number(), idfp: z.number() });
const clear = z.strictObject({
  ...{ tp: z.number(), fn: z.number(), fp: z.number(), idsw: z.number() },
  ...{ mt: z.number(), pt: z.number(), ml: z.number(), frag: z.number() },
  ...{ similarity: z.number(), frames: z.number() },
});
const counts = z.strictObject({ hota, clear, identity });
const lineSchema = z.strictObject({ trial: z.int().nonnegative(), counts: z.array(counts) });

/**
 * The trials in a file about `key`, as many as follow each other from the first; none where the file is absent or about
 * something else. What a crash cut off is left out.
 */
export async function readTrials(path: string, key: string): Promise<Trial[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  const [head, ...lines] = text.split("\n");
  if (head !== headOf(key)) return [];
  const trials: Trial[] = [];
  for (const line of lines) {
    const parsed = lineSchema.safeParse(parse(line));
    if (!parsed.success || parsed.data.trial !== trials.length) break;
    trials.push(parsed.data.counts);
  }
  return trials;
}

/** Writes the file anew with these trials, all of it or nothing. @throws {OutputError} */
export function writeTrials(path: string, key: string, trials: readonly Trial[]): Promise<void> {
  const lines = trials.map((trial, i) => lineOf(i, trial));
  return guarded(path, () => writeDurably(path, `${headOf(key)}\n${lines.join("")}`));
}

/** Appends one. @throws {OutputError} */
export function addTrial(path: string, number: number, trial: Trial): Promise<void> {
  return guarded(path, () => appendFile(path, lineOf(number, trial)));
}

const headOf = (key: string): string => JSON.stringify({ type: "throughline-trials", version: 1, key });

function lineOf(number: number, trial: Trial): string {
  const plain = (all: Counts) => ({
    ...{ clear: all.clear, identity: all.identity },
    hota: Object.fromEntries(Object.entries(all.hota!).map(([name, values]) => [name, [...values]])),
  });
  return `${JSON.stringify({ trial: number, counts: trial.map(plain) })}\n`;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function guarded(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    throw new OutputError(`Cannot write ${JSON.stringify(path)}: ${(cause as Error).message}`, { cause });
  }
}
