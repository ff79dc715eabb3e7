/**
 * Files that we wrote ourselves, as columns to be scored.
 */
import { InputError } from "../errors.js";
import { type Benchmark, type Boxes, custom, fromTracks } from "../eval/index.js";
import { kittiClasses } from "../eval/rules/kitti.js";
import { parseDetections } from "../format/detections.js";
import type { FrameTracks, ParsedTracks } from "../types.js";
import type { BoxesFileOptions } from "./boxes-file.js";
import { plural } from "./reporter.js";
import { parseTracks } from "./tracks-file.js";

/**
 * Tracks in one of our formats, with the class numbers of the benchmark.
 *
 * @throws {InputError} they hold nothing that the benchmark scores.
 * @throws {SyntaxError} `Cannot parse "file:line": ...`
 */
export function ownTracks(text: string, path: string, options: BoxesFileOptions): Boxes {
  const parsed = parseTracks(text, path);
  const { benchmark = custom, length = lengthOf(parsed), onNote } = options;
  const { footer, labels } = parsed;
  if (footer ? !footer.integrity.complete : /\.jsonl$/i.test(path))
    onNote?.(
      `${JSON.stringify(path)} holds a part of its input only: the run was cut short or the input damaged`,
    );
  refuseImpossible(parsed.frames, path, text, length);
  return fromTracks(ofBenchmark(parsed.frames, labels ?? [], path, benchmark, onNote), path, length);
}

/** @throws {SyntaxError} a frame beyond the sequence, an identity twice in a frame; with the line of the frame. */
function refuseImpossible(frames: readonly FrameTracks[], path: string, text: string, length: number): void {
  const seen = new Map<number, Set<number>>();
  const refuse = (what: string, index: number, id?: number): SyntaxError =>
    new SyntaxError(`Cannot parse ${JSON.stringify(`${path}${lineOf(text, index, id)}`)}: ${what}`);
  for (const { index, tracks } of frames) {
    if (index >= length)
      throw refuse(
        `expected a frame number from 0 to ${length - 1} (the sequence's length), got ${index}`,
        index,
      );
    const ids = seen.get(index) ?? new Set();
    seen.set(index, ids);
    for (const { id } of tracks) {
      if (ids.has(id))
        throw refuse(
          `identity ${id} is already in frame ${index}; an identity may appear once per frame`,
          index,
          id,
        );
      ids.add(id);
    }
  }
}

/** The last line about a frame, as our formats write it: one line per frame, in CSV per identity. */
function lineOf(text: string, index: number, id?: number): string {
  const frame = new RegExp(`"frame":\\s*${index}\\b`);
  const row = new RegExp(`^${index},[^,]*,${id === undefined ? "" : `${id},`}`);
  const line = text.split("\n").findLastIndex((content) => frame.test(content) || row.test(content));
  return line < 0 ? "" : `:${line + 1}`;
}

/** Frames without tracks count too; a damaged or skipping run counts fewer frames than the last one's number. */
function lengthOf({ frames, footer }: ParsedTracks): number {
  let last = -1;
  for (const { index } of frames) last = Math.max(last, index);
  return Math.max(last + 1, footer?.integrity.frames ?? 0);
}

/** Detections as `--save-detections` writes them, likewise. Each gets an identity of its own. */
export function ownDetections(
  text: string,
  path: string,
  { benchmark = custom, length, onNote }: BoxesFileOptions,
): Boxes {
  const stored = parseDetections(text, path);
  let id = 0;
  const frames = stored.indices.map((index): FrameTracks => {
    const { count, boxes, scores, classes } = stored.at(index);
    const tracks = Array.from({ length: count }, (_, i) => ({
      id: ++id,
      box: [boxes[4 * i]!, boxes[4 * i + 1]!, boxes[4 * i + 2]!, boxes[4 * i + 3]!] as const,
      score: scores[i]!,
      class: classes[i]!,
      detection: i,
    }));
    return { index, time: index, tracks };
  });
  return fromTracks(ofBenchmark(frames, stored.labels ?? [UNKNOWN], path, benchmark, onNote), path, length);
}

/** The label of tracks from detections without classes: whatever the benchmark is about, where that is one thing. */
const UNKNOWN = "object";

/** The number that a benchmark has for a class of ours; undefined where it does not score it. */
function classNumber(benchmark: Benchmark, label: string): number | undefined {
  const name = label.toLowerCase();
  if (benchmark.layout === "kitti") {
    const known = name === "person" ? "pedestrian" : name;
    return Object.hasOwn(kittiClasses, known) ? kittiClasses[known] : undefined;
  }
  return name === "person" || name === "pedestrian" || name === UNKNOWN ? 1 : undefined;
}

/** Tracks with the class numbers of the benchmark, without the classes that it does not know. */
function ofBenchmark(
  frames: readonly FrameTracks[],
  labels: readonly string[],
  path: string,
  benchmark: Benchmark,
  onNote: BoxesFileOptions["onNote"],
): readonly FrameTracks[] {
  if (benchmark === custom) return frames;
  const leftOut = new Set<string>();
  let count = 0;
  let kept = 0;
  const known = frames.map((frame) => ({
    ...frame,
    tracks: frame.tracks.flatMap((track) => {
      const label = labels[track.class] ?? `class ${track.class}`;
      const number = classNumber(benchmark, label);
      if (number !== undefined) {
        kept++;
        return { ...track, class: number };
      }
      leftOut.add(label);
      count++;
      return [];
    }),
  }));
  const names = [...leftOut].sort().join(", ");
  if (count > 0 && kept === 0)
    throw new InputError(
      `Cannot use ${JSON.stringify(path)}: ${benchmark.name} scores ${benchmark.classes.join(" and ")}, the file has ${names} only`,
    );
  if (count > 0)
    onNote?.(
      `${JSON.stringify(path)}: left out ${plural(count, "box", "boxes")} of ${names}; ${benchmark.name} scores ${benchmark.classes.join(" and ")}`,
    );
  return known;
}
