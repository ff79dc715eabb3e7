/**
 * Finding the truth, and from how it lies there the rules to score by.
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { InputError } from "../errors.js";
import {
  type Benchmark,
  custom,
  findTruth,
  kitti,
  mot15,
  mot16,
  mot17,
  mot20,
  type TruthFile,
} from "../eval/index.js";
import { endings, isKitti } from "./boxes-file.js";
import { UsageError } from "./errors.js";

/** Rules by name. */
export const benchmarks: Readonly<Record<string, Benchmark>> = { mot15, mot16, mot17, mot20, kitti, custom };

/** What is scored against, and how. */
export interface Truth {
  readonly benchmark: Benchmark;
  /** Why these rules. */
  readonly why: string;
  readonly sequences: readonly TruthFile[];
}

/** Sequences of MOT15, train and test (https://motchallenge.net/data/MOT15). */
const MOT15 = new Set(
  (
    "TUD-Stadtmitte TUD-Campus TUD-Crossing PETS09-S2L1 PETS09-S2L2 ETH-Bahnhof ETH-Sunnyday ETH-Pedcross2 " +
    "ETH-Jelmoli ETH-Linthescher ETH-Crossing ADL-Rundle-1 ADL-Rundle-3 ADL-Rundle-6 ADL-Rundle-8 KITTI-13 " +
    "KITTI-16 KITTI-17 KITTI-19 Venice-1 Venice-2 AVG-TownCentre"
  ).split(" "),
);

/**
 * Finds the truth below `path`: MOTChallenge sequences, one of them, KITTI labels, tracks files, or a single file.
 *
 * @param chosen name of the rules. @default what the names and the layout say
 * @throws {InputError} there is none.
 * @throws {UsageError} no such rules, or none can be told.
 */
export function openTruth(path: string, chosen?: string): Truth {
  if (chosen !== undefined && !Object.hasOwn(benchmarks, chosen))
    throw new UsageError(
      `Option --benchmark: expected one of ${Object.keys(benchmarks).join(", ")}, got ${JSON.stringify(chosen)}`,
    );
  if (!existsSync(path)) throw new InputError(`Cannot find truth: there is no ${JSON.stringify(path)}`);
  const { sequences, isKitti } = statSync(path).isFile() ? truthFile(path) : truthFolder(path);
  if (chosen !== undefined) return { benchmark: benchmarks[chosen]!, why: "chosen", sequences };
  if (isKitti) return { benchmark: kitti, why: "KITTI labels", sequences };
  return { ...guess(sequences), sequences };
}

interface Found {
  readonly sequences: readonly TruthFile[];
  readonly isKitti: boolean;
}

function truthFile(path: string): Found {
  const folder = dirname(resolve(path));
  if (/^gt\.txt$/i.test(basename(path)) && basename(folder) === "gt")
    return { sequences: findTruth(dirname(folder), custom), isKitti: false };
  if (isText(path) && isKitti(path))
    return { sequences: findTruth(folder, kitti, [nameOf(path)]), isKitti: true };
  return { sequences: [{ name: nameOf(path), path }], isKitti: false };
}

function truthFolder(folder: string): Found {
  const isSequence = (path: string) => existsSync(join(path, "gt", "gt.txt"));
  const entries = readdirSync(folder).sort();
  if (isSequence(folder)) return { sequences: findTruth(resolve(folder), custom), isKitti: false };
  if (entries.some((name) => isSequence(join(folder, name))))
    return { sequences: findTruth(folder, custom), isKitti: false };
  const paths = entries
    // A decision log lies beside its tracks.
    .filter((name) => endings.includes(extname(name)) && !/\.explain\.jsonl$/i.test(name))
    .map((name) => join(folder, name));
  const texts = paths.filter(isText);
  if (texts.some((path) => isKitti(path))) return { sequences: findTruth(folder, kitti), isKitti: true };
  if (paths.length === 0)
    throw new InputError(
      `Cannot find truth in ${JSON.stringify(folder)}: expected folders with gt/gt.txt (MOTChallenge), labels such as 0000.txt (KITTI), or tracks files such as street.tracks.json`,
    );
  const sequences = paths.map((path) => ({ name: nameOf(path), path }));
  const twin = sequences.find(({ name }, i) => sequences.findIndex((other) => other.name === name) < i);
  if (twin)
    throw new InputError(
      `Cannot choose the truth of sequence ${JSON.stringify(twin.name)}: ${JSON.stringify(folder)} has several files for it`,
    );
  return { sequences, isKitti: false };
}

const isText = (path: string): boolean => extname(path).toLowerCase() === ".txt";

/** The sequence that a file is about: `street.tracks.json` and `street.txt`, but also `street/gt.txt`, `street/det/det.txt`. */
export function nameOf(path: string): string {
  const name = stemOf(path);
  if (!/^(gt|det)$/i.test(name)) return name;
  const folder = dirname(resolve(path));
  return basename(/^(gt|det)$/i.test(basename(folder)) ? dirname(folder) : folder);
}

/** The name of a tracks file without its ending. */
export const stemOf = (path: string): string => basename(path, extname(path)).replace(/\.tracks$/, "");

function guess(sequences: readonly TruthFile[]): Omit<Truth, "sequences"> {
  const own = sequences.find(({ path }) => !isText(path));
  if (own) return { benchmark: custom, why: "the truth is a tracks file" };
  const guesses = sequences.map(({ name }) => guessOf(name));
  const [first] = guesses;
  if (guesses.some((other) => other !== first))
    throw new UsageError(
      `Cannot tell the rules from sequences of several benchmarks (${sequences.map(({ name }) => name).join(", ")}): choose with --benchmark`,
    );
  if (first === custom) return { benchmark: custom, why: "no sequence names of a benchmark" };
  return { benchmark: first!, why: `${first!.name.toUpperCase()} sequence names` };
}

function guessOf(name: string): Benchmark {
  const [, year] = /^MOT(16|17|20)-\d\d/.exec(name) ?? [];
  if (year !== undefined) return benchmarks[`mot${year}`]!;
  return MOT15.has(name) ? mot15 : custom;
}
