/**
 * `track eval`: scores of tracks, or of detections, against truth.
 */
import { extname } from "node:path";
import { alphas } from "../eval/hota.js";
import { metricNames } from "../eval/index.js";
import { openTextFiles } from "../format/texts.js";
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
import { findTrackers, type ResultKind } from "./eval-results.js";
import { type Scoring, scoreDetections, scoreTracks } from "./eval-score.js";
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

/**
 * Scores, and when all is scored writes and prints. Returns the exit code.
 *
 * @throws {UsageError} the options make no sense.
 * @throws {InputError} truth or results are missing.
 * @throws {SyntaxError} `Cannot parse "file:line": ...`
 */
export async function runEval(options: EvalOptions, { stdout, stderr }: Streams): Promise<number> {
  const task = checkOptions(options);
  const truth = openTruth(task.gt, options.benchmark);
  const field = findTrackers(task.paths, truth.sequences, task.kind);
  const outputs = [options.json, options.csv, options.perFrame].filter((path) => path !== undefined);
  const inputs = [
    ...field.sequences.map(({ path }) => path),
    ...field.trackers.flatMap(({ files }) => [...files.values()]),
  ];
  const files = await asUsage(() => openTextFiles(outputs, { inputs, stdout }));
  const interrupt = watchInterrupt({ onFirst: () => {}, onSecond: () => {} });
  interrupt.temporary = () => files.temporary;
  const notes = new Set<string>();
  const scoring: Scoring = {
    ...field,
    benchmark: truth.benchmark,
    onNote: (note) => notes.add(note),
    async pause() {
      // Lets a signal through.
      await new Promise((resolve) => setImmediate(resolve));
      interrupt.signal.throwIfAborted();
    },
  };
  const write = async (path: string | undefined, text: string): Promise<void> => {
    if (path !== undefined) await files.write(outputs.indexOf(path), text);
  };
  try {
    const width = widthOf(stdout);
    const { document, csv, tables } =
      task.kind === "results"
        ? await reportTracks(task, scoring, options, { write, width })
        : await reportDetections(scoring, width);
    const head = { benchmark: truth.benchmark.name, why: truth.why };
    await write(options.json, `${JSON.stringify({ ...head, ...document }, null, 2)}\n`);
    await write(options.csv, csv);
    await files.finish();
    for (const note of notes) stderr.write(`note: ${note}\n`);
    if (outputs.includes("-")) return exitCodes.done;
    const why = truth.why === "chosen" ? "chosen" : `${truth.why}; --benchmark chooses`;
    stdout.write(
      `Rules: ${head.benchmark} (${why}), ${plural(field.sequences.length, "sequence")}\n\n${tables}`,
    );
    return exitCodes.done;
  } catch (error) {
    if (interrupt.signal.aborted) return interrupt.exitCode;
    throw error;
  } finally {
    await files.discard();
    interrupt.close();
  }
}

/** The three forms of the scores. */
interface Report {
  readonly document: object;
  readonly csv: string;
  readonly tables: string;
}

async function reportTracks(
  { metrics, eventFormat }: Task,
  scoring: Scoring,
  options: EvalOptions,
  { write, width }: { write: (path: string | undefined, text: string) => Promise<void>; width: number },
): Promise<Report> {
  if (eventFormat) await write(options.perFrame, eventFormat.head);
  const trackers = await scoreTracks({
    ...scoring,
    metrics,
    onEvent: eventFormat && ((place, event) => write(options.perFrame, eventFormat.line(place, event))),
  });
  return {
    document: { alphas, trackers },
    csv: formatCsv(trackers, allTrackColumns),
    tables: formatTables(trackers, trackColumns(options.metrics && metrics), width),
  };
}

async function reportDetections(scoring: Scoring, width: number): Promise<Report> {
  const detectors = await scoreDetections(scoring);
  return {
    document: { detectors },
    csv: formatCsv(detectors, detectionColumns),
    tables: `${formatTables(detectors, detectionColumns, width)}\n${formatCurves(detectors, width)}`,
  };
}

type Task = ReturnType<typeof checkOptions>;

/** What the options ask for. @throws {UsageError} */
function checkOptions({ gt, results, detections, metrics, json, csv, perFrame }: EvalOptions) {
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
  for (const [option, path] of Object.entries({ "--json": json, "--csv": csv, "--per-frame": perFrame }))
    if (path === "") throw new UsageError(`Option ${option}: expected the name of a file, got ""`);
  const ending = perFrame === "-" ? ".jsonl" : perFrame && extname(perFrame).toLowerCase();
  if (ending !== undefined && ending !== ".jsonl" && ending !== ".csv")
    throw new UsageError(
      `Option --per-frame: expected a name that ends in .jsonl or .csv, got ${JSON.stringify(perFrame)}`,
    );
  return {
    gt,
    kind,
    paths,
    metrics: metricNames.filter((name) => metrics?.includes(name) ?? true),
    eventFormat: ending && eventFormats[ending],
  };
}
