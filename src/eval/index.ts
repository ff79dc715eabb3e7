/** Scores of tracks against truth: what this folder offers. */
export { findTruth, type TruthFile } from "./_file.js";
export type { CurvePoint, DetectionScores } from "./detection.js";
export { type DiffOptions, diff, type TracksDiff } from "./diff.js";
export {
  type ClassScores,
  type Counts,
  type EvaluateOptions,
  evaluate,
  evaluateDetections,
  type MetricName,
  metricNames,
  type Pair,
  type Scores,
} from "./evaluate.js";
export { events, type ScoreEvent } from "./events.js";
export { parseKitti, parseSequenceMap } from "./kitti.js";
export { parseMot, parseSequenceInfo, type SequenceInfo } from "./mot.js";
export { custom } from "./rules/custom.js";
export { kitti } from "./rules/kitti.js";
export { mot15 } from "./rules/mot15.js";
export { mot16 } from "./rules/mot16.js";
export { mot17 } from "./rules/mot17.js";
export { mot20 } from "./rules/mot20.js";
export type { Benchmark, Boxes, Sequence } from "./sequence.js";
export { formatScore, mainColumns, type ScoreColumn, scoreColumns } from "./table.js";
export { fromTracks } from "./tracks.js";
