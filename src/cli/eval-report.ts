/**
 * Scores as people and spreadsheets read them.
 */
import {
  type ClassScores,
  type DetectionScores,
  formatScore,
  type MetricName,
  mainColumns,
  type ScoreColumn,
  type ScoreEvent,
  type Scores,
  scoreColumns,
} from "../eval/index.js";
import { layOut } from "./table.js";

/** The scores of one tracker, or with detections of one detector. */
export interface Entry<S> {
  readonly name: string;
  readonly classes: readonly ClassScores<S>[];
}

/** What a table can show of scores. */
interface Column<S> {
  readonly label: string;
  readonly value: (scores: S) => number | undefined;
  readonly text: (scores: S) => string;
  /** More is better. */
  readonly isQuality: boolean;
}

const COMBINED = "COMBINED";

const percent = (value: number | undefined): string => (value === undefined ? "" : (100 * value).toFixed(2));

const columnOf = (column: ScoreColumn): Column<Scores> => ({
  label: column.label,
  value: column.value,
  text: (scores) => formatScore(column, scores),
  isQuality: column.unit === "percent",
});

/** The columns of the tracks table: the usual ones, or all of the metrics that were asked for. */
export function trackColumns(metrics: readonly MetricName[] | undefined): Column<Scores>[] {
  const shown = metrics ? scoreColumns : scoreColumns.filter(({ label }) => mainColumns.includes(label));
  const inOrder = metrics
    ? shown
    : [...shown].sort((a, b) => mainColumns.indexOf(a.label) - mainColumns.indexOf(b.label));
  return inOrder.map(columnOf);
}

/** Every column that tracks have. */
export const allTrackColumns: readonly Column<Scores>[] = scoreColumns.map(columnOf);

const share = (
  label: string,
  value: (s: DetectionScores) => number | undefined,
): Column<DetectionScores> => ({
  label,
  value,
  text: (scores) => percent(value(scores)),
  isQuality: true,
});

export const detectionColumns: readonly Column<DetectionScores>[] = [
  share("AP50", (s) => s.ap50),
  share("AP75", (s) => s.ap75),
  share("AP", (s) => s.ap),
  share("Recall", (s) => s.recall),
  share("Precision", (s) => s.precision),
  share("BestF1", (s) => s.bestF1?.f1),
  {
    label: "AtScore",
    value: (s) => s.bestF1?.score,
    text: ({ bestF1 }) => (bestF1 ? formatNumber(bestF1.score) : ""),
    isQuality: false,
  },
];

/** Up to four decimals. */
const formatNumber = (value: number): string => String(Math.round(value * 1e4) / 1e4);

/**
 * The tables of all entries: for each the sequences and their combination, then, where there are several, the
 * combinations side by side, the best first.
 */
export function formatTables<S>(
  entries: readonly Entry<S>[],
  columns: readonly Column<S>[],
  width: number,
): string {
  const shown = columns.filter((column) =>
    entries.some(({ classes }) =>
      classes.some(({ combined }) => combined && column.value(combined) !== undefined),
    ),
  );
  const heads = shown.map((column) => column.label);
  const cells = (scores: S) => shown.map((column) => column.text(scores));
  const titles = entries.length > 1;
  const tables = entries.flatMap(({ name, classes }) =>
    classes.map((scores) => {
      const rows = scores.sequences.map((sequence) => [sequence.name, ...cells(sequence.scores)]);
      if (scores.combined) rows.push([COMBINED, ...cells(scores.combined)]);
      return (titles ? `${name}\n` : "") + layOut([[scores.class, ...heads], ...rows], width);
    }),
  );
  if (titles) {
    const best = shown.find((column) => column.isQuality);
    entries[0]!.classes.forEach((scores, c) => {
      const sorted = entries.map(({ name, classes }) => ({ name, scores: classes[c]!.combined! }));
      if (best) sorted.sort((a, b) => best.value(b.scores)! - best.value(a.scores)!);
      const rows = sorted.map((entry) => [entry.name, ...cells(entry.scores)]);
      tables.push(
        `All sequences${best ? `, best ${best.label} first` : ""}\n${layOut([[scores.class, ...heads], ...rows], width)}`,
      );
    });
  }
  return tables.join("\n");
}

/** Precision and recall over score of all sequences together, at every tenth of recall. */
export function formatCurves(entries: readonly Entry<DetectionScores>[], width: number): string {
  return entries
    .flatMap(({ name, classes }) =>
      classes.map(({ class: className, combined }) => {
        if (!combined?.bestF1) return "";
        const f1 = ({ precision: p, recall: r }: { precision: number; recall: number }) =>
          (2 * p * r) / (p + r || 1);
        const { curve, bestF1 } = combined;
        const points = Array.from({ length: 10 }, (_, i) =>
          curve.find(({ recall }) => recall >= (i + 1) / 10),
        );
        const chosen = [...new Set([...points, curve.at(-1)])].filter((point) => point !== undefined);
        if (!chosen.some(({ score }) => score === bestF1.score)) chosen.push(bestF1);
        chosen.sort((a, b) => b.score - a.score);
        const rows = chosen.map((point) => [
          `>= ${formatNumber(point.score)}`,
          percent(point.precision),
          percent(point.recall),
          percent(f1(point)),
          point.score === bestF1.score ? "best" : "",
        ]);
        const title = `${entries.length > 1 ? `${name}: ` : ""}${className} over score, IoU 0.5, all sequences\n`;
        return title + layOut([["score", "Precision", "Recall", "F1", ""], ...rows], width);
      }),
    )
    .filter((text) => text !== "")
    .join("\n");
}

/** One row per tracker, class and sequence; shares are fractions, numbers are not rounded. */
export function formatCsv<S>(entries: readonly Entry<S>[], columns: readonly Column<S>[]): string {
  const rows: (string | number | undefined)[][] = [
    ["tracker", "class", "sequence", ...columns.map((column) => column.label)],
  ];
  for (const { name, classes } of entries)
    for (const { class: className, sequences, combined } of classes)
      for (const row of [...sequences, ...(combined ? [{ name: COMBINED, scores: combined }] : [])])
        rows.push([name, className, row.name, ...columns.map((column) => column.value(row.scores))]);
  return rows.map(formatRow).join("");
}

const formatRow = (fields: readonly (string | number | undefined)[]): string =>
  `${fields.map((field) => quoted(String(field ?? ""))).join(",")}\n`;

const quoted = (field: string): string =>
  /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;

/** Where a mistake was made. */
export interface Place {
  readonly tracker: string;
  readonly class: string;
  readonly sequence: string;
}

const EDGES = ["X1", "Y1", "X2", "Y2"];

/** How mistakes are written, by the ending of the file. */
export const eventFormats = {
  ".jsonl": {
    head: "",
    line: (place: Place, event: ScoreEvent): string => `${JSON.stringify({ ...place, ...event })}\n`,
  },
  ".csv": {
    head: formatRow([
      "tracker",
      "class",
      "sequence",
      "kind",
      "frame",
      "truth",
      "result",
      "previous",
      ...EDGES.map((edge) => `truth${edge}`),
      ...EDGES.map((edge) => `result${edge}`),
      "similarity",
    ]),
    line: (place: Place, event: ScoreEvent): string =>
      formatRow([
        place.tracker,
        place.class,
        place.sequence,
        event.kind,
        event.frame,
        event.truth,
        event.result,
        event.previous,
        ...(event.truthBox ?? EDGES.map(() => undefined)),
        ...(event.resultBox ?? EDGES.map(() => undefined)),
        event.similarity,
      ]),
  },
} as const;
