/**
 * `track batch <folder|pattern|list...>`: every file into one folder, some at a time, what is done left alone.
 */
import { mkdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Budget, planBudget } from "../batch/budget.js";
import { findInputs } from "../batch/inputs.js";
import { type Entry, readManifest, writeManifest } from "../batch/manifest.js";
import { takeLock } from "../checkpoint/lock.js";
import { OutputError } from "../errors.js";
import { entryOf, refuseTwins } from "./batch-entries.js";
import { LOCK } from "./batch-files.js";
import { type BatchSettings, endingsOf, folderOf, modelsOf, optionsOf, planOf } from "./batch-plan.js";
import type { BatchReporter } from "./batch-reporter.js";
import { workThrough } from "./batch-work.js";
import { exitCodes } from "./errors.js";
import type { Plan } from "./outputs.js";
import type { QueueLine } from "./queue-batch.js";
import type { Settings } from "./settings.js";
import { version } from "./version.js";
import { zonesOf } from "./zones-file.js";

/** Inputs that are looked at at a time. */
const TOGETHER = 8;

export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly reporter: BatchReporter;
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
    for (const { name, state, error } of entries) if (state === "failed") reporter.warn(`${name}: ${error}`);
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
      writing = writing.catch(() => {}).then(() => writeManifest(path, manifest));
      return writing;
    };
    const shared = { settings, reporter, folder, save };
    const interrupted = line
      ? await queue!.workThroughQueue(line, { ...shared, tasks, manifest })
      : await workThrough(tasks, { ...shared, env, budget, stallLimit: batch.stallLimit });
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
