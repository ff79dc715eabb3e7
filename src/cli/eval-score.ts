/**
 * Scores of every tracker, one sequence in memory at a time.
 */
import { InputError } from "../errors.js";
import * as detection from "../eval/detection.js";
import { addAll, countAll, scoreAll } from "../eval/evaluate.js";
import {
  type Benchmark,
  type DetectionScores,
  events,
  type MetricName,
  type Pair,
  type ScoreEvent,
  type Scores,
  type TruthFile,
} from "../eval/index.js";
import type { Sequence } from "../eval/sequence.js";
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
export function scoreTracks(scoring: TrackScoring): Promise<Entry<Scores>[]> {
  const { metrics } = scoring;
  const metric = { count: (sequence: Sequence) => countAll(sequence, metrics), add: addAll, score: scoreAll };
  return scoreField("results", scoring, metric, scoring.onEvent);
}

/** Scores detections. */
export function scoreDetections(scoring: Scoring): Promise<Entry<DetectionScores>[]> {
  return scoreField("detections", scoring, detection);
}

/** What it counts adds up over sequences, what it scores does not. */
interface Metric<C, S> {
  count(sequence: Sequence): C;
  add(a: C, b: C): C;
  score(counts: C): S;
}

async function scoreField<C, S>(
  kind: ResultKind,
  { trackers, sequences, benchmark, onNote, pause }: Scoring,
  metric: Metric<C, S>,
  onEvent?: TrackScoring["onEvent"],
): Promise<Entry<S>[]> {
  const entries: Entry<S>[] = [];
  for (const tracker of trackers) {
    const totals: (C | undefined)[] = benchmark.classes.map(() => undefined);
    const rows: { name: string; scores: S }[][] = benchmark.classes.map(() => []);
    for (const file of sequences) {
      await pause();
      const { name, truth, results } = await readPair(file, tracker, kind, { benchmark, onNote });
      for (const [c, className] of benchmark.classes.entries()) {
        const sequence = benchmark.prepare(name, truth, results, className);
        const counts = metric.count(sequence);
        const total = totals[c];
        totals[c] = total === undefined ? counts : metric.add(total, counts);
        rows[c]!.push({ name, scores: metric.score(counts) });
        if (!onEvent) continue;
        const place = { tracker: tracker.name, class: className, sequence: name };
        for (const event of events(sequence)) await onEvent(place, event);
      }
    }
    const classes = benchmark.classes.map((className, c) => ({
      class: className,
      sequences: rows[c]!,
      combined: metric.score(totals[c]!),
    }));
    entries.push({ name: tracker.name, classes });
  }
  return entries;
}

/** Reads both sides. Where nothing says how long the sequence is, it is as long as the longer side. */
async function readPair(
  { name, path, length }: TruthFile,
  tracker: Tracker,
  kind: ResultKind,
  { benchmark, onNote }: Pick<Scoring, "benchmark" | "onNote">,
): Promise<Pair> {
  const truth = await readBoxesFile(path, { benchmark, onNote, kind: "truth", length });
  if (truth.count === 0 && benchmark.layout === "mot")
    throw new InputError(`Cannot score against ${JSON.stringify(path)}: it has no boxes`);
  // Our own documents list every frame, also those without boxes.
  const known = length ?? (/\.jsonl?$/i.test(path) ? truth.frames : undefined);
  const results = await readBoxesFile(tracker.files.get(name)!, { benchmark, onNote, kind, length: known });
  const frames = Math.max(truth.frames, results.frames);
  return { name, truth: lengthened(truth, frames), results: lengthened(results, frames) };
}
