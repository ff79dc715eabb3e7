/**
 * Throughline: multi-object tracking. Everything that a program may use, by name; see `track` for the flow.
 *
 * @example
 * import { createDetector, createRuntime, openInput, resolveModel, Throughline, track } from "throughline";
 *
 * const runtime = await createRuntime();
 * const { card, path } = await resolveModel("nanodet-g", "detector");
 * const detector = await createDetector(card, path, runtime, { minScore: 0.1 });
 * const frames = track(await openInput("in.mp4"), { detector, tracker: new Throughline() });
 * for await (const { index, tracks } of frames)
 *   console.log(index, tracks.length);
 * await runtime.close();
 */

export { CameraFromPictures } from "./camera/index.js";
export { groupClasses, selectRows, usualClasses } from "./classes.js";
export {
  type Counted,
  Counter,
  type Layout,
  layOutZones,
  type Picture,
  parseZones,
  type Zones,
} from "./count/index.js";
export { createDetector, type DetectorOptions, detectorContracts } from "./detect/index.js";
export { EnvironmentError, InputError, ModelError, OutputError } from "./errors.js";
export {
  type Benchmark,
  type ClassScores,
  custom,
  type EvaluateOptions,
  evaluate,
  kitti,
  type MetricName,
  mot15,
  mot16,
  mot17,
  mot20,
  type Pair,
  type Scores,
  type Sequence,
} from "./eval/index.js";
export { type CameraMotion, readCameraMotion } from "./format/camera.js";
export { csv } from "./format/csv.js";
export { readDecisions } from "./format/decisions.js";
export { readDetections, type StoredDetections } from "./format/detections.js";
export { openTrackFiles, type TrackFiles, type TrackFilesOptions } from "./format/files.js";
export { json } from "./format/json.js";
export { jsonl } from "./format/jsonl.js";
export { mot } from "./format/mot.js";
export { HeldFrames } from "./late.js";
export { LookMeans } from "./looks.js";
export { type AssignOptions, assign, type Solver } from "./math/assignment.js";
export { iou, iouMatrix } from "./math/boxes.js";
export { type Card, cardSchema, type ModelInput } from "./models/card.js";
export { listCards, loadCard } from "./models/load.js";
export { type Pulled, type PullOptions, pullModel } from "./models/pull.js";
export {
  type ResolvedModel,
  type ResolveOptions,
  resolveModel,
  type StoreOptions,
  type Verified,
  verifyModel,
} from "./models/store.js";
export { type ResolvedWeights, resolveWeights } from "./models/weights.js";
export { type WriteOptions, type WrittenModel, writeModel } from "./models/write.js";
export { createRuntime, devices, type Runtime, type RuntimeOptions } from "./onnx/index.js";
export { type Stages, track } from "./pipeline.js";
export { type RefineOptions, refine, refineDefaults } from "./refine/index.js";
export { createEmbedder } from "./reid/index.js";
export { BotSort, type BotSortOptions, defaults as botSortDefaults } from "./track/botsort.js";
export { ByteTrack, type ByteTrackOptions, defaults as byteTrackDefaults } from "./track/bytetrack.js";
export {
  DeepSort,
  type DeepSortOptions,
  defaults as deepSortDefaults,
  recommended as deepSortRecommended,
} from "./track/deepsort.js";
export { defaults as ocSortDefaults, OcSort, type OcSortOptions } from "./track/ocsort.js";
export { defaults as sortDefaults, Sort, type SortOptions } from "./track/sort.js";
export {
  defaults as throughlineDefaults,
  Throughline,
  type ThroughlineOptions,
} from "./track/throughline.js";
export type {
  Affine,
  Box,
  Camera,
  ClassName,
  Column,
  CountEvent,
  Counts,
  Crossings,
  Cues,
  Damage,
  Decision,
  Detections,
  Detector,
  Embedder,
  Embeddings,
  Fit,
  Format,
  Frame,
  FrameTracks,
  Integrity,
  Limits,
  LineCounts,
  Look,
  ParsedTracks,
  ResumableTracker,
  Rival,
  Stays,
  Track,
  Tracker,
  TrackerState,
  TracksFooter,
  TracksHeader,
  Unused,
  ZoneCounts,
} from "./types.js";
export { type Ffmpeg, type FindOptions, findFfmpeg } from "./video/find.js";
export { openInput } from "./video/input.js";
export type { FrameSource, InputOptions } from "./video/source.js";
export {
  type Gap,
  type LiveFrame,
  type LiveSource,
  openStream,
  type StreamEvent,
  type StreamOptions,
  type StreamStats,
  streamDefaults,
} from "./video/stream.js";
export { type EncodeOptions, encodeVideo } from "./video/write.js";
