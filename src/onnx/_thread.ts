/** A worker as promises: requests go out with a number, replies come back with it, and lent memory comes home. */
import { Worker } from "node:worker_threads";
import { EnvironmentError, ModelError } from "../errors.js";
import type { Fault, Loaded, Outputs, Reply, Request, WorkerSettings } from "./_protocol.js";

type Unnumbered<T> = T extends { readonly id: number } ? Omit<T, "id"> : never;

interface Pending {
  resolve(value: Loaded | Outputs | undefined): void;
  reject(error: unknown): void;
  /** Called with the memory that was lent, or with nothing where it was lost with the thread. */
  back?(buffer: ArrayBuffer | undefined): void;
}

/** The worker and what it still owes. */
export class Thread {
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #exited: Promise<void>;
  #count = 0;
  #closed: Promise<void> | undefined;
  #failure: Error | undefined;

  constructor(file: URL, settings: WorkerSettings) {
    // No flags of the parent (loaders of a development setup, say): the worker is plain JavaScript.
    this.#worker = new Worker(file, { workerData: settings, execArgv: [] });
    this.#exited = new Promise((resolve) => {
      this.#worker.once("exit", () => {
        this.#fail(new EnvironmentError("The inference thread ended by itself"));
        resolve();
      });
    });
    this.#worker.on("error", (cause) => {
      this.#fail(new EnvironmentError(`The inference thread failed: ${firstLine(cause)}`, { cause }));
    });
    this.#worker.on("message", (reply: Reply) => this.#settle(reply));
    this.ready = new Promise((resolve, reject) => {
      this.#pending.set(0, { resolve: () => resolve(), reject });
    });
  }

  /** False once it was closed or failed; then there is nothing to free either. */
  get alive(): boolean {
    return this.#closed === undefined && this.#failure === undefined;
  }

  ask(
    request: Unnumbered<Request>,
    lent?: ArrayBuffer,
    back?: Pending["back"],
  ): Promise<Loaded | Outputs | undefined> {
    const refusal = this.#closed ? new Error("The runtime is closed") : this.#failure;
    if (refusal) {
      back?.(lent);
      return Promise.reject(refusal);
    }
    return this.#post(request, lent, back);
  }

  close(): Promise<void> {
    this.#closed ??= this.#failure
      ? this.#exited
      : this.#post({ kind: "close" }).then(
          () => this.#exited,
          () => this.#exited,
        );
    return this.#closed;
  }

  #post(
    request: Unnumbered<Request>,
    lent?: ArrayBuffer,
    back?: Pending["back"],
  ): Promise<Loaded | Outputs | undefined> {
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      try {
        this.#worker.postMessage({ ...request, id }, lent ? [lent] : []);
      } catch (error) {
        back?.(lent);
        reject(error);
        return;
      }
      this.#pending.set(id, { resolve, reject, back });
      // An idle thread lets the process end, a busy one does not.
      this.#worker.ref();
    });
  }

  #settle(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (this.#pending.size === 0 && !this.#closed) this.#worker.unref();
    pending?.back?.(reply.loan);
    if (reply.ok) pending?.resolve(reply.value);
    else pending?.reject(errorOf(reply.fault));
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const pending of this.#pending.values()) {
      pending.back?.(undefined);
      pending.reject(this.#failure);
    }
    this.#pending.clear();
  }
}

function errorOf({ kind, message, detail }: Fault): Error {
  const cause = detail === undefined ? undefined : new Error(detail);
  if (kind === "model") return new ModelError(message, { cause });
  return kind === "environment" ? new EnvironmentError(message, { cause }) : new Error(message, { cause });
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n", 1)[0]!;
