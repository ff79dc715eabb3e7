/**
 * `track worker`: carries out what batches have put into a queue, each file in a process of its own.
 */
import { access, stat } from "node:fs/promises";
import { availableParallelism, hostname } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { planBudget } from "../batch/budget.js";
import type { QueueAddress } from "../queue/address.js";
import { connectQueue } from "../queue/connect.js";
import { type Answer, type Delivery, serve } from "../queue/serve.js";
import { isRecording } from "../video/stream-address.js";
import { exitCodes } from "./errors.js";
import { watchInterrupt } from "./interrupt.js";
import type { JobEvent, JobResult } from "./job.js";
import { type Keeping, runOrder, type TrackProcess, trackProcess } from "./job-process.js";
import { writtenBy } from "./outputs.js";
import { type QueueOrder, readOrder, readProgress } from "./queue-order.js";
import type { Settings } from "./settings.js";
import type { WorkerLines } from "./worker-lines.js";

export interface WorkerSettings {
  readonly address: QueueAddress;
  /** Files at a time. */
  readonly jobs?: number;
  /** Seconds. */
  readonly lease: number;
  readonly ffmpeg?: string;
  /** Seconds without a sign of work after which a file's process is ended; 0: never. */
  readonly stallLimit: number;
}

/** Milliseconds between two words about how far a file is. */
const INTERVAL = 1000;

/**
 * Works until a signal says to stop.
 *
 * @returns the exit code
 * @throws {EnvironmentError} where Redis does not answer
 */
export async function runWorker(
  { address, jobs: wanted, lease, ffmpeg, stallLimit }: WorkerSettings,
  env: NodeJS.ProcessEnv,
  tell: WorkerLines,
): Promise<number> {
  const warn = (message: string) => tell("warning", { message });
  const connection = await connectQueue(address, {
    onLost: () => warn(`Redis at ${address.shown} does not answer; waiting for it`),
    onBack: () => tell("note", { message: `Redis at ${address.shown} is back` }),
  });
  if (connection.warning) warn(connection.warning);
  const machine = { cores: availableParallelism(), memory: process.availableMemory() };
  const { jobs } = planBudget(machine, Number.POSITIVE_INFINITY, { jobs: wanted });
  const processes = new Processes(jobs, { env, stallLimit, warn });
  const worker = `${hostname()} (process ${process.pid})`;

  const work = async (delivery: Delivery): Promise<Answer> => {
    const refuse = (refused: string): Answer => {
      warn(`a file was left to other workers: ${refused}`);
      return { state: "refused", progress: { worker, refused } };
    };
    const order = readOrder(delivery.data);
    if (typeof order === "string") return refuse(order);
    const place = await placeOf(order);
    if ("unseen" in place)
      return refuse(`it does not see ${JSON.stringify(place.unseen)}; share that folder under the same name`);
    const { name, plan } = order;
    const before = readProgress(delivery.progress);
    const hasBegun = before !== undefined && "begun" in before;
    const settings = { ...settingsOf(order, ffmpeg), ...(hasBegun ? { resume: true } : {}) };
    tell("begin", { name });
    delivery.tell({ worker, begun: true });
    let last = 0;
    const onEvent = (event: JobEvent): void => {
      if (event.type !== "status") tell(event.type, { message: `${name}: ${event.text}` });
      else if (performance.now() - last > INTERVAL) {
        last = performance.now();
        delivery.tell({ worker, begun: true, status: event.status });
      }
    };
    const process = await processes.take(settings, place.cwd);
    const drop = () => process.kill();
    delivery.signal.addEventListener("abort", drop);
    if (delivery.signal.aborted) drop();
    if (interrupt.signal.aborted) return { state: "left" };
    const result = await runOrder(process, { ...plan, lease: delivery.id }, onEvent, place.cwd);
    delivery.signal.removeEventListener("abort", drop);
    processes.giveBack(process);
    if (delivery.signal.aborted) {
      tell("note", { message: `${name}: ${delivery.signal.reason.message}` });
      return { state: "left" };
    }
    const { made, ...told } =
      "made" in result
        ? { ...result, seconds: Math.round(result.seconds * 100) / 100 }
        : { ...result, made: undefined };
    const hidden = { state: undefined, again: undefined, lost: undefined, recording: undefined };
    if (result.state !== "left") tell(result.state, { name, ...told, ...hidden });
    return answerOf(result, worker);
  };

  const interrupt = watchInterrupt({
    onFirst: () => {
      tell("note", { message: "Ending; what was begun is left to other workers; once more to end at once" });
      processes.leave();
    },
    onSecond: () => processes.kill(),
  });
  tell("worker", { queue: address.shown, jobs, lease });
  const serving = serve(connection, { jobs, lease, work });
  try {
    await new Promise((stop) => interrupt.signal.addEventListener("abort", stop, { once: true }));
    await serving.close();
  } finally {
    connection.close();
    await processes.close();
    interrupt.close();
  }
  return exitCodes.done;
}

function answerOf(result: JobResult, worker: string): Answer {
  if (result.state === "failed" || result.state === "left") return result;
  return { state: "done", result: { worker, ...result } };
}

/** Where relative paths are from on this machine, or what it does not see. */
async function placeOf({ cwd, folder, plan }: QueueOrder): Promise<{ cwd: string } | { unseen: string }> {
  const isThere = await stat(cwd).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const input = isRecording(plan.input) ? undefined : plan.input;
  const paths = [folder, input, plan.detections, plan.cameraMotion, ...writtenBy(plan)].filter(
    (path) => path !== undefined,
  );
  if (!isThere && paths.some((path) => !isAbsolute(path))) return { unseen: cwd };
  const manifest = join(resolve(cwd, folder), "batch.json");
  return access(manifest).then(
    () => ({ cwd: isThere ? cwd : process.cwd() }),
    () => ({ unseen: manifest }),
  );
}

/** The settings of a batch, with what is this machine's own affair. */
const settingsOf = (
  { settings }: QueueOrder,
  ffmpeg: string | undefined,
): Settings & { threads: number } => ({
  ...settings,
  threads: settings.threads ?? 1,
  ...{ ffmpeg, out: [], quiet: false, log: "text", verbose: false },
});

/** Processes that are kept for the next file of the same batch: its models are loaded already. */
class Processes {
  readonly #most: number;
  readonly #keeping: Keeping;
  /** Every process that there is, by what it was started for. */
  readonly #all = new Map<TrackProcess, string>();
  readonly #idle = new Set<TrackProcess>();

  constructor(most: number, keeping: Keeping) {
    this.#most = most;
    this.#keeping = keeping;
  }

  async take(settings: Settings & { threads: number }, cwd: string): Promise<TrackProcess> {
    const purpose = JSON.stringify([settings, cwd]);
    const fitting = [...this.#idle].find((process) => this.#all.get(process) === purpose);
    const made = fitting ?? trackProcess(settings, { ...this.#keeping, cwd });
    this.#idle.delete(made);
    this.#all.set(made, purpose);
    // An idle one makes room.
    const [other] = this.#idle;
    if (other && this.#all.size > this.#most) {
      this.#idle.delete(other);
      this.#all.delete(other);
      await other.close();
    }
    return made;
  }

  giveBack(process: TrackProcess): void {
    this.#idle.add(process);
  }

  /** Asks all to write down where they are and to end. */
  leave(): void {
    for (const process of this.#all.keys()) process.leave();
  }

  kill(): void {
    for (const process of this.#all.keys()) process.kill();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all.keys()].map((process) => process.close()));
  }
}
