/**
 * What a batch tells its user: every file, and all of them together.
 */
import type { Writable } from "node:stream";
import type { Budget } from "../batch/budget.js";
import type { Entry } from "../batch/manifest.js";
import { fetchedText, formatTime, type Status } from "./reporter.js";
import { layOut } from "./table.js";

/** What works on the files of a batch in a queue. */
export interface Helpers {
  /** Those that are there at the beginning. */
  readonly workers: number;
  /** Threads of each job. */
  readonly threads: number;
}

/** One way of telling it. */
export interface BatchReporter {
  /** `tasks` files are to be done. */
  start(tasks: number, budget: Budget | Helpers): void;
  begin(entry: Entry): void;
  /** Called often; most calls show nothing. */
  status(entry: Entry, status: Status): void;
  end(entry: Entry): void;
  note(text: string): void;
  warn(text: string): void;
  /** All that the batch was asked for, whatever became of it. */
  finish(entries: readonly Entry[]): void;
  /** Ends what is on screen. */
  close(): void;
}

/** How far a batch is. */
export class Progress {
  done = 0;
  failed = 0;
  readonly #of: number;
  readonly #start = performance.now();
  readonly #running = new Map<Entry, Status | undefined>();

  constructor(of: number) {
    this.#of = of;
  }

  begin(entry: Entry): void {
    this.#running.set(entry, undefined);
  }

  status(entry: Entry, status: Status): void {
    if (this.#running.has(entry)) this.#running.set(entry, status);
  }

  end(entry: Entry): void {
    this.#running.delete(entry);
    if (entry.state === "failed") this.failed++;
    else if (entry.state !== "waiting") this.done++;
  }

  get of(): number {
    return this.#of;
  }

  get running(): readonly (readonly [Entry, Status | undefined])[] {
    return [...this.#running];
  }

  /** Files, parts of files included. */
  get reached(): number {
    const parts = this.running.map(([, status]) => partOf(status) ?? 0);
    return this.done + this.failed + parts.reduce((sum, part) => sum + part, 0);
  }

  /** Seconds until the end, as if the rest went like what is done; undefined while models are loaded and a little more. */
  get left(): number | undefined {
    const seconds = (performance.now() - this.#start) / 1e3;
    const { reached } = this;
    return reached > 0.2 && seconds > 3 ? (seconds * (this.#of - reached)) / reached : undefined;
  }
}

/** How much of a file is done, 0 to 1, where that is known. */
export const partOf = (status: Status | undefined): number | undefined =>
  status?.of ? Math.min(1, status.done / status.of) : undefined;

export const percent = (part: number): string => `${Math.floor(100 * part)}%`;

/** Milliseconds between two progress lines. */
const INTERVAL = 5000;

/** One line per event, `key=value` or JSON; progress at most every five seconds. */
export function batchLines(stream: Writable, json: boolean, now: () => number = Date.now): BatchReporter {
  let progress = new Progress(0);
  let last = now();
  const write = (event: string, fields: Readonly<Record<string, unknown>>): void => {
    stream.write(`${json ? JSON.stringify({ event, ...fields }) : formatLine(event, fields)}\n`);
  };
  return {
    start(tasks, budget) {
      progress = new Progress(tasks);
      write("batch", { files: tasks, ...budget });
    },
    begin: (entry) => progress.begin(entry),
    status(entry, status) {
      progress.status(entry, status);
      if (now() - last < INTERVAL) return;
      last = now();
      const { done, failed, of, left, running } = progress;
      write("progress", {
        ...{ done, failed, of, left: left === undefined ? undefined : Math.round(left) },
        running: running.map(
          ([{ name }, at]) => `${name} ${at?.fetching ? fetchedText(at.fetching) : percent(partOf(at) ?? 0)}`,
        ),
      });
    },
    end(entry) {
      progress.end(entry);
      const { name, state, frames, identities, seconds, error, damage } = entry;
      if (state !== "waiting") write(state, { name, frames, identities, seconds, error, damage });
    },
    note: (message) => write("note", { message }),
    warn: (message) => write("warning", { message }),
    finish(entries) {
      write("finished", { files: entries.length, ...countStates(entries) });
    },
    close() {},
  };
}

/** `event key=value ...`, values quoted where they hold anything but plain characters. */
export function formatLine(event: string, fields: Readonly<Record<string, unknown>>): string {
  if (typeof fields.message === "string") return `${event}: ${fields.message}`;
  const format = (value: unknown): string =>
    /^[\w./:+-]+$/.test(String(value)) ? String(value) : JSON.stringify(value);
  const pairs = Object.entries(fields).filter(([, value]) => value !== undefined);
  return [event, ...pairs.map(([key, value]) => `${key}=${format(value)}`)].join(" ");
}

/** How many files are in each state. */
export function countStates(entries: readonly Entry[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = { done: 0 };
  for (const { state } of entries) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** Every file and what became of it, for people; failures and damage with their reasons below. */
export function batchTable(entries: readonly Entry[], width: number): string {
  const shown = (text: string) => text.replaceAll(/\p{Cc}+/gu, "?");
  const rows = entries.map(({ name, state, frames, identities, seconds }) => [
    shown(name),
    state,
    frames === undefined ? "" : String(frames),
    identities === undefined ? "" : String(identities),
    seconds === undefined ? "" : formatTime(seconds),
  ]);
  const table = layOut([["file", "state", "frames", "identities", "time"], ...rows], width);
  const told = entries.flatMap(({ name, error, damage }) => {
    const why = error ?? (damage === undefined ? undefined : `damaged: ${damage}`);
    return why === undefined ? [] : [`${shown(name)}: ${shown(why)}\n`];
  });
  return told.length > 0 ? `${table}\n${told.join("")}` : table;
}
