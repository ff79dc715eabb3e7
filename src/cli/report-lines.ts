/**
 * Reports for logs and programs: `key=value` lines, or JSON Lines with --log json.
 */
import type { Writable } from "node:stream";
import { type Reporter, type Status, type Summary, secondsLeft } from "./reporter.js";

/** Milliseconds between two progress lines. */
const INTERVAL = 5000;

const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

/** One line per event; progress at most every five seconds. */
export function reportLines(stream: Writable, json: boolean, now: () => number = Date.now): Reporter {
  let last = now();
  const write = (event: string, fields: Readonly<Record<string, unknown>>): void => {
    stream.write(`${json ? JSON.stringify({ event, ...fields }) : formatLine(event, fields)}\n`);
  };
  return {
    status(status) {
      if (now() - last < INTERVAL) return;
      last = now();
      if (status.fetching) write("fetching", { input: status.input, ...status.fetching });
      else write("progress", progressFields(status));
    },
    note: (message) => write("note", { message }),
    warn: (message) => write("warning", { message }),
    summary: (summary) => write("done", summaryFields(summary)),
    counts({ lines, zones }) {
      for (const { name, in: inward, out } of lines) write("line", { name, in: inward, out });
      for (const { name, visits, entered, exited, dwell, occupancy } of zones)
        write("zone", {
          ...{ name, visits, entered, exited },
          ...{ dwell: dwell.mean, longest: dwell.max, inside: occupancy.mean, most: occupancy.max },
        });
    },
    close() {},
  };
}

function progressFields(status: Status) {
  const { input, done, of, fps, live, identities } = status;
  const left = secondsLeft(status);
  return {
    input,
    frame: done,
    of,
    fps: round(fps),
    left: left === undefined ? undefined : round(left, 0),
    live,
    identities,
  };
}

function summaryFields({ input, frames, identities, seconds, stages, files, integrity }: Summary) {
  return {
    input,
    frames,
    identities,
    seconds: round(seconds),
    fps: round(frames / Math.max(seconds, 1e-3)),
    ...Object.fromEntries(stages.map(({ name, seconds }) => [`${name}Seconds`, round(seconds)])),
    complete: integrity.complete,
    files,
  };
}

/** `event key=value ...`, values quoted where they hold anything but plain characters. */
export function formatLine(event: string, fields: Readonly<Record<string, unknown>>): string {
  if (typeof fields.message === "string") return `${event}: ${fields.message}`;
  const format = (value: unknown): string =>
    Array.isArray(value)
      ? value.map(format).join(",")
      : /^[\w./:+-]+$/.test(String(value))
        ? String(value)
        : JSON.stringify(value);
  const pairs = Object.entries(fields).filter(([, value]) => value !== undefined);
  return [event, ...pairs.map(([key, value]) => `${key}=${format(value)}`)].join(" ");
}
