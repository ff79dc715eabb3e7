/**
 * `track batch <folder|pattern|list...>`: every file into one folder, some at a time, what is done left alone.
 */
import { mkdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Budget, planBudget } from "../batch/budget.js";
import { type BatchInput, findInputs } from "../batch/inputs.js";
import { type Entry, readManifest, writeManifest } from "../batch/manifest.js";
import { takeLock } from "../checkpoint/lock.js";
import type { Zones } from "../count/index.js";
import { OutputError } from "../errors.js";
import { formats } from "../format/files.js";
import { identityOf } from "../models/identity.js";
import { defaultCacheDir, resolveModel } from "../models/store.js";
import type { QueueAddress } from "../queue/address.js";
import { entryOf, refuseTwins } from "./batch-entries.js";
import { LOCK, outputsBelow } from "./batch-files.js";
import type { BatchReporter } from "./batch-reporter.js";
import { motionFileOf } from "./camera.js";
import { exitCodes, UsageError } from "./errors.js";
import { watchInterrupt } from "./interrupt.js";
import type { JobResult } from "./job.js";
import { runOrder, type TrackProcess, trackProcess } from "./job-process.js";
import { nameOf, type Plan, usualLog } from "./outputs.js";
import type { QueueLine } from "./queue-batch.js";
import type { Settings } from "./settings.js";
import { chooseTracker, comparesAppearance } from "./stages.js";
import { version } from "./version.js";
import { zonesOf } from "./zones-file.js";

/** Inputs that are looked at at a time. */
const TOGETHER = 8;

/** What a batch has beside the settings of its runs. */
export interface BatchSettings {
  readonly jobs?: number;
  /** Where the jobs go, in place of this machine. */
  readonly queue?: QueueAddress;
  /** Endings without the dot. */
  readonly format: readonly string[];
  /** Whether detections are kept, beside the tracks. */
  readonly saveDetections: boolean;
  /** Whether counts per minute are kept, beside the tracks. */
  readonly counts: boolean;
}

export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly reporter: BatchReporter;
}

/** A file that is still to be done. */
interface Task {
  readonly entry: Entry;
  readonly plan: Plan;
}

/**
 * Tracks every input that is not done and returns the exit code: 0 where all are done, 3 where a part of one could not be
 * read, 4 where some failed.
 *
 * @throws {UsageError} {InputError} {ModelError} {OutputError} {EnvironmentError} for what keeps the batch from being begun.
 */
export async function runBatch(
  given: readonly string[],
  settings: Settings,
  batch: BatchSettings,
  { env, reporter }: Surroundings,
): Promise<number> {
  const folder = folderOf(settings);
  const endings = endingsOf(batch.format);
  const zones = zonesOf({ ...settings, counts: batch.counts });
  const models = await modelsOf(settings, env);
  const inputs = await findInputs(given, { except: folder });
  await mkdir(folder, { recursive: true }).catch((cause: Error) => {
    throw new OutputError(`Cannot write to ${JSON.stringify(folder)}: ${cause.message}`, { cause });
  });
  const lock = await takeLock(join(folder, LOCK)).catch((cause: Error) => {
    throw new OutputError(`Cannot write to ${JSON.stringify(folder)}: ${cause.message}`, { cause });
  });
  if (!("release" in lock))
    throw new OutputError(
      `Cannot write to ${JSON.stringify(folder)}: another batch is at work there (process ${lock.pid} on ${lock.host})`,
    );
  let line: QueueLine | undefined;
  try {
    // BullMQ is loaded for those who use it.
    const queue = batch.queue && (await import("./queue-batch.js"));
    line = await queue?.openLine(batch.queue!, reporter);
    const path = join(folder, "batch.json");
    const before = await readManifest(path);
    const options = optionsOf(settings, batch, zones, models);
    const plans = new Map<Entry, Plan>();
    const entries: Entry[] = [];
    const { resume } = settings;
    /** What stays in the list in place of an entry. */
    const kept = new Map<Entry, Entry>();
    const keep = (entry: Entry, before: Entry) => kept.set(entry, before);
    const look = { folder, options, resume, keep, silent: new Set<string>(), warn: reporter.warn };
    for (let i = 0; i < inputs.length; i += TOGETHER)
      await Promise.all(
        inputs.slice(i, i + TOGETHER).map(async (input, j) => {
          const plan = planOf(input, folder, endings, { ...settings, ...batch });
          const old = before?.files.find(({ name }) => name === input.name);
          const entry = await entryOf(input, plan, old, look);
          entries[i + j] = entry;
          if (entry.state === "waiting") plans.set(entry, plan);
        }),
      );
    const tasks = entries.flatMap((entry) => {
      const plan = plans.get(entry);
      return plan ? [{ entry, plan }] : [];
    });
    refuseTwins(entries, tasks);
    const budget = budgetOf(tasks.length, settings, batch);
    const names = new Set(entries.map(({ name }) => name));
    const earlier = before?.files.filter(({ name }) => !names.has(name)) ?? [];
    const manifest = {
      tool: version,
      ...budget,
      files: [...entries.map((entry) => kept.get(entry) ?? entry), ...earlier],
    };
    // One after the other, each with what is true when it is written.
    let writing = Promise.resolve();
    const save = (): Promise<void> => {
      writing = writing.then(() => writeManifest(path, manifest));
      return writing;
    };
    const shared = { settings, reporter, folder, save };
    const interrupted = line
      ? await queue!.workThroughQueue(line, { ...shared, tasks, manifest })
      : await work(tasks, { ...shared, env, budget });
    reporter.finish(entries);
    if (interrupted !== undefined) return interrupted;
    if (entries.some(({ state }) => state === "failed")) return exitCodes.someFailed;
    return entries.some(({ state }) => state === "damaged") ? exitCodes.damaged : exitCodes.done;
  } finally {
    line?.close();
    reporter.close();
    await lock.release();
  }
}

/** What each job may use. In a queue it is the same on all machines, so that one can go on with what another began. */
function budgetOf(files: number, { threads }: Settings, { queue, jobs }: BatchSettings): Budget {
  if (queue) return { jobs: 0, threads: threads ?? 1 };
  const machine = { cores: availableParallelism(), memory: process.availableMemory() };
  return planBudget(machine, files, { jobs, threads });
}

interface Work {
  readonly settings: Settings;
  readonly env: NodeJS.ProcessEnv;
  readonly reporter: BatchReporter;
  readonly folder: string;
  /** Writes the manifest as it is now. */
  readonly save: () => Promise<void>;
  readonly budget: Budget;
}

/** Works off the tasks, and keeps the manifest true. @returns the exit code where it was interrupted */
async function work(
  tasks: readonly Task[],
  { settings, env, reporter, folder, save, budget }: Work,
): Promise<number | undefined> {
  const { jobs, threads } = budget;
  const processes = Array.from({ length: Math.min(jobs, tasks.length) }, () =>
    trackProcess({ ...settings, threads }, env),
  );
  const interrupt = watchInterrupt({
    onFirst: () => {
      reporter.note("Ending; what was begun is gone on with next time; once more to end at once");
      for (const process of processes) process.leave();
    },
    onSecond: () => {
      reporter.close();
      for (const process of processes) process.kill();
    },
  });
  interrupt.temporary = () => [join(folder, LOCK)];
  reporter.start(tasks.length, budget);
  const queue = [...tasks];
  const workOff = async (process: TrackProcess): Promise<void> => {
    for (let task = queue.shift(); task && !interrupt.signal.aborted; task = queue.shift()) {
      const { entry, plan } = task;
      Object.assign(entry, { state: "running", attempts: entry.attempts + 1, started: now() });
      reporter.begin(entry);
      await save();
      const result = await runOrder(process, plan, (event) => {
        if (event.type === "status") reporter.status(entry, event.status);
        else if (event.type === "note") reporter.note(`${entry.name}: ${event.text}`);
        else reporter.warn(`${entry.name}: ${event.text}`);
      });
      Object.assign(entry, { ended: now() }, outcomeOf(result, folder));
      reporter.end(entry);
      await save();
    }
  };
  try {
    await save();
    await Promise.all(processes.map(workOff));
  } finally {
    for (const process of processes) await process.close();
    interrupt.close();
  }
  return interrupt.signal.aborted ? interrupt.exitCode : undefined;
}

function outcomeOf(result: JobResult, folder: string): Partial<Entry> {
  if (result.state === "left") return { state: "waiting" };
  if (result.state === "failed") return { state: "failed", error: result.error };
  const { state, frames, identities, seconds, made, recording } = result;
  const outputs = outputsBelow(folder, made);
  return { state, frames, identities, seconds: Math.round(seconds * 100) / 100, recording, outputs };
}

function planOf(
  input: BatchInput,
  folder: string,
  endings: readonly string[],
  settings: Pick<Settings, "detections" | "cameraMotion" | "explain"> & BatchSettings,
): Plan {
  const { detections, cameraMotion, saveDetections, explain, counts } = settings;
  const base = join(folder, ...input.name.split("/"));
  const outputs = endings.map((ending) => base + ending);
  return {
    input: input.path,
    outputs,
    detections: detections?.replaceAll("{name}", nameOf(input.path)),
    cameraMotion: motionFileOf({ cameraMotion })?.replaceAll("{name}", nameOf(input.path)),
    saveDetections: saveDetections ? `${base}.detections.txt` : undefined,
    counts: counts ? `${base}.counts.csv` : undefined,
    explain: explain ? usualLog(outputs[0]!) : undefined,
  };
}

/** The folder of a batch. @throws {UsageError} where the settings name something else */
export function folderOf({
  out,
  saveDetections,
  explain,
  counts,
  detections,
  cameraMotion,
  render,
  report,
}: Settings): string {
  const [folder, ...others] = out;
  if (folder === undefined || others.length > 0)
    throw new UsageError("Option --out: expected the one folder that takes the results, as in --out results");
  if (folder === "-") throw new UsageError("Option --out: expected a folder, got the standard output");
  if (saveDetections !== undefined)
    throw new UsageError("Option --save-detections: takes no name in a batch; they stand beside the tracks");
  if (counts !== undefined)
    throw new UsageError("Option --counts: takes no name in a batch; they stand beside the tracks");
  if (render !== undefined) throw new UsageError("Option --render: not in a batch; see track render");
  if (report !== undefined) throw new UsageError("Option --report: not in a batch; see track report");
  if (typeof explain === "string")
    throw new UsageError("Option --explain: takes no name in a batch; the log stands beside the tracks");
  for (const [option, file] of Object.entries({
    "--detections": detections,
    "--camera-motion": motionFileOf({ cameraMotion }),
  }))
    if (file !== undefined && !file.includes("{name}"))
      throw new UsageError(
        `Option ${option}: expected {name} in it, for the input's, got ${JSON.stringify(file)}`,
      );
  return folder;
}

function endingsOf(names: readonly string[]): string[] {
  const known = formats.map(({ extension }) => extension.slice(1));
  for (const name of names)
    if (!known.includes(name))
      throw new UsageError(
        `Option --format: expected some of ${known.join(", ")}, got ${JSON.stringify(name)}`,
      );
  return [...new Set(names)].map((name) => `.${name}`);
}

/** Everything but the input that decides what comes out. */
function optionsOf(
  settings: Settings,
  { format, saveDetections, counts }: BatchSettings,
  zones: Zones | undefined,
  models: readonly string[],
): unknown {
  const { tracker, trackerOption, classes, minScore, start, end, every } = settings;
  const { frameRate, maxPixels, device, cameraMotion, explain } = settings;
  return [
    ...[version, format, models, tracker, trackerOption, classes, minScore, start, end, every],
    ...[frameRate, maxPixels, device, cameraMotion, explain, saveDetections, counts, zones],
  ];
}

/** Looks at what all files need, so that what is wrong with it is told once and before any work. */
async function modelsOf(settings: Settings, env: NodeJS.ProcessEnv): Promise<string[]> {
  const choice = await chooseTracker(settings);
  const cacheDir = defaultCacheDir(env);
  const { detector, contract, reid, reidContract, detections } = settings;
  const models: string[] = [];
  if (detections === undefined)
    models.push(await identityOf(await resolveModel(detector, "detector", { contract, cacheDir })));
  if (comparesAppearance(choice, settings))
    models.push(
      await identityOf(await resolveModel(String(reid), "embedder", { contract: reidContract, cacheDir })),
    );
  return models;
}

const now = (): string => new Date().toISOString();
