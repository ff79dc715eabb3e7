/**
 * A batch that is tracked on this machine: some files at a time, each in a process that others outlive.
 */
import { join } from "node:path";
import type { Budget } from "../batch/budget.js";
import type { Entry } from "../batch/manifest.js";
import { LOCK, trackedEntry } from "./batch-files.js";
import type { BatchReporter } from "./batch-reporter.js";
import { watchInterrupt } from "./interrupt.js";
import type { JobEvent, JobResult } from "./job.js";
import { runOrder, type TrackProcess, trackProcess } from "./job-process.js";
import type { Plan } from "./outputs.js";
import type { Settings } from "./settings.js";

/** A file that is still to be done. */
interface Task {
  readonly entry: Entry;
  readonly plan: Plan;
}

export interface BatchWork {
  readonly settings: Settings;
  readonly env: NodeJS.ProcessEnv;
  readonly reporter: BatchReporter;
  readonly folder: string;
  /** Writes the manifest as it is now. */
  readonly save: () => Promise<void>;
  readonly budget: Budget;
  /** Seconds without a sign of work after which a file's process is ended; 0: never. */
  readonly stallLimit: number;
}

/** Works off the tasks, and keeps the manifest true. @returns the exit code where it was interrupted */
export async function workThrough(
  tasks: readonly Task[],
  { settings, env, reporter, folder, save, budget, stallLimit }: BatchWork,
): Promise<number | undefined> {
  const { jobs, threads } = budget;
  const processes = Array.from({ length: Math.min(jobs, tasks.length) }, () =>
    trackProcess({ ...settings, threads }, { env, stallLimit, warn: reporter.warn }),
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
  let isTold = false;
  /** What a full disk keeps from being written down now is written down later, or told in the end. */
  const note = (): Promise<void> =>
    save().catch((error: Error) => {
      if (!isTold) reporter.warn(error.message);
      isTold = true;
    });
  const workOff = async (process: TrackProcess): Promise<void> => {
    for (let task = queue.shift(); task && !interrupt.signal.aborted; task = queue.shift()) {
      const { entry, plan } = task;
      const onEvent = (event: JobEvent): void => {
        if (event.type === "status") reporter.status(entry, event.status);
        else if (event.type === "note") reporter.note(`${entry.name}: ${event.text}`);
        else reporter.warn(`${entry.name}: ${event.text}`);
      };
      const attempt = async (): Promise<JobResult> => {
        Object.assign(entry, { state: "running", attempts: entry.attempts + 1, started: now() });
        await note();
        return runOrder(process, plan, onEvent);
      };
      reporter.begin(entry);
      let result = await attempt();
      if (result.state === "failed" && result.lost && !interrupt.signal.aborted) {
        reporter.warn(`${entry.name}: tried again: ${result.error}`);
        result = await attempt();
      }
      Object.assign(entry, { ended: now() }, outcomeOf(result, folder));
      reporter.end(entry);
      await note();
    }
  };
  try {
    await save();
    await Promise.all(processes.map(workOff));
    if (isTold) await save();
  } finally {
    await Promise.all(processes.map((process) => process.close()));
    interrupt.close();
  }
  return interrupt.signal.aborted ? interrupt.exitCode : undefined;
}

function outcomeOf(result: JobResult, folder: string): Partial<Entry> {
  if (result.state === "left") return { state: "waiting" };
  if (result.state === "failed") return { state: "failed", error: result.error };
  return trackedEntry(result, folder);
}

const now = (): string => new Date().toISOString();
