/**
 * `track <input...>`: one run per input, from the settings to the files.
 */
import { type DecisionsFile, openDecisionsFile } from "../format/decisions.js";
import { type DetectionsFile, openDetectionsFile, readDetections } from "../format/detections.js";
import { checkTrackFiles, openTrackFiles, type TrackFiles } from "../format/files.js";
import { openInput } from "../video/input.js";
import type { LoadedTracker, TrackerChoice } from "./choices.js";
import { asUsage, exitCodeOf, exitCodes, UsageError } from "./errors.js";
import { type Followed, follow, isInterruption } from "./follow.js";
import { type Interrupt, watchInterrupt } from "./interrupt.js";
import { type Networks, openNetworks } from "./networks.js";
import { type Plan, planOutputs } from "./outputs.js";
import { peopleFormats } from "./people.js";
import { plural, type Reporter } from "./reporter.js";
import type { Settings } from "./settings.js";
import { chooseTracker, comparesAppearance, type OpenStages, openStages } from "./stages.js";

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
  readonly choice: TrackerChoice & LoadedTracker;
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
  const choice = await chooseTracker(settings);
  const plans = planOutputs(inputs, settings);
  const { reporter, env, onError } = surroundings;
  const interrupt = watchInterrupt({
    onFirst: () => reporter.note("Ending; once more to end at once"),
    onSecond: () => reporter.close(),
  });
  const networks = openNetworks(settings, env);
  const codes: number[] = [];
  try {
    for (const plan of plans) {
      try {
        codes.push(await trackOne(plan, { ...surroundings, settings, choice, networks, interrupt }));
      } catch (error) {
        if (isInterruption(error, interrupt.signal)) break;
        if (plans.length === 1 || error instanceof UsageError) throw error;
        reporter.close();
        onError(error);
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
  const { settings, choice, networks, interrupt, reporter, env } = shared;
  const { signal } = interrupt;
  await checkOutputs(plan);
  const given = plan.detections === undefined ? undefined : await readDetections(plan.detections);
  const { start, end, every, frameRate, maxPixels, threads, ffmpeg } = settings;
  const pictures = given === undefined || comparesAppearance(choice, settings);
  const source = await asUsage(() =>
    openInput(plan.input, {
      start,
      end,
      every,
      frameRate,
      maxPixels,
      threads,
      ffmpeg,
      pictures,
      env,
      signal,
    }),
  );
  let files: TrackFiles | undefined;
  let saved: DetectionsFile | undefined;
  let log: DecisionsFile | undefined;
  interrupt.temporary = () =>
    [...(files?.temporary ?? []), saved?.temporary, log?.temporary].filter((path) => path !== undefined);
  try {
    const stages = await openStages({ source, given, choice, settings, networks });
    signal.throwIfAborted();
    const { labels } = stages.detector;
    const { width, height, frameRate } = source;
    const header = { input: plan.input, width, height, frameRate, labels, run: stages.description };
    const inputs = [plan.input, ...(stages.stored ? [stages.stored.name] : [])];
    const narrowed = settings.classes === undefined ? peopleFormats(labels) : undefined;
    files = await openTrackFiles(plan.outputs, header, { inputs, formats: narrowed?.formats });
    if (plan.saveDetections !== undefined)
      saved = await openDetectionsFile(plan.saveDetections, labels, { inputs });
    if (plan.explain !== undefined) {
      const { limits } = stages.tracker;
      log = await openDecisionsFile(
        plan.explain,
        { input: plan.input, run: stages.description, limits },
        { inputs },
      );
    }
    const followed = await follow({ plan, source, stages, files, saved, log, reporter, signal });
    const others = narrowed?.leftOut() ?? 0;
    if (others > 0)
      reporter.note(
        `MOTChallenge files cannot tell classes apart: .txt holds people only (${plural(others, "other identity", "other identities")} left out); --classes chooses`,
      );
    return judge(followed, stages, shared);
  } finally {
    await log?.discard();
    await saved?.discard();
    await files?.discard();
    await source.close();
  }
}

/** Says what is odd about a run that came to its end, and the exit code. */
function judge(
  { integrity, lastIndex }: Followed,
  { stored }: OpenStages,
  { settings, reporter, interrupt }: Shared,
): number {
  if (integrity.interrupted) return interrupt.exitCode;
  if (lastIndex === -1) reporter.warn("there was no frame to track; see --start and --end");
  // Frames that were left out on purpose are no news.
  else if (stored && settings.end === undefined && settings.every === 1 && stored.frames > lastIndex + 1)
    reporter.warn(
      `${JSON.stringify(stored.name)} has detections up to frame ${stored.frames}, the input ends with frame ${lastIndex + 1}`,
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
