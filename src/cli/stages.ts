/**
 * The stages of a run, from the settings: where detections come from, which tracker with which options.
 */
import { groupClasses, selectRows } from "../classes.js";
import { InputError } from "../errors.js";
import type { CameraMotion } from "../format/camera.js";
import { readDetections, type StoredDetections } from "../format/detections.js";
import type { Stages } from "../pipeline.js";
import type { Limits, ResumableTracker } from "../types.js";
import type { FrameSource } from "../video/source.js";
import { openCamera, type WatchedCamera } from "./camera.js";
import { type LoadedTracker, type TrackerChoice, trackers } from "./choices.js";
import { chooseClasses } from "./classes.js";
import { asUsage, UsageError } from "./errors.js";
import type { Networks } from "./networks.js";
import type { Settings } from "./settings.js";
import { version } from "./version.js";

/** Stages, and what is to be told of them. */
export interface OpenStages extends Stages {
  readonly tracker: ResumableTracker & { readonly limits: Limits };
  /** Makes a tracker like that one. */
  readonly create: () => OpenStages["tracker"];
  /** Where the detections come from a file. */
  readonly stored?: StoredDetections;
  readonly motion?: CameraMotion;
  readonly camera?: WatchedCamera;
  /** SHA-256 of each model that is used. */
  readonly models: readonly string[];
  /** Whatever reproduces the run; no clock and no machine in it, so that two runs alike write the same file. */
  readonly description: Readonly<Record<string, unknown>>;
}

/** @throws {UsageError} naming the trackers there are, or the option that is wrong. */
export async function chooseTracker({
  tracker,
  trackerOption,
}: Settings): Promise<TrackerChoice & LoadedTracker> {
  const choice = Object.hasOwn(trackers, tracker) ? trackers[tracker] : undefined;
  if (!choice)
    throw new UsageError(
      `Cannot find the tracker ${JSON.stringify(tracker)}: expected one of ${Object.keys(trackers).join(", ")}`,
    );
  // Made once for nothing, so that a wrong option is told before a video or a model is opened.
  const loaded = await choice.load();
  await asUsage(() => loaded.create(trackerOption));
  return { ...choice, ...loaded };
}

/** Whether a run compares appearances where it can, and so needs pictures whatever its detections come from. */
export const comparesAppearance = (choice: TrackerChoice, { reid }: Settings): boolean =>
  choice.appearance !== "never" && reid !== false;

/** What the stages are made of. */
export interface Parts {
  readonly source: FrameSource;
  /** Detections that the user gave. */
  readonly given: StoredDetections | undefined;
  /** How the camera moved, from a file. */
  readonly motion: CameraMotion | undefined;
  readonly choice: TrackerChoice & LoadedTracker;
  readonly settings: Settings;
  readonly networks: Networks;
}

/** @throws {UsageError} {InputError} {ModelError} {EnvironmentError} for what the parts cannot do together. */
export async function openStages({
  source,
  given,
  motion,
  choice,
  settings,
  networks,
}: Parts): Promise<OpenStages> {
  const input = JSON.stringify(source.name);
  if (motion && !choice.usesCamera)
    throw new UsageError(
      `Option --camera-motion: the tracker "${settings.tracker}" does not follow the camera; expected ${followers().join(" or ")}`,
    );
  const byAppearance =
    comparesAppearance(choice, settings) && (source.hasPictures || choice.appearance === "always");
  if (byAppearance && !source.hasPictures)
    throw new UsageError(
      `Cannot use the tracker "${settings.tracker}" on ${input}: it compares pictures, and there are none; ` +
        "use --tracker sort, or --no-reid to go without appearance",
    );
  const stored = given ?? (await readOwnDetections(source));
  const network = stored ? undefined : await networks.detector();
  const appearance = byAppearance ? await networks.embedder() : undefined;

  const camera = await openCamera(choice, settings, source);
  const labels = stored ? (stored.labels ?? ["object"]) : network!.detector.labels;
  const minScore = network ? network.minScore : settings.minScore;
  const classes = chooseClasses(
    labels,
    settings.classes,
    stored ? JSON.stringify(stored.name) : `the detector ${JSON.stringify(settings.detector)}`,
  );
  const trackerOptions = {
    classGroups: groupClasses(labels),
    ...defined(choice.usual({ minScore, ownScores: network?.usualScore ?? false })),
    ...settings.trackerOption,
  };
  const create = () => choice.create(trackerOptions);
  const { start, end, every, tracker } = settings;
  return {
    detector: stored ? { labels, detect: async ({ index }) => stored.at(index) } : network!.detector,
    embedder: appearance?.embedder,
    tracker: await asUsage(create),
    create,
    select: selectRows(classes, minScore),
    stored,
    motion,
    camera,
    models: [network, appearance].flatMap((model) => model?.identity ?? []),
    description: defined({
      tool: "throughline",
      version,
      detector: network?.info,
      detections: stored?.name,
      cameraMotion: motion?.name ?? (camera && (settings.cameraMotion === "off" ? "off" : "pictures")),
      embedder: appearance?.info,
      tracker,
      trackerOptions,
      classes: classes && [...classes].map((index) => labels[index]),
      minScore,
      ...{ start, end, every },
      device: networks.device,
    }),
  };
}

/** Trackers that follow the camera. */
const followers = (): string[] => Object.keys(trackers).filter((name) => trackers[name]!.usesCamera);

/** A sequence without pictures is tracked from the detections that came with it. */
async function readOwnDetections({
  name,
  hasPictures,
  detections,
}: FrameSource): Promise<StoredDetections | undefined> {
  if (hasPictures) return undefined;
  if (detections !== undefined) return readDetections(detections);
  throw new InputError(
    `Cannot track ${JSON.stringify(name)}: it has neither pictures nor det/det.txt; give its detections with --detections`,
  );
}

const defined = (all: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
