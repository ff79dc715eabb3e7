/**
 * The end of the queue where jobs are worked on. A worker holds every job by a lease, a key in Redis that lapses unless
 * it is renewed; what lapses is given to another worker.
 *
 * BullMQ's trap: a worker that computes on its own thread does not come to renewing, its jobs count as stalled, and a
 * second worker starts on them while the first is still at work. So nothing is computed here: `work` starts a process
 * and waits for it.
 */
import { setTimeout as wait } from "node:timers/promises";
import { DelayedError, type Job, Queue, UnrecoverableError, WaitingError, Worker } from "bullmq";
import { DEATHS, QUEUE } from "./_queue.js";
import type { QueueConnection } from "./connect.js";

/** A job in the hands of a worker. */
export interface Delivery {
  readonly id: string;
  readonly data: unknown;
  /** The latest that an earlier worker has told; undefined where there was none. */
  readonly progress: unknown;
  /**
   * Aborted when the lease is lost: another worker may have the job by now, or it was taken back, so it is to be dropped
   * at once. The reason says which.
   */
  readonly signal: AbortSignal;
  /** Tells where the job is; what is told while Redis is away is lost but for the latest. */
  tell(progress: object): void;
}

/** What came of a delivery. */
export type Answer =
  | { readonly state: "done"; readonly result: object }
  /** `again` where another machine, or a later time, may do better. */
  | { readonly state: "failed"; readonly error: string; readonly again: boolean }
  /** The worker is ending: the job waits for another one. */
  | { readonly state: "left" }
  /** This worker cannot do it: the job waits for another one, while this one holds back for a moment. */
  | { readonly state: "refused"; readonly progress: object };

export interface ServeOptions {
  /** Jobs at a time. */
  readonly jobs: number;
  /** Seconds after which the jobs of a worker that says nothing are given to another one. */
  readonly lease: number;
  readonly work: (delivery: Delivery) => Promise<Answer>;
}

/** Milliseconds for which a worker that has refused a job takes no other in its place. */
const HOLD_BACK = 5000;
/** Milliseconds in which a worker that had lost Redis tells what it has finished meanwhile. */
const GRACE = 1000;
/** Milliseconds for which the end of a worker waits for a Redis that does not answer. */
const PATIENCE = 5000;

/** What a job's progress holds once it is done, until that is collected. */
const isFinished = (progress: unknown): progress is { readonly finished: object } =>
  typeof progress === "object" && progress !== null && "finished" in progress;

/** Takes jobs until it is closed. */
export function serve(
  { redis }: QueueConnection,
  { jobs, lease, work }: ServeOptions,
): { close(): Promise<void> } {
  const closing = new AbortController();
  const busy = new Set<Promise<Answer>>();
  const milliseconds = lease * 1000;
  const queue = new Queue(QUEUE, { connection: redis, skipVersionCheck: true });
  queue.on("error", () => {}); // the connection tells

  const deliver = async (job: Job, token = ""): Promise<object> => {
    const lost = new AbortController();
    const renewing = renew(job, token, milliseconds, async () => {
      const isThere = await queue.getJob(job.id!).catch(() => true);
      lost.abort(
        new Error(isThere ? "the lease was lost, another worker goes on with it" : "it was taken back"),
      );
    });
    const telling = teller(job);
    try {
      const progress = await earlierProgress(queue, job);
      // Its worker had finished it, but lost the lease while Redis was away.
      if (isFinished(progress)) return progress.finished;
      const { signal } = lost;
      const working = work({ id: job.id!, data: job.data, progress, signal, tell: telling.tell });
      busy.add(working);
      const answer = await working.finally(() => busy.delete(working));
      signal.throwIfAborted();
      await telling.end();
      switch (answer.state) {
        case "done":
          // Kept apart from the lease, which may have lapsed meanwhile.
          await job.updateProgress({ finished: answer.result });
          return answer.result;
        case "failed":
          throw answer.again ? new Error(answer.error) : new UnrecoverableError(answer.error);
        case "left":
          await job.moveToWait(token);
          throw new WaitingError();
        case "refused":
          await job.updateProgress(answer.progress);
          await wait(HOLD_BACK, undefined, { signal: closing.signal }).catch(() => {});
          await job.moveToDelayed(Date.now() + GRACE, token);
          throw new DelayedError();
      }
    } finally {
      clearInterval(renewing);
    }
  };
  const worker = new Worker(QUEUE, deliver, {
    connection: redis,
    skipVersionCheck: true,
    concurrency: jobs,
    lockDuration: milliseconds,
    stalledInterval: milliseconds,
    maxStalledCount: DEATHS - 1,
    // Done here: BullMQ keeps its leases by job, and mixes up two deliveries of one.
    skipLockRenewal: true,
    runRetryDelay: GRACE,
  });
  worker.on("error", () => {}); // likewise, and a lost lease is no news
  return {
    async close() {
      closing.abort();
      const ended = worker.close().then(() => queue.close());
      await Promise.allSettled(busy);
      await Promise.race([ended, wait(PATIENCE, undefined, { ref: false })]);
    },
  };
}

function renew(job: Job, token: string, lease: number, onLost: () => void): NodeJS.Timeout {
  let asking = false;
  return setInterval(async () => {
    if (asking) return;
    asking = true;
    const isMine = await job.extendLock(token, lease).catch(() => undefined);
    asking = false;
    if (isMine === 0) onLost();
  }, lease / 3);
}

/** What earlier workers told of a job; they may still be telling it, where Redis was away. */
async function earlierProgress(queue: Queue, job: Job): Promise<unknown> {
  if (job.attemptsStarted === 1) return undefined;
  await wait(GRACE);
  return (await queue.getJob(job.id!))?.progress;
}

/** Progress goes out one at a time, so that nothing piles up while Redis is away. */
function teller(job: Job): { tell(progress: object): void; end(): Promise<void> } {
  let next: object | undefined;
  let going: Promise<void> | undefined;
  const go = async (): Promise<void> => {
    while (next) {
      const progress = next;
      next = undefined;
      await job.updateProgress(progress).catch(() => {}); // the job is gone: nobody wants to know
    }
    going = undefined;
  };
  return {
    tell(progress) {
      next = progress;
      going ??= go();
    },
    async end() {
      next = undefined;
      await going;
    },
  };
}
