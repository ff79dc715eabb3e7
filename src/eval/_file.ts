/** Finding and reading the files of a benchmark; the only file of this folder that touches the disk. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { InputError } from "../errors.js";
import type { Kind } from "./_rows.js";
import type { Pair } from "./evaluate.js";
import { parseKitti, parseSequenceMap } from "./kitti.js";
import { parseMot, parseSequenceInfo } from "./mot.js";
import type { Benchmark, Boxes } from "./sequence.js";

/** Truth of one sequence on disk. */
export interface TruthFile {
  readonly name: string;
  readonly path: string;
  /** Frames in the sequence, where a file beside it says so. */
  readonly length?: number;
}

/**
 * Finds the truth of the sequences below `folder`: MOTChallenge folders (`NAME/gt/gt.txt` with `seqinfo.ini`), the
 * folder itself being one, or KITTI labels (`NAME.txt`, lengths from `evaluate_tracking.seqmap*` in it or above).
 *
 * @param names only these, in this order. All sequences in order of their names without it.
 * @throws {InputError} there is none, or one of `names` is missing.
 */
export function findTruth(folder: string, benchmark: Benchmark, names?: readonly string[]): TruthFile[] {
  const found = benchmark.layout === "kitti" ? findKitti(folder) : findMot(folder);
  if (found.length === 0) {
    const expected =
      benchmark.layout === "kitti"
        ? "label files such as 0000.txt"
        : "folders with gt/gt.txt and seqinfo.ini";
    throw new InputError(`Cannot find truth in "${folder}": expected ${expected}`);
  }
  if (!names || names.length === 0) return found;
  return names.map((name) => {
    const one = found.find((f) => f.name === name);
    if (one) return one;
    throw new InputError(
      `Cannot find sequence "${name}" in "${folder}": it has ${found.map((f) => f.name).join(", ")}`,
    );
  });
}

/**
 * Reads truth and results of one sequence. Results are `RESULTS/NAME.txt`, `RESULTS/data/NAME.txt` (the layout of
 * the official kit) or the file `results` itself; detections may also be `RESULTS/NAME/det/det.txt`.
 *
 * @throws {InputError} there is no result file for the sequence, or the truth is empty.
 * @throws {SyntaxError} a file cannot be parsed.
 */
export function readPair(
  truth: TruthFile,
  results: string,
  benchmark: Benchmark,
  kind: "results" | "detections" = "results",
): Pair {
  const path = resultPath(results, truth.name, kind);
  const truthBoxes = readBoxes(truth.path, benchmark, "truth", truth.length);
  if (truthBoxes.count === 0 && benchmark.layout === "mot") {
    throw new InputError(`Cannot score against "${truth.path}": it has no rows`);
  }
  return {
    name: truth.name,
    truth: truthBoxes,
    results: readBoxes(path, benchmark, kind, truthBoxes.frames),
  };
}

/**
 * Refuses result files that no truth belongs to: their sequences would silently be missing from the scores.
 *
 * @throws {InputError} naming the first of them.
 */
export function refuseStrays(results: string, truth: readonly TruthFile[]): void {
  const folder = existsSync(join(results, "data")) ? join(results, "data") : results;
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return;
  const names = new Set(truth.map((file) => `${file.name}.txt`));
  const stray = readdirSync(folder)
    .sort()
    .find((file) => file.endsWith(".txt") && !names.has(file));
  if (stray === undefined) return;
  throw new InputError(
    `Cannot score "${join(folder, stray)}": there is no truth for it (found: ${truth.map((f) => f.name).join(", ")})`,
  );
}

function readBoxes(path: string, benchmark: Benchmark, kind: Kind, length?: number): Boxes {
  const bytes = readFileSync(path);
  if (benchmark.layout === "kitti") return parseKitti(bytes, path, { kind, length });
  return parseMot(bytes, path, { kind, length, columns: benchmark.columns[kind] });
}

function resultPath(results: string, name: string, kind: Kind): string {
  if (existsSync(results) && statSync(results).isFile()) return results;
  const candidates = [join(results, `${name}.txt`), join(results, "data", `${name}.txt`)];
  if (kind === "detections") candidates.push(join(results, name, "det", "det.txt"));
  const path = candidates.find((p) => existsSync(p));
  if (path) return path;
  throw new InputError(`Cannot find ${kind} for sequence "${name}": expected "${candidates.join('" or "')}"`);
}

function findMot(folder: string): TruthFile[] {
  if (existsSync(join(folder, "gt", "gt.txt"))) return [motSequence(folder)];
  return foldersOf(folder)
    .map((name) => join(folder, name))
    .filter((path) => existsSync(join(path, "gt", "gt.txt")))
    .map(motSequence);
}

function motSequence(folder: string): TruthFile {
  const info = join(folder, "seqinfo.ini");
  const path = join(folder, "gt", "gt.txt");
  if (!existsSync(info)) return { name: basename(folder), path };
  return { name: basename(folder), path, length: parseSequenceInfo(readFileSync(info, "utf8"), info).length };
}

function findKitti(folder: string): TruthFile[] {
  if (!existsSync(folder)) return [];
  const lengths = new Map<string, number>();
  for (const place of [join(folder, ".."), folder]) {
    for (const file of readdirSync(place).filter((f) => f.startsWith("evaluate_tracking.seqmap"))) {
      const path = join(place, file);
      for (const [name, length] of parseSequenceMap(readFileSync(path, "utf8"), path))
        lengths.set(name, length);
    }
  }
  return readdirSync(folder)
    .filter((file) => file.endsWith(".txt"))
    .sort()
    .map((file) => {
      const name = file.slice(0, -4);
      return { name, path: join(folder, file), length: lengths.get(name) };
    });
}

function foldersOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map((entry) => entry.name)
    .sort();
}
