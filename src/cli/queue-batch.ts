/**
 * A batch whose files are tracked by the workers of a queue: puts the jobs in, follows them, and writes down what came
 * of them. It can be left and taken up again at any time; the jobs go on.
 */
import { realpath } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import type { Entry, Manifest } from "../batch/manifest.js";
import type { QueueAddress } from "../queue/address.js";
import { type JobBoard, openBoard, type Seen } from "../queue/board.js";
import { connectQueue, type QueueConnection } from "../queue/connect.js";
import { areThere, outputsBelow, trackedEntry } from "./batch-files.js";
import type { BatchReporter } from "./batch-reporter.js";
import { watchInterrupt } from "./interrupt.js";
import { type Plan, writtenBy } from "./outputs.js";
import { orderId, readProgress, readResult, writeOrder } from "./queue-order.js";
import type { Settings } from "./settings.js";

/** Milliseconds between two looks at the queue. */
const TICK = 500;
/** Milliseconds within which what a worker wrote is seen here: shared folders show new files late. */
const LATE = 30_000;
/** Jobs that are put in at a time. */
const TOGETHER = 50;

/** A way to the queue, and word of when it breaks. */
export interface QueueLine extends QueueConnection {
  /** Whether Redis was away since this was last asked: it may have forgotten the latest. */
  wasLost(): boolean;
}

/** @throws {EnvironmentError} where Redis does not answer */
export async function openLine(address: QueueAddress, reporter: BatchReporter): Promise<QueueLine> {
  let lost = false;
  const connection = await connectQueue(address, {
    onLost: () => reporter.warn(`Redis at ${address.shown} does not answer; waiting for it`),
    onBack: () => {
      lost = true;
      reporter.note(`Redis at ${address.shown} is back`);
    },
  });
  if (connection.warning) reporter.warn(connection.warning);
  return {
    ...connection,
    wasLost() {
      const was = lost;
      lost = false;
      return was;
    },
  };
}

export interface QueueWork {
  readonly tasks: readonly { readonly entry: Entry; readonly plan: Plan }[];
  readonly settings: Settings;
  readonly reporter: BatchReporter;
  readonly folder: string;
  readonly manifest: Omit<Manifest, "format" | "version">;
  /** Writes the manifest as it is now. */
  readonly save: () => Promise<void>;
}

/** A job of this batch. */
interface Waiting {
  readonly id: string;
  readonly order: object;
  readonly entry: Entry;
  readonly plan: Plan;
  /** What it came to in earlier jobs. */
  readonly before: number;
  /** Whether it is in the queue; not where a worker is still at one with other options. */
  isIn: boolean;
  /** What was last said about it, which is not said twice. */
  said: string;
}

/** Has the tasks done. @returns the exit code where it was left before the end */
export async function workThroughQueue(line: QueueLine, work: QueueWork): Promise<number | undefined> {
  const { tasks, reporter, manifest } = work;
  const board = openBoard(line);
  const interrupt = watchInterrupt({
    onFirst: () =>
      reporter.note(
        "Left; the workers go on, and the same command takes it up again; with --cancel it takes the files back",
      ),
    onSecond: () => reporter.close(),
  });
  const left = new Promise<"left">((resolve) => {
    interrupt.signal.addEventListener("abort", () => resolve("left"), { once: true });
  });
  try {
    // Workers look for it: where it is not to be seen, the folder is not shared.
    await work.save();
    const workers = await board.workers();
    manifest.jobs = workers;
    reporter.start(tasks.length, { workers, threads: manifest.threads });
    if (workers === 0 && tasks.length > 0)
      reporter.note("No worker is there yet; start some with `track worker --queue`, on any machine");
    // Where Redis is away this waits for it, and Ctrl-C ends it.
    const collecting = collect(board, line, work, interrupt.signal);
    if ((await Promise.race([collecting, left])) === "left") {
      line.close();
      await collecting.catch(() => {}); // its questions have no answers any more
    }
  } finally {
    interrupt.close();
  }
  return interrupt.signal.aborted ? interrupt.exitCode : undefined;
}

async function collect(
  board: JobBoard,
  line: QueueLine,
  { tasks, settings, reporter, folder, manifest, save }: QueueWork,
  signal: AbortSignal,
): Promise<void> {
  const cwd = process.cwd();
  const real = await realpath(folder);
  const open = new Map<string, Waiting>();
  for (const { entry, plan } of tasks) {
    const order = writeOrder({ name: entry.name, cwd, folder, plan, settings });
    const id = orderId(real, entry.name);
    open.set(id, { id, order, entry, plan, before: entry.attempts, isIn: false, said: "" });
  }
  /** Results that are being looked at. */
  const ending = new Set<Promise<void>>();
  const end = (job: Waiting, outcome: Promise<Partial<Entry>>): void => {
    open.delete(job.id);
    const ended = outcome.then(async (changes) => {
      Object.assign(job.entry, { ended: new Date().toISOString() }, changes);
      reporter.end(job.entry);
      await save();
      // Only now: until then the queue is where the result is kept.
      await board.remove(job.id);
      ending.delete(ended);
    });
    ended.catch(() => {}); // whoever waits for all of them sees it
    ending.add(ended);
  };

  const see = async (job: Waiting, seen: Seen): Promise<void> => {
    const { entry } = job;
    const isRunning = seen.state === "running" && readProgress(seen.progress);
    if (isRunning && "refused" in isRunning) {
      say(job, `${entry.name}: ${isRunning.worker} cannot take it: ${isRunning.refused}`);
      return;
    }
    if (seen.state !== "waiting" && entry.state === "waiting") {
      const attempts = job.before + seen.deliveries;
      Object.assign(entry, { state: "running", attempts, started: new Date().toISOString() });
      reporter.begin(entry);
      await save();
    }
    if (seen.state === "waiting" && entry.state === "running") {
      entry.state = "waiting";
      reporter.end(entry);
    }
    if (seen.state === "waiting" && seen.error !== undefined)
      say(job, `${entry.name}: tried again: ${seen.error}`);
    if (isRunning && "status" in isRunning && isRunning.status) reporter.status(entry, isRunning.status);
    if (seen.state === "done") end(job, outcomeOf(seen.result, job.plan, folder, signal));
    if (seen.state === "failed") end(job, Promise.resolve({ state: "failed", error: seen.error }));
  };
  const say = (job: Waiting, text: string): void => {
    if (job.said !== text) reporter.warn(text);
    job.said = text;
  };

  /** What is not in the queue is put in; what is, is looked at, one by one. */
  const putIn = async (jobs: readonly Waiting[], isFirst: boolean): Promise<void> => {
    for (let i = 0; i < jobs.length && !signal.aborted; i += TOGETHER)
      await Promise.all(
        jobs.slice(i, i + TOGETHER).map(async (job) => {
          let seen = await board.put(job.id, job.order);
          // An earlier run's result that was thrown away since, or one that is to be made anew.
          if (isFirst && seen && (await isStale(seen, settings, folder)) && (await board.remove(job.id)))
            seen = await board.put(job.id, job.order);
          job.isIn = seen !== undefined;
          if (seen === undefined)
            say(job, `${job.entry.name}: waits until a worker has ended it with other options`);
          else await see(job, seen);
        }),
      );
  };

  await putIn([...open.values()], true);
  while ((open.size > 0 || ending.size > 0) && !signal.aborted) {
    await wait(TICK);
    const isUnsure = line.wasLost();
    await putIn(
      [...open.values()].filter(({ isIn }) => isUnsure || !isIn),
      false,
    );
    const seen = await board.look(new Set(open.keys()));
    for (const job of [...open.values()]) {
      const now = seen.get(job.id) ?? { state: "waiting", deliveries: 0 };
      if (job.isIn) await see(job, now);
    }
    const running = tasks.filter(({ entry }) => entry.state === "running").length;
    manifest.jobs = Math.max(manifest.jobs, running);
    if (open.size === 0) await Promise.all(ending);
  }
}

/** Whether what an earlier run left in the queue is of no use to this one. */
async function isStale(seen: Seen, { resume }: Settings, folder: string): Promise<boolean> {
  if (seen.state === "failed" || !resume) return seen.state !== "running";
  if (seen.state !== "done") return false;
  const result = readResult(seen.result);
  return !result || !(await areThere(outputsBelow(folder, result.made), folder));
}

/** What became of a file whose worker says that it is done. */
async function outcomeOf(
  told: unknown,
  plan: Plan,
  folder: string,
  signal: AbortSignal,
): Promise<Partial<Entry>> {
  const result = readResult(told);
  const wanted = writtenBy(plan);
  if (!result || result.made.some(({ path }) => !wanted.includes(path)))
    return { state: "failed", error: "its worker told a result that is none" };
  const entry = trackedEntry(result, folder);
  const since = performance.now();
  while (!(await areThere(entry.outputs, folder))) {
    if (signal.aborted) return { state: "running" };
    if (performance.now() - since > LATE) {
      const error = `${result.worker} wrote its files, but they are not to be seen here: is ${JSON.stringify(folder)} one shared folder?`;
      return { state: "failed", error };
    }
    await wait(TICK);
  }
  return entry;
}
