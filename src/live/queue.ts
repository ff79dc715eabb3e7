/**
 * Lines that wait on the disk until somebody has taken them, in order, also after a crash.
 */
import { mkdir, open, readdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { takeLock } from "../checkpoint/lock.js";
import { OutputError } from "../errors.js";

/** How much may wait; everything has a default. */
export interface QueueOptions {
  /** Bytes that may wait; where there are more, the oldest are given up. @default 64 MB */
  readonly maxBytes?: number;
}

/** What is used where `QueueOptions` say nothing. */
export const queueDefaults = { maxBytes: 64e6 } as const;

/** A piece of the queue: one file. */
interface Segment {
  readonly number: number;
  bytes: number;
  lines: number;
}

/** The file that says how many lines of which piece were taken, in a fixed width so that it is written in one go. */
const TAKEN = "taken";
const LOCK = "lock";
const nameOf = (number: number): string => `${String(number).padStart(10, "0")}.jsonl`;

/**
 * A queue of lines in a folder. What `append` has returned from is on the disk; what `take` was called for does not come
 * again, except after a power cut: at least once, then, never out of order. One process at a time.
 *
 * @example
 * const queue = await EventQueue.open("events.queue");
 * await queue.append(['{"event":"1"}']);
 * console.log(await queue.first());
 * await queue.take();
 * await queue.close();
 */
export class EventQueue {
  readonly folder: string;
  readonly #maxBytes: number;
  readonly #release: () => Promise<void>;
  #segments: Segment[] = [];
  /** Lines of the oldest piece, read when they are needed. */
  #head: string[] | undefined;
  /** Of the oldest piece. */
  #taken = 0;
  #dropped = 0;
  #tail: Awaited<ReturnType<typeof open>> | undefined;
  #takenFile: Awaited<ReturnType<typeof open>> | undefined;
  #work: Promise<unknown> = Promise.resolve();
  #wake: (() => void) | undefined;

  private constructor(folder: string, maxBytes: number, release: () => Promise<void>) {
    this.folder = folder;
    this.#maxBytes = maxBytes;
    this.#release = release;
  }

  /** @throws {OutputError} where the folder cannot be used, or another process uses it */
  static async open(
    folder: string,
    { maxBytes = queueDefaults.maxBytes }: QueueOptions = {},
  ): Promise<EventQueue> {
    const refuse = (why: string, cause?: unknown) =>
      new OutputError(`Cannot use the queue ${JSON.stringify(folder)}: ${why}`, { cause });
    try {
      await mkdir(folder, { recursive: true });
      const lock = await takeLock(join(folder, LOCK));
      if (!("release" in lock)) throw refuse(`process ${lock.pid} on ${lock.host} uses it`);
      const queue = new EventQueue(folder, maxBytes, () => lock.release());
      try {
        await queue.#load();
      } catch (error) {
        await lock.release();
        throw error;
      }
      return queue;
    } catch (error) {
      if (error instanceof OutputError) throw error;
      throw refuse((error as Error).message, error);
    }
  }

  /** Lines that wait. */
  get waiting(): number {
    return this.#segments.reduce((sum, { lines }) => sum + lines, -this.#taken);
  }

  /** Lines that were given up because too many waited, since it was opened. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Puts lines (without their ends) at the end of the queue, onto the disk. */
  append(lines: readonly string[]): Promise<void> {
    return this.#alone(async () => {
      if (lines.length === 0) return;
      const text = Buffer.from(lines.map((line) => `${line}\n`).join(""));
      let last = this.#segments.at(-1);
      // Pieces are small against the whole, so that giving one up loses little.
      if (!last || last.bytes + text.length > Math.min(1e6, this.#maxBytes / 8)) {
        last = { number: (last?.number ?? 0) + 1, bytes: 0, lines: 0 };
        await this.#tail?.close();
        this.#tail = await open(join(this.folder, nameOf(last.number)), "ax");
        this.#segments.push(last);
      }
      this.#tail ??= await open(join(this.folder, nameOf(last.number)), "a");
      try {
        await this.#tail.writeFile(text);
        await this.#tail.datasync();
      } catch (error) {
        // Half a line would spoil the next one.
        await this.#tail.truncate(last.bytes).catch(() => {});
        throw error;
      }
      last.bytes += text.length;
      last.lines += lines.length;
      if (last === this.#segments[0]) this.#head?.push(...lines);
      while (this.#segments.length > 1 && this.#bytes > this.#maxBytes) {
        this.#dropped += this.#segments[0].lines - this.#taken;
        await this.#dropFirst();
      }
      this.#wake?.();
    });
  }

  /** The oldest line; waits for one until the signal is given, then undefined. */
  async first(signal?: AbortSignal): Promise<string | undefined> {
    for (;;) {
      const line = await this.#alone(async () => {
        if (this.waiting === 0) return undefined;
        this.#head ??= (await readFile(join(this.folder, nameOf(this.#segments[0].number)), "utf8"))
          .split("\n")
          .slice(0, -1);
        return this.#head[this.#taken];
      });
      if (line !== undefined || signal?.aborted !== false) return line;
      await new Promise<void>((resolve) => {
        const wake = () => {
          signal.removeEventListener("abort", wake);
          resolve();
        };
        this.#wake = wake;
        signal.addEventListener("abort", wake);
      });
    }
  }

  /** The oldest line is done with. `line` is what `first` gave: where it was given up meanwhile, nothing happens. */
  take(line: string): Promise<void> {
    return this.#alone(async () => {
      if (this.#head?.[this.#taken] !== line) return;
      this.#taken++;
      const [first] = this.#segments;
      if (this.#taken === first.lines && this.#segments.length > 1) await this.#dropFirst();
      else await this.#remember();
    });
  }

  /** Leaves what waits to whoever opens the folder next; without anything that waits, the folder goes. */
  async close(): Promise<void> {
    await this.#alone(async () => {
      await this.#tail?.close();
      await this.#takenFile?.close();
      if (this.waiting > 0) return;
      for (const { number } of this.#segments) await rm(join(this.folder, nameOf(number)), { force: true });
      await rm(join(this.folder, TAKEN), { force: true });
    });
    await this.#release();
    if (this.waiting === 0) await rmdir(this.folder).catch(() => {}); // somebody else's files are in it
  }

  get #bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** One thing after the other. */
  #alone<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#work.then(act);
    this.#work = done.catch(() => {});
    return done.catch((cause: unknown) => {
      throw new OutputError(
        `Cannot use the queue ${JSON.stringify(this.folder)}: ${(cause as Error).message}`,
        { cause },
      );
    });
  }

  async #load(): Promise<void> {
    const numbers = (await readdir(this.folder))
      .flatMap((name) => /^(\d{10})\.jsonl$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
    for (const number of numbers) {
      const path = join(this.folder, nameOf(number));
      const bytes = await readFile(path);
      const end = bytes.lastIndexOf(10) + 1;
      // A line that a crash has torn was not yet promised to anybody.
      if (end < bytes.length) await writeFile(path, bytes.subarray(0, end));
      const lines = bytes.subarray(0, end).reduce((count, byte) => count + (byte === 10 ? 1 : 0), 0);
      this.#segments.push({ number, bytes: end, lines });
    }
    const text = await readFile(join(this.folder, TAKEN), "utf8").catch(() => "");
    const [, piece, taken] = /^(\d{10}) (\d{10})\n$/.exec(text) ?? [];
    while (piece !== undefined && this.#segments.length > 1 && this.#segments[0].number < Number(piece))
      await this.#dropFirst();
    const [first] = this.#segments;
    if (first && first.number === Number(piece)) this.#taken = Math.min(Number(taken), first.lines);
  }

  async #dropFirst(): Promise<void> {
    const [first] = this.#segments.splice(0, 1);
    this.#head = undefined;
    this.#taken = 0;
    await rm(join(this.folder, nameOf(first.number)), { force: true });
    await this.#remember();
  }

  async #remember(): Promise<void> {
    this.#takenFile ??= await open(join(this.folder, TAKEN), "w");
    const digits = (n: number) => String(n).padStart(10, "0");
    const text = `${digits(this.#segments[0].number)} ${digits(this.#taken)}\n`;
    await this.#takenFile.write(text, 0);
  }
}
