/** Work in threads of its own, so that the server answers meanwhile. */
import { Worker } from "node:worker_threads";
import type { Works } from "./view-work.js";

/** Threads at a time: each may hold a gigabyte while it reads an hour of tracks. */
const TOGETHER = 2;

/** Threads that do one piece of work each. */
export class Threads {
  readonly #running = new Set<Worker>();
  readonly #waiting: (() => void)[] = [];
  #isClosed = false;

  /** @throws {Error} with the line that the work failed with */
  async do<Name extends keyof Works>(
    name: Name,
    ...given: Parameters<Works[Name]>
  ): Promise<Awaited<ReturnType<Works[Name]>>> {
    while (this.#running.size >= TOGETHER)
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    if (this.#isClosed) throw new Error("track view was ended");
    // No flags of the parent (loaders of a development setup, say): the worker is plain JavaScript.
    const worker = new Worker(workerFile(), { workerData: { name, given }, execArgv: [] });
    this.#running.add(worker);
    try {
      return await new Promise<Awaited<ReturnType<Works[Name]>>>((resolve, reject) => {
        worker.once("message", ({ value, message }) =>
          message === undefined ? resolve(value) : reject(new Error(message)),
        );
        worker.once("error", (error: NodeJS.ErrnoException) =>
          reject(
            error.code === "ERR_WORKER_OUT_OF_MEMORY"
              ? new Error(
                  "There is not enough memory for so many tracks; NODE_OPTIONS=--max-old-space-size raises it",
                )
              : error,
          ),
        );
        worker.once("exit", () => reject(new Error("track view was ended")));
      });
    } finally {
      this.#running.delete(worker);
      this.#waiting.shift()?.();
    }
  }

  /** Ends everything; what is being done fails. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#running].map((worker) => worker.terminate()));
  }
}

const workerFile = (): URL =>
  new URL(
    import.meta.url.endsWith(".ts") ? "../../dist/cli/view-worker.js" : "./view-worker.js",
    import.meta.url,
  );
