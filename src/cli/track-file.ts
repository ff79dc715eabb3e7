/**
 * One input, from the settings to the files: what `track`, `track batch` and every other way of running share.
 */
import type { Checkpoint } from "../checkpoint/checkpoint.js";
import { Counter, layOutZones, type Zones } from "../count/index.js";
import { InputError } from "../errors.js";
import { readCameraMotion } from "../format/camera.js";
import { checkCountsFile } from "../format/counts.js";
import { readDetections, type StoredDetections } from "../format/detections.js";
import { checkTrackFiles, findOutputs } from "../format/files.js";
import type { TracksHeader } from "../types.js";
import { openInput } from "../video/input.js";
import type { Version } from "../video/recording.js";
import { watchesCamera } from "./camera.js";
import type { LoadedTracker, TrackerChoice } from "./choices.js";
import { asUsage, exitCodes, UsageError } from "./errors.js";
import { type FetchedInput, fetchInput } from "./fetch-input.js";
import { type Followed, follow } from "./follow.js";
import type { Networks } from "./networks.js";
import type { Plan } from "./outputs.js";
import { peopleFormats } from "./people.js";
import { plural, type Reporter } from "./reporter.js";
import { openResume, type Resume } from "./resume.js";
import { type Counting, openRunFiles, type RunFiles } from "./run-files.js";
import type { Settings } from "./settings.js";
import { comparesAppearance, openStages } from "./stages.js";
import { zonesOf } from "./zones-file.js";

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
  /** What the server said of the input, where it was fetched. */
  readonly recording?: Version;
}

/**
 * Tracks one input into its files, or goes on with it where an earlier run was killed.
 *
 * @throws {UsageError} {InputError} {ModelError} {EnvironmentError} {OutputError}
 */
export async function trackFile(plan: Plan, shared: Shared): Promise<Tracked> {
  const zones = zonesOf(shared.settings);
  await checkOutputs(plan, shared.settings);
  const fetched = await fetchInput(plan, shared);
  if (!fetched) return trackHere(plan, shared, { zones });
  // What was fetched waits for a run that may go on with it: not where it is no video, or all is done.
  let keeps = true;
  try {
    const tracked = await trackHere({ ...plan, input: fetched.path }, shared, { zones, fetched });
    keeps = shared.leave === true && tracked.integrity.interrupted === true;
    return { ...tracked, recording: fetched.version };
  } catch (error) {
    keeps = !(error instanceof InputError);
    throw error;
  } finally {
    await fetched.close({ keeps });
  }
}

/** Tracks an input that is on this machine. */
async function trackHere(
  plan: Plan,
  shared: Shared,
  { zones, fetched }: { readonly zones: Zones | undefined; readonly fetched?: FetchedInput },
): Promise<Tracked> {
  const { settings, choice, networks, reporter, env, signal, lease, leave = false } = shared;
  const given = plan.detections === undefined ? undefined : await readDetections(plan.detections);
  const motion = plan.cameraMotion === undefined ? undefined : await readCameraMotion(plan.cameraMotion);
  const { start, end, every, frameRate, maxPixels, threads, ffmpeg } = settings;
  const pictures =
    given === undefined || comparesAppearance(choice, settings) || watchesCamera(choice, settings);
  const options = { start, end, every, frameRate, maxPixels, threads, ffmpeg, pictures, env, signal };
  const named = { ...options, name: fetched?.name };
  const source = await asUsage(() => openInput(plan.input, named));
  let files: RunFiles | undefined;
  let resume: Resume | undefined;
  try {
    const stages = await openStages({ source, given, motion, choice, settings, networks });
    signal.throwIfAborted();
    const { labels } = stages.detector;
    const { width, height, frameRate, decoder } = source;
    // Where was counted is a part of what reproduces the run.
    const refines = await refinesTracks(plan, shared);
    const run = { ...stages.description, ...(zones && { zones }), ...(refines && { offline: true }) };
    const header = { input: source.name, width, height, frameRate, labels, run };
    const { models, stored } = stages;
    const { layout } = stages.tracker.save();
    const ingredients = { header, models, decoder, layout, threads: networks.threads };
    const whole = { ...plan, detections: stored?.name };
    resume = await openResume(whole, ingredients, { settings, reporter, lease, signal });
    const read = [plan.input, stored?.name, motion?.name, settings.zones];
    const inputs = read.filter((path) => path !== undefined);
    const heads = { header, limits: stages.tracker.limits };
    const opened = await openFiles(resume, async (from) => {
      const narrowed = settings.classes === undefined ? peopleFormats(labels, from?.ids) : undefined;
      const counting = zones && (await openCounting(zones, header, from));
      const lasting = resume !== undefined;
      const options = { inputs, formats: narrowed?.formats, lasting, from: from?.files, counting };
      // What a run has put right already is gone on with as it is.
      const draft = refines && !from?.complete;
      return { narrowed, counting, files: await openRunFiles(plan, heads, { ...options, refines: draft }) };
    });
    files = opened.files;
    const { index } = resume?.from ?? {};
    if (index !== undefined)
      reporter.note(`Going on with ${JSON.stringify(plan.outputs[0])} after frame ${index}`);
    const { narrowed, counting } = opened;
    shared.onTemporary?.(() => [
      ...(resume?.locks ?? []),
      // What a checkpoint speaks of stays.
      ...(resume?.exists ? [] : [...opened.files.temporary, ...(fetched?.temporary ?? [])]),
    ]);
    const counted = () => ({ ...narrowed?.save(), ...(counting && saveCounting(counting)) });
    const means = { plan, source, stages, files, resume, counted, leave, reporter, signal };
    const followed = await follow(means);
    // A run that is left has counted a part only, and one without a frame nothing.
    if (counting && followed.frames > 0 && !(leave && followed.integrity.interrupted))
      reporter.counts?.(counting.counter.totals);
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

/** Whether tracks are put right after the last frame. Somebody may be reading a pipe: it gets them as they are tracked. */
async function refinesTracks({ outputs }: Plan, { settings, choice }: Shared): Promise<boolean> {
  const { online, offline } = settings;
  if (online && offline) throw new UsageError("Cannot track both --online and --offline");
  if (online || !(offline || choice.isRefined)) return false;
  const isFile = (await findOutputs(outputs)).every(({ kind }) => kind === "file");
  if (offline && !isFile)
    throw new UsageError(
      "Option --offline: expected files to write, since a pipe is written as frames are tracked",
    );
  return isFile;
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

/** The columns of a counter among all others of a checkpoint begin with this. */
const COUNTS = "counts.";

/** What counts in a run, as an earlier one left it. @throws {InputError} where that is not to be understood. */
async function openCounting(
  zones: Zones,
  { width, height, labels }: TracksHeader,
  from: Checkpoint | undefined,
): Promise<Counting> {
  const size = width > 0 && height > 0 ? { width, height } : undefined;
  const counter = new Counter(await asUsage(() => layOutZones(zones, { size, labels })), labels);
  if (!from) return { counter, zones };
  const columns = Object.entries(from.ids).filter(([name]) => name.startsWith(COUNTS));
  try {
    counter.restore(Object.fromEntries(columns.map(([name, column]) => [name.slice(COUNTS.length), column])));
  } catch (cause) {
    throw new InputError((cause as Error).message, { cause });
  }
  return { counter, zones };
}

const saveCounting = ({ counter }: Counting) =>
  Object.fromEntries(Object.entries(counter.save()).map(([name, column]) => [COUNTS + name, column]));

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
async function checkOutputs(
  { input, outputs, detections, cameraMotion, saveDetections, counts }: Plan,
  { zones }: Settings,
): Promise<void> {
  const inputs = [input, detections, cameraMotion, zones].filter((path) => path !== undefined);
  if (counts !== undefined) await asUsage(() => checkCountsFile(counts));
  if (counts === "-" && outputs.includes("-"))
    throw new UsageError("Cannot write tracks and counts both to the standard output");
  await asUsage(() => checkTrackFiles(outputs, { inputs }));
  if (saveDetections !== undefined && !/\.txt$/i.test(saveDetections))
    throw new UsageError(
      `Cannot write detections to ${JSON.stringify(saveDetections)}: expected a name that ends in .txt`,
    );
}
