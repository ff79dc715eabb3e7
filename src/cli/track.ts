/**
 * `track <input...>`: one run, from the settings to the files.
 */
import { InputError } from "../errors.js";
import {
  type DetectionsFile,
  openDetectionsFile,
  readDetections,
  type StoredDetections,
} from "../format/detections.js";
import { checkTrackFiles, openTrackFiles, type TrackFiles } from "../format/files.js";
import { track } from "../pipeline.js";
import type { Detector, Embedder, Integrity, Tracker } from "../types.js";
import { type FrameSource, openInput } from "../video/input.js";
import { type TrackerChoice, trackers } from "./choices.js";
import { chooseClasses, groupClasses, selectRows } from "./classes.js";
import { Clocks } from "./clock.js";
import { asUsage, exitCodeOf, exitCodes, UsageError } from "./errors.js";
import { type Interrupt, watchInterrupt } from "./interrupt.js";
import { type ModelInfo, type Networks, openNetworks } from "./networks.js";
import { type Plan, planOutputs } from "./outputs.js";
import type { Reporter, Summary } from "./reporter.js";
import type { Settings } from "./settings.js";
import { version } from "./version.js";

/** What a run needs from its process. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly reporter: Reporter;
  /** Told of an error that does not end the whole run: one of several inputs failed. */
  readonly onError: (error: unknown) => void;
}

/** Everything that one input's run shares with the next one's. */
interface Shared extends Surroundings {
  readonly settings: Settings;
  readonly choice: TrackerChoice;
  readonly networks: Networks;
  readonly interrupt: Interrupt;
}

/**
 * Tracks the inputs one after the other and returns the exit code: the worst that happened. With several inputs,
 * one that fails does not keep the others from being tracked.
 *
 * @throws whatever keeps the only input from being tracked, and usage errors.
 */
export async function runTrack(
  inputs: readonly string[],
  settings: Settings,
  surroundings: Surroundings,
): Promise<number> {
  const choice = Object.hasOwn(trackers, settings.tracker) ? trackers[settings.tracker] : undefined;
  if (!choice)
    throw new UsageError(
      `Cannot find the tracker ${JSON.stringify(settings.tracker)}: expected one of ${Object.keys(trackers).join(", ")}`,
    );
  // Made once for nothing, so that a wrong option is told before a model is loaded.
  await makeTracker(choice, { classGroups: [], ...settings.trackerOption });
  const plans = planOutputs(inputs, settings);
  const { reporter } = surroundings;
  const interrupt = watchInterrupt({
    onFirst: () => reporter.note("Ending; once more to end at once"),
    onSecond: () => reporter.close(),
  });
  const networks = openNetworks(settings, surroundings.env);
  const shared: Shared = { ...surroundings, settings, choice, networks, interrupt };
  const codes: number[] = [];
  try {
    for (const plan of plans) {
      try {
        codes.push(await trackOne(plan, shared));
      } catch (error) {
        if (interrupt.signal.aborted && isInterruption(error, interrupt.signal)) break;
        if (plans.length === 1 || error instanceof UsageError) throw error;
        reporter.close();
        surroundings.onError(error);
        codes.push(exitCodeOf(error));
      }
      if (interrupt.signal.aborted) break;
    }
  } finally {
    reporter.close();
    await networks.close();
    interrupt.close();
  }
  if (interrupt.signal.aborted) return interrupt.exitCode;
  return codes.includes(exitCodes.failed) ? exitCodes.failed : Math.max(...codes);
}

async function trackOne(plan: Plan, shared: Shared): Promise<number> {
  const { settings, interrupt, env } = shared;
  const { signal } = interrupt;
  await checkOutputs(plan);
  const given = plan.detections === undefined ? undefined : await readDetections(plan.detections);
  const usesAppearance = shared.choice.usesAppearance && settings.reid !== false;
  const source = await asUsage(() =>
    openInput(plan.input, {
      start: settings.start,
      end: settings.end,
      every: settings.every,
      frameRate: settings.frameRate,
      maxPixels: settings.maxPixels,
      threads: settings.threads,
      ffmpeg: settings.ffmpeg,
      pictures: given === undefined || usesAppearance,
      env,
      signal,
    }),
  );
  let files: TrackFiles | undefined;
  let saved: DetectionsFile | undefined;
  interrupt.temporary = () => [...(files?.temporary ?? []), ...(saved?.temporary ? [saved.temporary] : [])];
  try {
    const stages = await openStages(plan, source, given, shared);
    signal.throwIfAborted();
    const { labels } = stages.detector;
    const classes = chooseClasses(labels, settings.classes, stages.detectorName);
    const header = {
      input: plan.input,
      width: source.width,
      height: source.height,
      frameRate: source.frameRate,
      labels,
      run: describeRun(stages, classes, shared),
    };
    const inputs = [plan.input, ...(stages.stored ? [stages.stored.name] : [])];
    files = await openTrackFiles(plan.outputs, header, { inputs });
    if (plan.saveDetections !== undefined)
      saved = await openDetectionsFile(plan.saveDetections, labels, { inputs });
    return await follow({ plan, source, stages, classes, files, saved, shared });
  } finally {
    await saved?.discard();
    await files?.discard();
    await source.close();
  }
}

interface Stages {
  readonly detector: Detector;
  readonly detectorName: string;
  readonly embedder?: Embedder;
  readonly tracker: Tracker;
  readonly trackerOptions: Readonly<Record<string, unknown>>;
  /** Detections below are not looked at. */
  readonly minScore?: number;
  /** Where the detections come from a file. */
  readonly stored?: StoredDetections;
  readonly models: { readonly detector?: ModelInfo; readonly embedder?: ModelInfo };
}

async function openStages(
  { input }: Plan,
  source: FrameSource,
  given: StoredDetections | undefined,
  { settings, choice, networks }: Shared,
): Promise<Stages> {
  const usesAppearance = choice.usesAppearance && settings.reid !== false;
  if (usesAppearance && !source.hasPictures)
    throw new UsageError(
      `Cannot use the tracker "${settings.tracker}" on ${JSON.stringify(input)}: it compares pictures, and there are none; ` +
        "use --tracker sort, or --no-reid to go without appearance",
    );
  const own = source.hasPictures || given ? undefined : source.detections;
  if (!source.hasPictures && !given && own === undefined)
    throw new InputError(
      `Cannot track ${JSON.stringify(input)}: it has neither pictures nor det/det.txt; give its detections with --detections`,
    );
  const stored = given ?? (own === undefined ? undefined : await readDetections(own));
  const network = stored ? undefined : await networks.detector();
  const appearance = usesAppearance ? await networks.embedder() : undefined;
  const labels = stored ? (stored.labels ?? ["object"]) : network!.detector.labels;
  const minScore = network ? network.minScore : settings.minScore;
  const usual = choice.usual({ minScore, embedder: appearance?.info.name });
  const options = { classGroups: groupClasses(labels), ...defined(usual), ...settings.trackerOption };
  return {
    detector: stored ? { labels, detect: async ({ index }) => stored.at(index) } : network!.detector,
    detectorName: stored ? JSON.stringify(stored.name) : `the detector ${JSON.stringify(settings.detector)}`,
    embedder: appearance?.embedder,
    tracker: await makeTracker(choice, options),
    trackerOptions: options,
    minScore,
    stored,
    models: { detector: network?.info, embedder: appearance?.info },
  };
}

async function makeTracker(
  choice: TrackerChoice,
  options: Readonly<Record<string, unknown>>,
): Promise<Tracker> {
  const Chosen = await choice.load();
  return asUsage(() => new Chosen(options));
}

interface Run {
  readonly plan: Plan;
  readonly source: FrameSource;
  readonly stages: Stages;
  readonly classes: ReadonlySet<number> | undefined;
  readonly files: TrackFiles;
  readonly saved: DetectionsFile | undefined;
  readonly shared: Shared;
}

/** The loop itself: frames in, tracks out, until the end or Ctrl-C. */
async function follow({ plan, source, stages, classes, files, saved, shared }: Run): Promise<number> {
  const { settings, reporter, interrupt } = shared;
  const { signal } = interrupt;
  const clocks = new Clocks();
  const identities = new Set<number>();
  const start = performance.now();
  let frames = 0;
  let last = -1;
  const results = track(clocks.frames(source), {
    detector: clocks.detector(stages.detector),
    embedder: stages.embedder && clocks.embedder(stages.embedder),
    tracker: clocks.tracker(stages.tracker),
    select: selectRows(classes, stages.minScore),
    onDetections: saved && ((frame, detections) => saved.write(frame.index, detections)),
  });
  try {
    for await (const result of results) {
      await files.write(result);
      for (const { id } of result.tracks) identities.add(id);
      frames++;
      last = result.index;
      reporter.status({
        input: plan.input,
        done: frames,
        of: source.frames,
        fps: (1e3 * frames) / (performance.now() - start),
        live: result.tracks.length,
        identities: identities.size,
      });
      if (signal.aborted) break;
    }
  } catch (error) {
    if (!isInterruption(error, signal)) throw error;
  }
  // Nothing was tracked yet: there is nothing to keep, and perhaps an older result to leave alone.
  if (signal.aborted && frames === 0) return interrupt.exitCode;

  const integrity = signal.aborted ? interrupted(source.integrity(), frames) : source.integrity();
  await saved?.finish();
  await files.finish({ identities: identities.size, integrity });
  reporter.summary({
    input: plan.input,
    frames,
    identities: identities.size,
    seconds: (performance.now() - start) / 1e3,
    stages: stagesOf(clocks, stages),
    files: [...files.paths, ...(plan.saveDetections === undefined ? [] : [plan.saveDetections])],
    integrity,
  });
  if (signal.aborted) return interrupt.exitCode;
  const { stored } = stages;
  if (stored && settings.end === undefined && settings.every === 1 && stored.frames > last + 1)
    reporter.warn(
      `${JSON.stringify(stored.name)} has detections up to frame ${stored.frames}, the input ends with frame ${last + 1}`,
    );
  if (integrity.complete) return exitCodes.done;
  return settings.strict ? exitCodes.failed : exitCodes.damaged;
}

/** Outputs are looked at before any work is done; they are opened when their header is known. */
async function checkOutputs({ input, outputs, detections, saveDetections }: Plan): Promise<void> {
  const inputs = [input, ...(detections === undefined ? [] : [detections])];
  await asUsage(() => checkTrackFiles(outputs, { inputs }));
  if (saveDetections !== undefined && !/\.txt$/i.test(saveDetections))
    throw new UsageError(
      `Cannot write detections to ${JSON.stringify(saveDetections)}: expected a name that ends in .txt`,
    );
}

const interrupted = (integrity: Integrity, frames: number): Integrity => ({
  ...integrity,
  complete: false,
  frames,
  // What was not read for lack of time is not damaged.
  damage: integrity.damage.filter(({ kind }) => kind !== "missing"),
  interrupted: true,
});

function isInterruption(error: unknown, signal: AbortSignal): boolean {
  return (
    signal.aborted && (error === signal.reason || (error instanceof Error && error.cause === signal.reason))
  );
}

function stagesOf(clocks: Clocks, { stored, embedder }: Stages): Summary["stages"] {
  const { decode, detect, embed, track } = clocks;
  return [
    { name: "decode", ...decode },
    ...(stored ? [] : [{ name: "detect", ...detect }]),
    ...(embedder ? [{ name: "embed", ...embed }] : []),
    { name: "track", ...track },
  ];
}

/** Whatever reproduces the run; no clock and no machine in it, so that two runs alike write the same file. */
function describeRun(
  { detector, models, stored, trackerOptions, minScore }: Stages,
  classes: ReadonlySet<number> | undefined,
  { settings, networks }: Shared,
): Record<string, unknown> {
  const { start, end, every } = settings;
  const all: Record<string, unknown> = {
    tool: "throughline",
    version,
    detector: models.detector,
    detections: stored?.name,
    embedder: models.embedder,
    tracker: settings.tracker,
    trackerOptions,
    classes: classes && [...classes].map((index) => detector.labels[index]),
    minScore,
    start,
    end,
    every,
    device: networks.device,
  };
  return defined(all);
}

const defined = (all: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
