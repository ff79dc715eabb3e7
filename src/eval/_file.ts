/** Finding the truth of a benchmark; the only file of this folder that touches the disk. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { InputError } from "../errors.js";
import { parseSequenceMap } from "./kitti.js";
import { parseSequenceInfo } from "./mot.js";
import type { Benchmark } from "./sequence.js";

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
