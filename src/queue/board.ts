/**
 * The end of the queue where jobs are put in and results come out. Redis is asked rather than listened to: what was
 * missed while it, or this process, was away is found all the same.
 */
import { type Job, Queue } from "bullmq";
import { ATTEMPTS, BACKOFF, KEPT, QUEUE } from "./_queue.js";
import type { QueueConnection } from "./connect.js";

/** What became of a job so far. */
export type Seen = {
  /** How often it was handed to a worker. */
  readonly deliveries: number;
} & (
  | { readonly state: "waiting"; readonly error?: string }
  | { readonly state: "running"; readonly progress: unknown }
  | { readonly state: "done"; readonly result: unknown }
  | { readonly state: "failed"; readonly error: string }
);

export interface JobBoard {
  /**
   * Puts a job in. One with the same id and data that is there already is left as it is, whatever its state; one with
   * other data is replaced.
   *
   * @returns what is there now; undefined where a worker is still at the one with other data
   */
  put(id: string, data: unknown): Promise<Seen | undefined>;
  /** Those of these jobs that a worker has begun or ended; of those that wait, only the ones that were begun before. */
  look(ids: ReadonlySet<string>): Promise<Map<string, Seen>>;
  /** Takes a job out, unless a worker is at it. @returns whether it is out */
  remove(id: string): Promise<boolean>;
  /**
   * Takes a job out, also where a worker is at it: that worker loses its lease and drops it. What has ended stays.
   *
   * @returns how it stood; undefined where it is not there
   */
  cancel(id: string): Promise<"waiting" | "running" | "ended" | undefined>;
  /** How many workers are connected. */
  workers(): Promise<number>;
  close(): Promise<void>;
}

/** Of what has ended the latest so many are looked at: more do not end between two looks. */
const LATEST = 1000;

/** How often a job that workers are after is asked for. */
const TRIES = 5;

/** What the queue itself says where a job's workers died too often. */
const STALLED = /stalled more than allowable/;

export function openBoard({ redis }: QueueConnection): JobBoard {
  const queue = new Queue(QUEUE, { connection: redis, skipVersionCheck: true });
  queue.on("error", () => {}); // the connection tells
  const put = async (id: string, data: unknown): Promise<Seen | undefined> => {
    const there: Job | undefined = await queue.getJob(id);
    if (there && JSON.stringify(there.data) === JSON.stringify(data))
      return seenAs(there, await there.getState());
    if (there && !(await remove(id))) return undefined;
    await queue.add("track", data, {
      jobId: id,
      attempts: ATTEMPTS,
      backoff: { type: "exponential", delay: BACKOFF },
      removeOnComplete: { age: KEPT },
      removeOnFail: { age: KEPT },
      stackTraceLimit: 1,
    });
    return { state: "waiting", deliveries: 0 };
  };
  const remove = async (id: string): Promise<boolean> => {
    const job: Job | undefined = await queue.getJob(id);
    return (
      job?.remove().then(
        () => true,
        () => false,
      ) ?? true
    );
  };
  return {
    put,
    remove,
    async look(ids) {
      const found = new Map<string, Seen>();
      // In this order: a job that ends between two of the questions is seen as ended.
      for (const state of ["active", "delayed", "failed", "completed"] as const) {
        const end = state === "active" || state === "delayed" ? -1 : LATEST - 1;
        const mine = (await queue.getRanges([state], 0, end, false)).filter((id) => ids.has(id));
        const jobs: (Job | undefined)[] = await Promise.all(mine.map((id) => queue.getJob(id)));
        for (const job of jobs) if (job) found.set(job.id!, seenAs(job, state));
      }
      return found;
    },
    async cancel(id) {
      const job: Job | undefined = await queue.getJob(id);
      if (!job) return undefined;
      const state = await job.getState();
      if (state === "completed" || state === "failed") return "ended";
      // A worker may take it between two of these.
      for (let tries = 0; tries < TRIES; tries++) {
        if (await remove(id)) return state === "active" || tries > 0 ? "running" : "waiting";
        await redis.del(`${queue.toKey(id)}:lock`);
      }
      return undefined;
    },
    workers: () => queue.getWorkersCount().catch(() => 0), // some hosts of Redis do not tell
    close: () => queue.close(),
  };
}

function seenAs(job: Job, state: string): Seen {
  const { attemptsStarted: deliveries, returnvalue: result, progress, failedReason: error } = job;
  if (state === "completed") return { state: "done", result, deliveries };
  if (state === "active") return { state: "running", progress, deliveries };
  if (state !== "failed") return { state: "waiting", ...(error ? { error } : {}), deliveries };
  return {
    state: "failed",
    error: STALLED.test(error) ? `its workers died ${deliveries - 1} times while they were at it` : error,
    deliveries,
  };
}
