/**
 * One process that works on one job after the other. What crashes in it, or eats all memory, takes nothing else along,
 * and a model that computes keeps nobody from hearing that the job is alive.
 */
import { type ChildProcess, fork } from "node:child_process";

/** How a process is started. */
export interface ProcessOptions {
  /** The script, which answers every message with events and then exactly one `end`. */
  readonly script: URL | string;
  /** Sent first. */
  readonly settings: unknown;
  readonly env?: NodeJS.ProcessEnv;
  /** The folder from which relative paths are. */
  readonly cwd?: string;
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
   * Does a job, in a new process where the last one has crashed.
   *
   * @throws {Error} where the process ends before the job does: one line that says how
   */
  async run(job: Job, onEvent: (event: Event) => void = () => {}): Promise<Result> {
    const child = this.#start();
    let listener: ((message: unknown) => void) | undefined;
    try {
      return await new Promise<Result>((resolve, reject) => {
        listener = (message) => {
          const event = message as Event | Ending<Result>;
          if (event.type === "end") resolve((event as Ending<Result>).result);
          else onEvent(event as Event);
        };
        child.on("message", listener);
        void this.#gone!.then((how) => reject(new Error(how)));
        child.send({ type: "job", job }, (error) => {
          if (error) child.kill("SIGKILL");
        });
      });
    } finally {
      if (listener) child.off("message", listener);
    }
  }

  /** Asks the job to write down where it stands and to end. */
  leave(): void {
    this.#child?.send({ type: "leave" }, () => {});
  }

  /** Ends the process, at once where it does not end by itself. */
  async close(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    if (child.connected) child.disconnect();
    const impatient = setTimeout(() => child.kill("SIGKILL"), PATIENCE);
    await this.#gone;
    clearTimeout(impatient);
  }

  /** Ends the process and whatever it is doing, at once. */
  kill(): void {
    this.#child?.kill("SIGKILL");
  }

  #start(): ChildProcess {
    if (this.#child) return this.#child;
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
    return child;
  }

  #ending(code: number | null, signal: string | null): string {
    const how = signal === null ? `with code ${code}` : `by ${signal}`;
    const lines = this.#said.split("\n").filter((line) => line.trim() !== "");
    const why = lines.find((line) => /fatal|error/i.test(line)) ?? lines.at(-1);
    return why === undefined ? how : `${how}: ${why.trim()}`;
  }
}
