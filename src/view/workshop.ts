/** Where things are made that take a while: one at a time, and only while a page waits for it. */
import type { ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import type { Making } from "../report/making.js";

/** Milliseconds for which nobody may wait: a page that is opened again comes back within that time. */
const PATIENCE = 5000;

/** Makes something, tells of it, and leaves nothing behind where the signal ends it. */
export type Work = (tell: (line: Making) => void, signal: AbortSignal) => Promise<void>;

interface Job {
  readonly name: string;
  readonly controller: AbortController;
  readonly followers: Set<(line: Making) => void>;
  /** What whoever comes later has missed. */
  readonly told: Making[];
  ended: Promise<void>;
}

/** One place to work at. */
export class Workshop {
  #job: Job | undefined;
  #isClosed = false;

  /** Tells what is there already. */
  tell(lines: readonly Making[], response: ServerResponse): void {
    begin(response);
    for (const line of [...lines, { type: "done" } as const]) write(response, line);
    response.end();
  }

  /** Has something made, or joins those who wait for it, and tells them until it is done or they are gone. */
  async follow(name: string, work: Work, response: ServerResponse): Promise<void> {
    begin(response);
    const tell = (line: Making): void => write(response, line);
    const gone = new Promise<void>((resolve) => response.once("close", resolve));
    // Nobody waits any more for what is being made.
    if (this.#job && this.#job.name !== name && this.#job.followers.size === 0) await this.#end(this.#job);
    if (this.#isClosed || (this.#job && this.#job.name !== name)) {
      tell({ type: "busy" });
      response.end();
      return;
    }
    this.#job ??= this.#begin(name, work);
    const job = this.#job;
    for (const line of job.told) tell(line);
    job.followers.add(tell);
    await Promise.race([job.ended, gone]);
    job.followers.delete(tell);
    response.end();
    if (job.followers.size > 0 || this.#job !== job) return;
    await Promise.race([job.ended, wait(PATIENCE, undefined, { ref: false })]);
    if (job.followers.size === 0) job.controller.abort();
  }

  /** Ends what is being made, and waits until nothing of it is left. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#job) await this.#end(this.#job);
  }

  #begin(name: string, work: Work): Job {
    const controller = new AbortController();
    const job: Job = { name, controller, followers: new Set(), told: [], ended: Promise.resolve() };
    const tell = (line: Making): void => {
      // Of progress only the last is worth keeping.
      if (line.type === "progress" && job.told.at(-1)?.type === "progress") job.told.pop();
      job.told.push(line);
      for (const follower of job.followers) follower(line);
    };
    const make = async (): Promise<void> => {
      try {
        await work(tell, controller.signal);
        tell({ type: "done" });
      } catch (error) {
        tell({ type: "failed", message: (error as Error).message });
      } finally {
        this.#job = undefined;
      }
    };
    job.ended = make();
    return job;
  }

  async #end(job: Job): Promise<void> {
    job.controller.abort(new Error("track view was ended"));
    await job.ended;
  }
}

const begin = (response: ServerResponse): void => {
  response.writeHead(200, { "content-type": "application/x-ndjson", "cache-control": "no-store" });
  response.flushHeaders();
};

const write = (response: ServerResponse, line: Making): void => {
  response.write(`${JSON.stringify(line)}\n`);
};
