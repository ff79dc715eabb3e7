/**
 * One input, from the settings to the files: what `track`, `track batch` and every other way of running share.
 */
import type { Checkpoint } from "../checkpoint/checkpoint.js";
import { InputError } from "../errors.js";
import { readCameraMotion } from "../format/camera.js";
import { readDetections, type StoredDetections } from "../format/detections.js";
import { checkTrackFiles } from "../format/files.js";
import { openInput } from "../video/input.js";
import type { LoadedTracker, TrackerChoice } from "./choices.js";
import { asUsage, exitCodes, UsageError } from "./errors.js";
import { type Followed, follow } from "./follow.js";
import type { Networks } from "./networks.js";
import type { Plan } from "./outputs.js";
import { peopleFormats } from "./people.js";
import { plural, type Reporter } from "./reporter.js";
import { openResume, type Resume } from "./resume.js";
import { openRunFiles, type RunFiles } from "./run-files.js";
import type { Settings } from "./settings.js";
import { comparesAppearance, openStages } from "./stages.js";

/** What the runs of several inputs share. */
export interface Shared {
  readonly settings: Settings;
  readonly choice: TrackerChoice & LoadedTracker;
  readonly networks: Networks;
  readonly env: NodeJS.ProcessEnv;
  readonly reporter: Reporter;
  /** Cuts the run short. */
  readonly signal: AbortSignal;
  /**
   * Whether a run that was cut short is left for a later one to go on with, rather than finished as it is.
   * @default false
   */
  readonly leave?: boolean;
  /** The job of a queue that the run is: it takes over from whoever had that job before. */
  readonly lease?: string;
  /** Given what tells the temporary files that a later run has no use for. */
  readonly onTemporary?: (temporary: () => readonly string[]) => void;
}

/** What came of an input. */
export interface Tracked extends Followed {
  /** 0, or what `track` exits with where a part of the input was damaged. */
  readonly exitCode: number;
}

/**
 * Tracks one input into its files, or goes on with it where an earlier run was killed.
 *
 * @throws {UsageError} {InputError} {ModelError} {EnvironmentError} {OutputError}
 */
export async function trackFile(plan: Plan, shared: Shared): Promise<Tracked> {
  const { settings, choice, networks, reporter, env, signal, lease, leave = false } = shared;
  await checkOutputs(plan);
  const given = plan.detections === undefined ? undefined : await readDetections(plan.detections);
  const motion = plan.cameraMotion === undefined ? undefined : await readCameraMotion(plan.cameraMotion);
  const { start, end, every, frameRate, maxPixels, threads, ffmpeg } = settings;
  const pictures = given === undefined || comparesAppearance(choice, settings);
  const options = { start, end, every, frameRate, maxPixels, threads, ffmpeg, pictures, env, signal };
  const source = await asUsage(() => openInput(plan.input, options));
  let files: RunFiles | undefined;
  let resume: Resume | undefined;
  try {
    const stages = await openStages({ source, given, motion, choice, settings, networks });
    signal.throwIfAborted();
    const { labels } = stages.detector;
    const { width, height, frameRate, decoder } = source;
    const header = { input: plan.input, width, height, frameRate, labels, run: stages.description };
    const { models, stored } = stages;
    const { layout } = stages.tracker.save();
    const ingredients = { header, models, decoder, layout, threads: networks.threads };
    const named = { ...plan, detections: stored?.name };
    resume = await openResume(named, ingredients, { settings, reporter, lease, signal });
    const inputs = [plan.input, stored?.name, motion?.name].filter((path) => path !== undefined);
    const heads = { header, limits: stages.tracker.limits };
    const opened = await openFiles(resume, async (from) => {
      const narrowed = settings.classes === undefined ? peopleFormats(labels, from?.ids) : undefined;
      const lasting = resume !== undefined;
      const options = { inputs, formats: narrowed?.formats, lasting, from: from?.files };
      return { narrowed, files: await openRunFiles(plan, heads, options) };
    });
    files = opened.files;
    const { index } = resume?.from ?? {};
    if (index !== undefined)
      reporter.note(`Going on with ${JSON.stringify(plan.outputs[0])} after frame ${index}`);
    const { narrowed } = opened;
    shared.onTemporary?.(() => [
      ...(resume?.locks ?? []),
      // What a checkpoint speaks of stays.
      ...(resume?.exists ? [] : opened.files.temporary),
    ]);
    const counted = () => narrowed?.save() ?? {};
    const run = { plan, source, stages, files, resume, counted, leave, reporter, signal };
    const followed = await follow(run);
    const others = narrowed?.leftOut() ?? 0;
    if (others > 0)
      reporter.note(
        `MOTChallenge files cannot tell classes apart: .txt holds people only (${plural(others, "other identity", "other identities")} left out); --classes chooses`,
      );
    return { ...followed, exitCode: judge(followed, stored, shared) };
  } finally {
    // What a checkpoint speaks of is kept for the next run, whatever ended this one.
    await (resume?.exists ? files?.keep() : files?.discard());
    await resume?.release();
    shared.onTemporary?.(() => []);
    await source.close();
  }
}

/** Opens the files as an earlier run left them, or new ones where they are not there as its checkpoint says. */
async function openFiles<T>(
  resume: Resume | undefined,
  open: (from: Checkpoint | undefined) => Promise<T>,
): Promise<T> {
  if (resume?.from) {
    try {
      return await open(resume.from);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      resume.startAnew(error.message);
    }
  }
  return open(undefined);
}

/** Says what is odd about a run that came to its end, and the exit code. */
function judge(
  { integrity, lastIndex }: Followed,
  stored: StoredDetections | undefined,
  { settings, reporter }: Shared,
): number {
  if (integrity.interrupted) return exitCodes.interrupted;
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
async function checkOutputs({
  input,
  outputs,
  detections,
  cameraMotion,
  saveDetections,
}: Plan): Promise<void> {
  const inputs = [input, detections, cameraMotion].filter((path) => path !== undefined);
  await asUsage(() => checkTrackFiles(outputs, { inputs }));
  if (saveDetections !== undefined && !/\.txt$/i.test(saveDetections))
    throw new UsageError(
      `Cannot write detections to ${JSON.stringify(saveDetections)}: expected a name that ends in .txt`,
    );
}
