/**
 * What ground truth says about the tracks of a report: scores, and every mistake.
 */
import { InputError } from "../errors.js";
import { mainColumns, metricNames, type ScoreEvent, scoreColumns } from "../eval/index.js";
import type { Mistake, Scores } from "../report/boot.js";
import { findTrackers } from "./eval-results.js";
import { scoreTracks } from "./eval-score.js";
import { openTruth } from "./eval-truth.js";

/** Mistakes that a page holds; the switches are always among them. */
const MOST_MISTAKES = 200_000;

/** How tracks are scored. */
export interface ScoreOptions {
  readonly gt: string;
  readonly benchmark?: string;
  /** Shows scores that seem to be against the truth of another sequence. */
  readonly force: boolean;
  /** Told what the page should say. */
  readonly onNotice: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Scores tracks. @throws {InputError} {SyntaxError} {UsageError} */
export async function scoreReport(tracks: string, options: ScoreOptions): Promise<Scores> {
  const { gt, benchmark, force, onNotice, signal } = options;
  const truth = openTruth(gt, benchmark);
  const field = findTrackers([tracks], truth.sequences, "results");
  const mistakes: Mistake[] = [];
  let others = 0;
  const [entry] = await scoreTracks({
    ...field,
    benchmark: truth.benchmark,
    metrics: metricNames,
    onNote: (note) => onNotice(`${note.charAt(0).toUpperCase()}${note.slice(1)}.`),
    async pause() {
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
    },
    async onEvent(_, event) {
      if (event.kind === "switch" || others < MOST_MISTAKES) mistakes.push(mistakeOf(event));
      if (event.kind !== "switch") others++;
    },
  });
  const { classes } = entry!;
  const found = classes.reduce((sum, { combined }) => sum + (combined?.clear?.tp ?? 0), 0);
  const there = classes.reduce((sum, { combined }) => sum + (combined?.counts?.gtDets ?? 0), 0);
  const [sequence] = field.sequences;
  const { path } = sequence!;
  if (found === 0 && there > 0) {
    const what = `no box of ${JSON.stringify(path)} is where one of ${JSON.stringify(tracks)} is: it seems to be the truth of another sequence`;
    if (!force) throw new InputError(`Cannot score ${JSON.stringify(tracks)}: ${what}; --force scores it`);
    onNotice(`About the scores: ${what}.`);
  }
  if (others > MOST_MISTAKES)
    onNotice(`Of ${others} misses and false positives the first ${MOST_MISTAKES} are in this page.`);
  const shown = scoreColumns
    .filter(({ label }) => mainColumns.includes(label))
    .sort((a, b) => mainColumns.indexOf(a.label) - mainColumns.indexOf(b.label));
  return {
    truth: path,
    benchmark: truth.benchmark.name,
    metrics: classes.flatMap(({ class: name, combined }) =>
      shown.flatMap((column) => {
        const value = combined && column.value(combined);
        if (value === undefined || !Number.isFinite(value)) return [];
        const isShare = column.unit === "percent";
        return [
          {
            name: classes.length > 1 ? `${column.label} (${name})` : column.label,
            value: isShare ? value * 100 : value,
            isShare,
          },
        ];
      }),
    ),
    mistakes: mistakes.sort((a, b) => a.frame - b.frame),
  };
}

function mistakeOf({ kind, frame, truth, result, previous, truthBox, resultBox }: ScoreEvent): Mistake {
  const box = (truthBox ?? resultBox)!.map((side) => Math.round(side * 10) / 10);
  return {
    kind: kind === "false-positive" ? "false positive" : kind,
    frame,
    ...(result !== undefined && { id: result }),
    ...(previous !== undefined && { before: previous }),
    ...(truth !== undefined && { truth }),
    box: box as unknown as Mistake["box"],
  };
}
