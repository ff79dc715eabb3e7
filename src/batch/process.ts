/**
 * One process that works on one job after the other. What crashes in it, or eats all memory, takes nothing else along,
 * and a model that computes keeps nobody from hearing that the job is alive.
 */
import { type ChildProcess, fork } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { workOf } from "./_work.js";

/** How a process is started. */
export interface ProcessOptions {
  /** The script, which answers every message with events and then exactly one `end`. */
  readonly script: URL | string;
  /** Sent first. */
  readonly settings: unknown;
  readonly env?: NodeJS.ProcessEnv;
  /** The folder from which relative paths are. */
  readonly cwd?: string;
  /**
   * Seconds without a word about a job and with next to no work done for it, after which its process is ended.
   * @default 0, which is never
   */
  readonly stallLimit?: number;
  /** Told of a process that had done its work and did not leave. */
  readonly warn?: (text: string) => void;
}

/** What a job may say before it ends. */
export interface JobEvent {
  readonly type: string;
}

interface Ending<Result> {
  readonly type: "end";
  readonly result: Result;
}

/** The end of what a process said on its standard error is kept. */
const KEPT = 4000;
/** Milliseconds in which a process that was asked to leave has to be gone. */
const PATIENCE = 10_000;
/** Milliseconds in which the last words of a process arrive. */
const GRACE = 500;
/** A process that takes less than this share of a core does nothing: it only looks whether there is something to do. */
const IDLE = 0.01;
/** How often in a stall limit it is looked at. */
const LOOKS = 10;

/** The process that a job was given to is no more, or was no good any more. */
export class ProcessError extends Error {
  override readonly name = "ProcessError";
}

/** A process that does jobs, one at a time. It ends when this process does, however that ends. */
export class JobProcess<Job, Event extends JobEvent, Result> {
  readonly #options: ProcessOptions;
  #child: ChildProcess | undefined;
  #said = "";
  #gone: Promise<string> | undefined;

  constructor(options: ProcessOptions) {
    this.#options = options;
  }

  /**
   * Does a job, in a new process where the last one has crashed or got stuck.
   *
   * @throws {ProcessError} where the process ends before the job does, or does nothing: one line that says how
   */
  async run(job: Job, onEvent: (event: Event) => void = () => {}): Promise<Result> {
    const { child, gone } = this.#start();
    const over = new AbortController();
    let heard = 0;
    let listener: ((message: unknown) => void) | undefined;
    const ended = new Promise<Result>((resolve, reject) => {
      listener = (message) => {
        const event = message as Event | Ending<Result>;
        heard++;
        if (event.type === "end") resolve((event as Ending<Result>).result);
        else onEvent(event as Event);
      };
      child.on("message", listener);
      void gone.then((how) => reject(new ProcessError(how)));
      child.send({ type: "job", job }, (error) => {
        if (error) child.kill("SIGKILL");
      });
    });
    try {
      const stuck = this.#stuck(child, () => heard, over.signal);
      if ((await Promise.race([ended.then(() => false), stuck])) === false) return await ended;
      // Whoever still hears writes down where the job stands, and ends its decoder.
      this.leave();
      await Promise.race([ended, wait(PATIENCE, undefined, { signal: over.signal })]).catch(() => {});
      this.#drop(child);
      throw new ProcessError(`nothing happened for ${this.#options.stallLimit} s, so its process was ended`);
    } finally {
      over.abort();
      if (listener) child.off("message", listener);
    }
  }

  /** Asks the job to write down where it stands and to end. */
  leave(): void {
    this.#child?.send({ type: "leave" }, () => {});
  }

  /** Ends the process, by force where it does not end by itself. */
  async close(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    if (child.connected) child.disconnect();
    const over = new AbortController();
    const impatient = wait(PATIENCE, true, { signal: over.signal }).catch(() => false);
    const isStuck = await Promise.race([this.#gone!.then(() => false), impatient]);
    over.abort();
    if (!isStuck) return;
    this.#options.warn?.(
      `a process (${child.pid}) that had nothing more to do did not end within ${PATIENCE / 1e3} s; it was killed, what it did counts`,
    );
    this.#drop(child);
  }

  /** Ends the process and whatever it is doing, at once. */
  kill(): void {
    this.#child?.kill("SIGKILL");
  }

  /** Resolves with true when nothing has been heard or done for too long. */
  async #stuck(child: ChildProcess, heard: () => number, signal: AbortSignal): Promise<boolean> {
    const { stallLimit = 0 } = this.#options;
    const seconds = () => performance.now() / 1e3;
    if (stallLimit === 0) return false;
    let last = { heard: heard(), work: (await workOf(child.pid!)) ?? 0, at: seconds() };
    for (;;) {
      await wait((stallLimit * 1e3) / LOOKS, undefined, { signal }).catch(() => {});
      if (signal.aborted) return false;
      const silent = seconds() - last.at;
      if (heard() === last.heard && silent < stallLimit) continue;
      const work = await workOf(child.pid!);
      // Where nobody can tell what a process does, it is taken to be at work.
      if (heard() === last.heard && work !== undefined && work - last.work < IDLE * silent) return true;
      last = { heard: heard(), work: work ?? 0, at: seconds() };
    }
  }

  /** Ends a process and waits no longer for it: one that waits for a dead disk cannot even be killed. */
  #drop(child: ChildProcess): void {
    if (this.#child === child) this.#child = undefined;
    child.kill("SIGKILL");
    if (child.connected) child.disconnect();
    child.unref();
    child.stderr!.destroy();
  }

  #start(): { readonly child: ChildProcess; readonly gone: Promise<string> } {
    if (this.#child) return { child: this.#child, gone: this.#gone! };
    const { script, settings, env, cwd } = this.#options;
    const child = fork(script, [], { env, cwd, stdio: ["ignore", "ignore", "pipe", "ipc"] });
    this.#child = child;
    this.#said = "";
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#said = (this.#said + text).slice(-KEPT);
    });
    this.#gone = new Promise((resolve) => {
      const end = (how: string) => {
        if (this.#child === child) this.#child = undefined;
        resolve(how);
      };
      child.on("error", (error) => end(error.message));
      // "close" does not come where this side has disconnected. Its last words may come a little later.
      child.on("exit", (code, signal) => {
        const last = () => end(`its process ended ${this.#ending(code, signal)}`);
        if (child.stderr!.readableEnded) last();
        else {
          child.stderr!.once("close", last);
          setTimeout(last, GRACE).unref();
        }
      });
    });
    child.send({ type: "settings", settings }, () => {});
    return { child, gone: this.#gone };
  }

  #ending(code: number | null, signal: string | null): string {
    const how = signal === null ? `with code ${code}` : `by ${signal}`;
    const lines = this.#said.split("\n").filter((line) => line.trim() !== "");
    const why = lines.find((line) => /fatal|error/i.test(line)) ?? lines.at(-1);
    return why === undefined ? how : `${how}: ${why.trim()}`;
  }
}
