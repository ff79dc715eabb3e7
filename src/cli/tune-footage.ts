/** The sequences that trackers are tuned on, and a candidate's counts on one of them. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { groupClasses, indicesOf, people } from "../classes.js";
import { InputError } from "../errors.js";
import { type Counts, countAll } from "../eval/evaluate.js";
import { type Benchmark, type Boxes, custom, fromTracks, parseSequenceInfo } from "../eval/index.js";
import { lengthened } from "../eval/tracks.js";
import { readDetections, type StoredDetections } from "../format/detections.js";
import { keptOf } from "../kept.js";
import { HeldFrames } from "../late.js";
import { refine } from "../refine/index.js";
import type { FrameTracks } from "../types.js";
import { readBoxesFile } from "./boxes-file.js";
import type { LoadedTracker } from "./choices.js";
import type { Field } from "./eval-results.js";
import type { Candidate } from "./tune-space.js";

/** One sequence. */
export interface Footage {
  readonly name: string;
  readonly truth: Boxes;
  readonly found: StoredDetections;
  /** Frames per second, where known. */
  readonly rate: number | undefined;
}

/** @throws {InputError} {SyntaxError} what cannot be read */
export async function readFootage(
  { sequences, trackers: [detections] }: Field,
  benchmark: Benchmark,
): Promise<Footage[]> {
  const all: Footage[] = [];
  for (const { name, path, length } of sequences) {
    const found = await readDetections(detections!.files.get(name)!);
    const truth = await readBoxesFile(path, { benchmark, kind: "truth", length });
    if (truth.count === 0) throw new InputError(`Cannot tune on ${JSON.stringify(path)}: it has no boxes`);
    const info = join(dirname(dirname(path)), "seqinfo.ini");
    const { frameRate } = existsSync(info) ? parseSequenceInfo(readFileSync(info, "utf8"), info) : {};
    const frames = length ?? Math.max(truth.frames, found.frames);
    all.push({ name, truth: lengthened(truth, frames), found, rate: frameRate });
  }
  return all;
}

/** How candidates are tried. */
export interface Trying {
  readonly tracker: LoadedTracker;
  readonly isRefined: boolean;
  readonly benchmark: Benchmark;
}

/** What `track` with these options would be counted on a sequence. */
export async function tryOut(
  { name, truth, found, rate }: Footage,
  options: Candidate,
  { tracker, isRefined, benchmark }: Trying,
): Promise<Counts> {
  const labels = found.labels ?? ["object"];
  const usual = tracker.usual({ ownScores: false });
  const one = tracker.create({ classGroups: groupClasses(labels), ...usual, ...options });
  const held = new HeldFrames(one.delay);
  const frames: FrameTracks[] = [];
  for (let index = 0; index < truth.frames; index++) {
    const elapsed = rate === undefined || index === 0 ? undefined : 1 / rate;
    const detections = found.at(index);
    const tracks = one.update(detections, { elapsed, onLate: held.onLate });
    const kept = keptOf({ keepsCues: isRefined }, detections, tracks, undefined, one.looksFrom);
    frames.push(...held.push({ index, time: index / (rate ?? 30), tracks, ...kept }));
  }
  frames.push(...held.take());
  const told = isRefined ? await all(refine(() => frames)) : frames;
  const results = fromTracks(scored(told, labels, benchmark), name, truth.frames);
  const [className] = benchmark.classes;
  return countAll(benchmark.prepare(name, truth, results, className!), ["hota", "clear", "identity"]);
}

async function all(frames: AsyncIterable<FrameTracks>): Promise<FrameTracks[]> {
  const list: FrameTracks[] = [];
  for await (const frame of frames) list.push(frame);
  return list;
}

/** The challenges are about people, and call them class 1. */
function scored(
  frames: readonly FrameTracks[],
  labels: readonly string[],
  benchmark: Benchmark,
): FrameTracks[] {
  const chosen = new Set(people.flatMap((name) => indicesOf(labels, name)));
  const counts = (c: number) => benchmark === custom || chosen.size === 0 || chosen.has(c);
  return frames.map((frame) => ({
    ...frame,
    tracks: frame.tracks.filter((track) => counts(track.class)).map((track) => ({ ...track, class: 1 })),
  }));
}
