/** A reader under fire: one input at a time, and what is wrong with how it dealt with it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UsageError } from "../../src/cli/errors.js";
import { EnvironmentError, InputError, ModelError, OutputError } from "../../src/errors.js";
import { damage, type Random, randomOf } from "./_mutate.js";

/** Something that reads what others wrote. */
export interface Reader {
  readonly name: string;
  /** Small inputs as they should be, or nearly. */
  readonly seeds: readonly Uint8Array[];
  /** Pieces that the format is made of. */
  readonly words?: readonly string[];
  /** Damages a seed in a way of its own. @default bytes, words, numbers and lines */
  readonly damage?: (seed: Uint8Array, next: Random) => Uint8Array;
  /** Name below the folder under which the input is written. @default it is not written: the reader takes bytes */
  readonly file?: string;
  /**
   * Reads the input: `path` is its file's, or its name for messages; whatever else it writes goes into `folder`.
   *
   * @returns how many values came of it: there can be no more than the input's bytes tell of
   */
  read(bytes: Buffer, path: string, folder: string): number | Promise<number>;
  /** What an error says about the input. @default its path */
  readonly names?: RegExp;
  /** Values to a byte that are right. @default 8 */
  readonly most?: number;
  /** Inputs that take the time of one in others. @default 1 */
  readonly cost?: number;
}

/** The input with that number. Number 0 and those after it are the seeds themselves. */
export function inputOf(reader: Reader, seed: number, number: number): Buffer {
  const { seeds, words } = reader;
  if (number < seeds.length) return Buffer.from(seeds[number]!);
  const next = randomOf(seed, number);
  const whole = seeds[number % seeds.length]!;
  if (reader.damage) return Buffer.from(reader.damage(whole, next));
  return damage(whole, next, { words, others: seeds });
}

export interface Outcome {
  readonly refused: boolean;
  /** What was wrong with it. */
  readonly fault?: string;
  readonly error?: unknown;
}

/** Peak memory may rise by so much for one input: libraries that load for the first time, and garbage. */
const MEMORY = 96 * 2 ** 20;
/** No line is longer than this, whatever is in the file. */
const LONGEST = 1000;

/** Has an input read, in a folder of the caller's. */
export async function tryInput(reader: Reader, bytes: Buffer, folder: string): Promise<Outcome> {
  const path = reader.file === undefined ? "input" : join(folder, reader.file);
  if (reader.file !== undefined) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
  const before = peak();
  try {
    const count = await reader.read(bytes, path, folder);
    const fault = grownBy(before) ?? tooMuch(count, bytes, reader);
    return { refused: false, ...(fault && { fault }) };
  } catch (error) {
    const fault = grownBy(before) ?? faultOf(error, reader.names ?? path);
    return { refused: true, error, ...(fault && { fault }) };
  }
}

const peak = (): number => process.resourceUsage().maxRSS * 1024;

function grownBy(before: number): string | undefined {
  const grown = peak() - before;
  return grown > MEMORY ? `took ${Math.round(grown / 2 ** 20)} MB of memory` : undefined;
}

function tooMuch(count: number, bytes: Buffer, { most = 8 }: Reader): string | undefined {
  if (count <= most * bytes.length + 1000) return undefined;
  return `made ${count} values of ${bytes.length} bytes`;
}

const CLASSES = [InputError, ModelError, OutputError, EnvironmentError, UsageError];

/** What is wrong with an error, if anything. */
export function faultOf(error: unknown, names: string | RegExp): string | undefined {
  if (!(error instanceof Error)) return "threw something that is no error";
  const isOurs =
    CLASSES.some((one) => error instanceof one) ||
    (error instanceof SyntaxError && /^(Cannot parse "|not an ONNX model: )/.test(error.message));
  if (!isOurs) return `threw a ${error.name}, which is not an error of this project`;
  const { message } = error;
  if (/[\r\n]/.test(message)) return "said more than one line";
  if (message.length > LONGEST) return `said ${message.length} characters`;
  const isNamed = typeof names === "string" ? message.includes(names) : names.test(message);
  return isNamed ? undefined : "did not name what it is about";
}
