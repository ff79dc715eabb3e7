/** Scores as text: the names and units that papers and the official evaluator use. */
import type { Scores } from "./evaluate.js";

/** One column of a table of scores. */
export interface ScoreColumn {
  /** Such as "HOTA" or "HOTA(0)". */
  readonly label: string;
  /** A share to be shown in percent, a count, or a plain number. */
  readonly unit: "percent" | "count" | "number";
  /** Undefined where its family was not computed. */
  readonly value: (scores: Scores) => number | undefined;
}

const percent = (label: string, value: ScoreColumn["value"]): ScoreColumn => ({
  label,
  unit: "percent",
  value,
});
const counted = (label: string, value: ScoreColumn["value"]): ScoreColumn => ({
  label,
  unit: "count",
  value,
});

/** Every score there is, in the order of the official evaluator. */
export const scoreColumns: readonly ScoreColumn[] = [
  percent("HOTA", (s) => s.hota?.hota),
  percent("DetA", (s) => s.hota?.detA),
  percent("AssA", (s) => s.hota?.assA),
  percent("DetRe", (s) => s.hota?.detRe),
  percent("DetPr", (s) => s.hota?.detPr),
  percent("AssRe", (s) => s.hota?.assRe),
  percent("AssPr", (s) => s.hota?.assPr),
  percent("LocA", (s) => s.hota?.locA),
  percent("OWTA", (s) => s.hota?.owta),
  percent("HOTA(0)", (s) => s.hota?.hota0),
  percent("LocA(0)", (s) => s.hota?.locA0),
  percent("HOTALocA(0)", (s) => s.hota?.hotaLocA0),
  percent("MOTA", (s) => s.clear?.mota),
  percent("MOTP", (s) => s.clear?.motp),
  percent("MODA", (s) => s.clear?.moda),
  percent("sMOTA", (s) => s.clear?.smota),
  percent("MOTAL", (s) => s.clear?.motal),
  percent("Recall", (s) => s.clear?.recall),
  percent("Precision", (s) => s.clear?.precision),
  percent("F1", (s) => s.clear?.f1),
  percent("MTR", (s) => s.clear?.mtr),
  percent("PTR", (s) => s.clear?.ptr),
  percent("MLR", (s) => s.clear?.mlr),
  counted("TP", (s) => s.clear?.tp),
  counted("FN", (s) => s.clear?.fn),
  counted("FP", (s) => s.clear?.fp),
  { label: "FAF", unit: "number", value: (s) => s.clear?.faf },
  counted("IDSW", (s) => s.clear?.idsw),
  counted("MT", (s) => s.clear?.mt),
  counted("PT", (s) => s.clear?.pt),
  counted("ML", (s) => s.clear?.ml),
  counted("Frag", (s) => s.clear?.frag),
  percent("IDF1", (s) => s.identity?.idf1),
  percent("IDR", (s) => s.identity?.idr),
  percent("IDP", (s) => s.identity?.idp),
  counted("IDTP", (s) => s.identity?.idtp),
  counted("IDFN", (s) => s.identity?.idfn),
  counted("IDFP", (s) => s.identity?.idfp),
  counted("Dets", (s) => s.counts?.dets),
  counted("GT_Dets", (s) => s.counts?.gtDets),
  counted("IDs", (s) => s.counts?.ids),
  counted("GT_IDs", (s) => s.counts?.gtIds),
  counted("Frames", (s) => s.counts?.frames),
];

/** The columns of the short table. */
export const mainColumns: readonly string[] =
  "HOTA DetA AssA MOTA IDF1 MOTP Recall Precision IDSW Frag MT PT ML FP FN".split(" ");

/** One score as people write it: percent with two decimals, counts as they are. */
export function formatScore(column: ScoreColumn, scores: Scores): string {
  const value = column.value(scores);
  if (value === undefined) return "";
  if (column.unit === "percent") return (100 * value).toFixed(2);
  return column.unit === "count" ? String(value) : value.toFixed(2);
}
