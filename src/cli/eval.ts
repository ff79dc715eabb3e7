/**
 * `track eval`: scores of tracks, or of detections, against truth. One sequence is in memory at a time.
 */
import { extname } from "node:path";
import { InputError } from "../errors.js";
import { addAll, countAll, scoreAll } from "../eval/evaluate.js";
import { alphas } from "../eval/hota.js";
import {
  type Benchmark,
  type ClassScores,
  type Counts,
  evaluateDetections,
  events,
  type MetricName,
  metricNames,
  type Pair,
  type TruthFile,
} from "../eval/index.js";
import { lengthened } from "../eval/tracks.js";
import { openTextFiles } from "../format/files.js";
import { readBoxesFile } from "./boxes-file.js";
import { asUsage, exitCodes, UsageError } from "./errors.js";
import {
  allTrackColumns,
  detectionColumns,
  eventFormats,
  formatCsv,
  formatCurves,
  formatTables,
  trackColumns,
} from "./eval-report.js";
import { findTrackers, type ResultKind, type Tracker } from "./eval-results.js";
import { openTruth } from "./eval-truth.js";
import { watchInterrupt } from "./interrupt.js";
import type { Streams } from "./models.js";
import { plural } from "./reporter.js";
import { widthOf } from "./table.js";

/** The options of the command line, as given. */
export interface EvalOptions {
  readonly gt?: string;
  readonly results?: readonly string[];
  readonly detections?: readonly string[];
  readonly benchmark?: string;
  readonly metrics?: readonly string[];
  readonly json?: string;
  readonly csv?: string;
  readonly perFrame?: string;
}

/** Scores, writes and prints. Returns the exit code. */
export async function runEval(options: EvalOptions, { stdout, stderr }: Streams): Promise<number> {
  const { gt, kind, paths, metrics, eventFormat } = check(options);
  const { benchmark, why, sequences: truth } = openTruth(gt, options.benchmark);
  const { sequences, trackers } = findTrackers(paths, truth, kind);
  const notes = new Set<string>();
  const pairOf = (sequence: TruthFile, tracker: Tracker): Pair =>
    readPair(sequence, tracker, { benchmark, kind, onNote: (note) => notes.add(note) });

  const outputs = [options.json, options.csv, options.perFrame].filter((path) => path !== undefined);
  const inputs = [
    ...sequences.map(({ path }) => path),
    ...trackers.flatMap(({ files }) => [...files.values()]),
  ];
  const files = await asUsage(() => openTextFiles(outputs, { inputs, stdout }));
  const write = async (path: string | undefined, text: string): Promise<void> => {
    if (path !== undefined) await files.write(outputs.indexOf(path), text);
  };
  const interrupt = watchInterrupt({ onFirst: () => {}, onSecond: () => {} });
  interrupt.temporary = () => files.temporary;
  /** Lets a signal through between two sequences. */
  const pause = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    interrupt.signal.throwIfAborted();
  };

  let tables: string;
  let csv: string;
  let entries: readonly { readonly name: string; readonly classes: readonly ClassScores<unknown>[] }[];
  try {
    if (kind === "detections") {
      const scored = [];
      for (const tracker of trackers) {
        await pause();
        const pairs = (function* () {
          for (const sequence of sequences) yield pairOf(sequence, tracker);
        })();
        scored.push({ name: tracker.name, classes: evaluateDetections(pairs, benchmark) });
      }
      const width = widthOf(stdout);
      tables = `${formatTables(scored, detectionColumns, width)}\n${formatCurves(scored, width)}`;
      csv = formatCsv(scored, detectionColumns);
      entries = scored;
    } else {
      if (eventFormat) await write(options.perFrame, eventFormat.head);
      const scored = [];
      for (const tracker of trackers) {
        const totals = benchmark.classes.map(() => undefined as Counts | undefined);
        const rows = benchmark.classes.map(() => [] as ClassScores["sequences"][number][]);
        for (const file of sequences) {
          await pause();
          const pair = pairOf(file, tracker);
          for (const [c, name] of benchmark.classes.entries()) {
            const sequence = benchmark.prepare(pair.name, pair.truth, pair.results, name);
            const counts = countAll(sequence, metrics);
            const total = totals[c];
            totals[c] = total === undefined ? counts : addAll(total, counts);
            rows[c]!.push({ name: pair.name, scores: scoreAll(counts) });
            if (!eventFormat) continue;
            const place = { tracker: tracker.name, class: name, sequence: pair.name };
            for (const event of events(sequence))
              await write(options.perFrame, eventFormat.line(place, event));
          }
        }
        const classes = benchmark.classes.map((name, c) => ({
          class: name,
          sequences: rows[c]!,
          combined: scoreAll(totals[c]!),
        }));
        scored.push({ name: tracker.name, classes });
      }
      tables = formatTables(scored, trackColumns(options.metrics && metrics), widthOf(stdout));
      csv = formatCsv(scored, allTrackColumns);
      entries = scored;
    }
    const document = {
      benchmark: benchmark.name,
      why,
      ...(kind === "results" ? { alphas } : {}),
      [kind === "results" ? "trackers" : "detectors"]: entries,
    };
    await write(options.json, `${JSON.stringify(document, null, 2)}\n`);
    await write(options.csv, csv);
    await files.finish();
  } catch (error) {
    if (interrupt.signal.aborted) return interrupt.exitCode;
    throw error;
  } finally {
    await files.discard();
    interrupt.close();
  }
  for (const note of notes) stderr.write(`note: ${note}\n`);
  if (!outputs.includes("-"))
    stdout.write(
      `Rules: ${benchmark.name} (${why}${why === "chosen" ? "" : "; --benchmark chooses"}), ${plural(sequences.length, "sequence")}\n\n${tables}`,
    );
  return exitCodes.done;
}

/** Settles what the options ask for. @throws {UsageError} */
function check({ gt, results, detections, metrics, json, csv, perFrame }: EvalOptions) {
  if (gt === undefined)
    throw new UsageError(
      "Option --gt is missing: where the truth is, as in `track eval --gt DIR --results DIR`",
    );
  const kind: ResultKind = detections === undefined ? "results" : "detections";
  const paths = detections ?? results;
  if (paths === undefined)
    throw new UsageError("Nothing to score: name tracks with --results, or detections with --detections");
  if (results !== undefined && detections !== undefined)
    throw new UsageError("Cannot score --results and --detections at once: expected one of them");
  if (kind === "detections" && (metrics !== undefined || perFrame !== undefined))
    throw new UsageError(
      `Option ${metrics === undefined ? "--per-frame" : "--metrics"} is about tracks: expected it with --results`,
    );
  const unknown = metrics?.find((name) => !metricNames.some((known) => known === name));
  if (unknown !== undefined)
    throw new UsageError(
      `Option --metrics: expected names out of ${metricNames.join(", ")}, got ${JSON.stringify(unknown)}`,
    );
  const ending = perFrame === "-" ? ".jsonl" : perFrame && extname(perFrame).toLowerCase();
  if (ending !== undefined && ending !== ".jsonl" && ending !== ".csv")
    throw new UsageError(
      `Option --per-frame: expected a name that ends in .jsonl or .csv, got ${JSON.stringify(perFrame)}`,
    );
  for (const [option, path] of Object.entries({ "--json": json, "--csv": csv, "--per-frame": perFrame }))
    if (path === "") throw new UsageError(`Option ${option}: expected the name of a file, got ""`);
  return {
    gt,
    kind,
    paths,
    metrics: metrics === undefined ? metricNames : metricNames.filter((name) => metrics.includes(name)),
    eventFormat: ending && eventFormats[ending],
  } satisfies { metrics: readonly MetricName[] } & Record<string, unknown>;
}

interface PairOptions {
  readonly benchmark: Benchmark;
  readonly kind: ResultKind;
  readonly onNote: (note: string) => void;
}

/** Reads both sides. Where nothing says how long the sequence is, it is as long as the longer side. */
function readPair({ name, path, length }: TruthFile, tracker: Tracker, options: PairOptions): Pair {
  const truth = readBoxesFile(path, { ...options, kind: "truth", length });
  if (truth.count === 0 && options.benchmark.layout === "mot")
    throw new InputError(`Cannot score against ${JSON.stringify(path)}: it has no boxes`);
  const results = readBoxesFile(tracker.files.get(name)!, { ...options, length });
  const frames = Math.max(truth.frames, results.frames);
  return { name, truth: lengthened(truth, frames), results: lengthened(results, frames) };
}
