/**
 * Finding the results of each tracker for each sequence.
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { InputError } from "../errors.js";
import type { TruthFile } from "../eval/index.js";
import { endings } from "./boxes-file.js";
import { nameOf, stemOf } from "./eval-truth.js";

export type ResultKind = "results" | "detections";

/** One tracker, or with detections one detector. */
export interface Tracker {
  readonly name: string;
  /** Its file for each sequence, by the sequence's name. */
  readonly files: ReadonlyMap<string, string>;
}

/** Who is scored on what. */
export interface Field {
  readonly sequences: readonly TruthFile[];
  readonly trackers: readonly Tracker[];
}

/**
 * Finds the results below `paths`. A folder with files named like the sequences is a tracker, as is one that keeps
 * them in `data`; a folder of such folders is one tracker for each. A file is scored on the sequence that it is
 * named like, or on the only one; several of one folder are one tracker.
 *
 * @throws {InputError} a sequence without results, results without a sequence, or two for one.
 */
export function findTrackers(paths: readonly string[], truth: readonly TruthFile[], kind: ResultKind): Field {
  const trackers: Tracker[] = [];
  const single = new Map<string, Map<string, string>>();
  let hasFolder = false;
  for (const path of paths) {
    if (!existsSync(path)) throw new InputError(`Cannot find ${kind}: there is no ${JSON.stringify(path)}`);
    if (statSync(path).isDirectory()) {
      hasFolder = true;
      trackers.push(...trackersIn(path, truth, kind));
      continue;
    }
    const sequence = sequenceOf(nameOf(path), truth) ?? (truth.length === 1 ? truth[0] : undefined);
    if (!sequence) throw withoutTruth(path, truth);
    const name = truth.length === 1 && stemOf(path) !== sequence.name ? stemOf(path) : ownerOf(path);
    const key = truth.length === 1 ? path : ownerPath(path);
    const files = single.get(key) ?? new Map<string, string>();
    addFile(files, sequence.name, path);
    if (!single.has(key)) trackers.push({ name, files });
    single.set(key, files);
  }
  const sequences = hasFolder
    ? truth
    : truth.filter(({ name }) => trackers.some((tracker) => tracker.files.has(name)));
  for (const { name, files } of trackers) {
    const missing = sequences.find((sequence) => !files.has(sequence.name));
    if (!missing) continue;
    const place = dirname([...files.values()][0]!);
    throw new InputError(
      `Cannot score ${JSON.stringify(name)}: it has no ${kind} for sequence ${JSON.stringify(missing.name)} (expected ${JSON.stringify(join(place, `${missing.name}.txt`))}; to score fewer sequences name their files, as in --${kind} ${place}/*.txt)`,
    );
  }
  return { sequences, trackers: withOwnNames(trackers) };
}

function trackersIn(folder: string, truth: readonly TruthFile[], kind: ResultKind): Tracker[] {
  const here = trackerIn(folder, truth, kind);
  if (here) return [here];
  const found = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map(({ name }) => join(folder, name))
    .filter((path) => statSync(path).isDirectory())
    .sort()
    .flatMap((path) => trackerIn(path, truth, kind) ?? []);
  if (found.length > 0) return found;
  throw new InputError(
    `Cannot find ${kind} in ${JSON.stringify(folder)}: expected ${JSON.stringify(join(folder, `${truth[0]!.name}.txt`))} or folders with such files`,
  );
}

/** The tracker that a folder is; undefined where it holds no results. */
function trackerIn(folder: string, truth: readonly TruthFile[], kind: ResultKind): Tracker | undefined {
  const data = join(folder, "data");
  const place = existsSync(data) ? data : folder;
  const files = new Map<string, string>();
  const strays: string[] = [];
  const known = kind === "results" ? endings : [".txt"];
  for (const entry of readdirSync(place).sort()) {
    const path = join(place, entry);
    const isFile = known.includes(extname(entry).toLowerCase()) && statSync(path).isFile();
    if (!isFile) continue;
    const sequence = sequenceOf(stemOf(entry), truth);
    if (sequence) addFile(files, sequence.name, path);
    // Other files with these endings, such as reports, may lie here too.
    else if (/\.txt$|\.tracks\.\w+$/i.test(entry)) strays.push(path);
  }
  if (kind === "detections") {
    for (const { name } of truth) {
      const own = [join(folder, name, "det", "det.txt"), join(folder, "det", "det.txt")];
      const path = own.find((p) => existsSync(p) && nameOf(p) === name);
      if (path !== undefined) addFile(files, name, path);
    }
  }
  if (strays.length > 0) throw withoutTruth(strays[0]!, truth);
  return files.size > 0 ? { name: basename(ownFolder(place)), files } : undefined;
}

function addFile(files: Map<string, string>, sequence: string, path: string): void {
  const other = files.get(sequence);
  if (other !== undefined)
    throw new InputError(
      `Cannot choose between ${JSON.stringify(other)} and ${JSON.stringify(path)}: both are for sequence ${JSON.stringify(sequence)}`,
    );
  files.set(sequence, path);
}

/**
 * The sequence of this name. The detector at the end of a MOT17 name may be missing on one side, where that leaves
 * no choice.
 */
function sequenceOf(name: string, truth: readonly TruthFile[]): TruthFile | undefined {
  const exact = truth.find((file) => file.name === name);
  if (exact) return exact;
  const base = baseOf(name);
  const alike = truth.filter((file) => base !== undefined && baseOf(file.name) === base);
  if (alike.length !== 1) return undefined;
  return name === base || alike[0]!.name === base ? alike[0] : undefined;
}

const baseOf = (name: string): string | undefined => /^(MOT17-\d\d)(-\w+)?$/.exec(name)?.[1];

const withoutTruth = (path: string, truth: readonly TruthFile[]): InputError =>
  new InputError(
    `Cannot score ${JSON.stringify(path)}: there is no truth for it (found: ${truth.map(({ name }) => name).join(", ")})`,
  );

/** The folder that stands for the tracker which a file belongs to. */
function ownerPath(path: string): string {
  const folder = dirname(resolve(path));
  // NAME/det/det.txt
  return basename(folder) === "det" ? dirname(dirname(folder)) : ownFolder(folder);
}

const ownerOf = (path: string): string => basename(ownerPath(path));

function ownFolder(folder: string): string {
  const path = resolve(folder);
  return basename(path) === "data" ? dirname(path) : path;
}

/** Trackers of the same name are told apart by where they are. */
function withOwnNames(trackers: readonly Tracker[]): Tracker[] {
  return trackers.map((tracker) => {
    const isAlone = trackers.every((other) => other === tracker || other.name !== tracker.name);
    if (isAlone) return tracker;
    const [first] = tracker.files.values();
    return { ...tracker, name: tracker.files.size === 1 ? first! : dirname(first!) };
  });
}
