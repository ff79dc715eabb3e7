/**
 * Scores of every tracker, one sequence in memory at a time.
 */
import { InputError } from "../errors.js";
import { addAll, countAll, scoreAll } from "../eval/evaluate.js";
import {
  type Benchmark,
  type ClassScores,
  type Counts,
  type DetectionScores,
  evaluateDetections,
  events,
  type MetricName,
  type Pair,
  type ScoreEvent,
  type Scores,
  type TruthFile,
} from "../eval/index.js";
import { lengthened } from "../eval/tracks.js";
import { readBoxesFile } from "./boxes-file.js";
import type { Entry, Place } from "./eval-report.js";
import type { Field, ResultKind, Tracker } from "./eval-results.js";

/** Who is scored on what, and what goes on meanwhile. */
export interface Scoring extends Field {
  readonly benchmark: Benchmark;
  /** Told what the scores do not show. */
  readonly onNote: (note: string) => void;
  /** Awaited before each sequence; may end the work by throwing. */
  readonly pause: () => Promise<void>;
}

/** What tracks are scored by. */
export interface TrackScoring extends Scoring {
  readonly metrics: readonly MetricName[];
  /** Awaited for every mistake. */
  readonly onEvent?: (place: Place, event: ScoreEvent) => Promise<void>;
}

/** Scores tracks. */
export async function scoreTracks(scoring: TrackScoring): Promise<Entry<Scores>[]> {
  const entries: Entry<Scores>[] = [];
  for (const tracker of scoring.trackers)
    entries.push({ name: tracker.name, classes: await scoreTracker(tracker, scoring) });
  return entries;
}

async function scoreTracker(
  tracker: Tracker,
  { sequences, benchmark, metrics, onNote, onEvent, pause }: TrackScoring,
): Promise<ClassScores[]> {
  const totals: (Counts | undefined)[] = benchmark.classes.map(() => undefined);
  const rows: ClassScores["sequences"][number][][] = benchmark.classes.map(() => []);
  for (const file of sequences) {
    await pause();
    const { name, truth, results } = readPair(file, tracker, "results", { benchmark, onNote });
    for (const [c, className] of benchmark.classes.entries()) {
      const sequence = benchmark.prepare(name, truth, results, className);
      const counts = countAll(sequence, metrics);
      const total = totals[c];
      totals[c] = total === undefined ? counts : addAll(total, counts);
      rows[c]!.push({ name, scores: scoreAll(counts) });
      if (!onEvent) continue;
      const place = { tracker: tracker.name, class: className, sequence: name };
      for (const event of events(sequence)) await onEvent(place, event);
    }
  }
  return benchmark.classes.map((className, c) => ({
    class: className,
    sequences: rows[c]!,
    combined: scoreAll(totals[c]!),
  }));
}

/** Scores detections. */
export async function scoreDetections(scoring: Scoring): Promise<Entry<DetectionScores>[]> {
  const entries: Entry<DetectionScores>[] = [];
  for (const detector of scoring.trackers) {
    await scoring.pause();
    const pairs = (function* () {
      for (const file of scoring.sequences) yield readPair(file, detector, "detections", scoring);
    })();
    entries.push({ name: detector.name, classes: evaluateDetections(pairs, scoring.benchmark) });
  }
  return entries;
}

/** Reads both sides. Where nothing says how long the sequence is, it is as long as the longer side. */
function readPair(
  { name, path, length }: TruthFile,
  tracker: Tracker,
  kind: ResultKind,
  { benchmark, onNote }: Pick<Scoring, "benchmark" | "onNote">,
): Pair {
  const truth = readBoxesFile(path, { benchmark, onNote, kind: "truth", length });
  if (truth.count === 0 && benchmark.layout === "mot")
    throw new InputError(`Cannot score against ${JSON.stringify(path)}: it has no boxes`);
  // Our own documents list every frame, also those without boxes.
  const known = length ?? (/\.jsonl?$/i.test(path) ? truth.frames : undefined);
  const results = readBoxesFile(tracker.files.get(name)!, { benchmark, onNote, kind, length: known });
  const frames = Math.max(truth.frames, results.frames);
  return { name, truth: lengthened(truth, frames), results: lengthened(results, frames) };
}
