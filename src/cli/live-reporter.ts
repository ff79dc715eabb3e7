/**
 * What a live run tells its user, always on the standard error: a line that is kept up to date on a terminal, else a
 * line per minute.
 */
import type { WriteStream } from "node:tty";
import type { LiveStatus } from "./live-status.js";
import { formatLine } from "./report-lines.js";
import { formatTime, plural, short } from "./reporter.js";

/** What came of a live run. */
export interface LiveSummary {
  readonly seconds: number;
  /** Files that are complete. */
  readonly files: readonly string[];
}

/** One way of telling it. */
export interface LiveReporter {
  /** From here on the status is told by itself, until `close`. */
  start(status: LiveStatus): void;
  note(text: string): void;
  warn(text: string): void;
  summary(status: LiveStatus, summary: LiveSummary): void;
  close(): void;
}

/** Milliseconds between two drawings, and between two lines in a log. */
const DRAW = 250;
const LINE = 60_000;

/** For people. */
export function liveTerminal(stream: WriteStream, colour: boolean): LiveReporter {
  const style = (code: number) => (text: string) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
  const [bold, dim, green, yellow] = [style(1), style(2), style(32), style(33)];
  let timer: NodeJS.Timeout | undefined;
  let drawn = false;
  const clear = (): void => {
    if (drawn) stream.write("\r\x1b[2K");
    drawn = false;
  };
  const draw = (status: LiveStatus): void => {
    const isOpen = status.stats.state === "open" && status.silence < 2;
    const mark = isOpen ? green("●") : yellow("○");
    const line = statusLine(status, isOpen).slice(0, Math.max(10, (stream.columns ?? 80) - 3));
    stream.write(`\r\x1b[2K${mark} ${line}`);
    drawn = true;
  };
  const say = (text: string): void => {
    clear();
    stream.write(`${text}\n`);
  };
  return {
    start(status) {
      timer = setInterval(() => draw(status), DRAW);
    },
    note: (text) => say(dim(text)),
    warn: (text) => say(`${yellow("!")} ${text}`),
    summary(status, { seconds, files }) {
      const { dropped, reconnects } = status.stats;
      say(
        `${green("✓")} ${bold(oneLine(status.input))}  ${plural(status.frames, "frame")}, ${plural(status.identities, "identity", "identities")}` +
          dim(` in ${formatTime(seconds)}, ${dropped} dropped, ${plural(reconnects, "reconnect")}`),
      );
      for (const file of files) stream.write(`  ${dim("→")} ${oneLine(file)}\n`);
    },
    close() {
      clearInterval(timer);
      clear();
    },
  };
}

function statusLine(status: LiveStatus, isOpen: boolean): string {
  const { dropped, received, reconnects, reason } = status.stats;
  const parts = [oneLine(status.input)];
  if (isOpen) {
    parts.push(formatTime((Date.now() - status.startedAt) / 1e3));
    parts.push(`${short(status.fps).padStart(4)} fps`, `${short(status.latency)} s late`);
    const share = received > 0 ? (100 * dropped) / received : 0;
    parts.push(
      dropped === 0 ? "none dropped" : `${dropped} dropped (${share.toFixed(share < 10 ? 1 : 0)} %)`,
    );
    if (reconnects > 0) parts.push(plural(reconnects, "reconnect"));
    parts.push(`${status.live} live, ${plural(status.identities, "identity", "identities")}`);
  } else {
    const since = formatTime(status.silence);
    parts.push(
      status.lastFrameAt === undefined
        ? `waiting for the first picture, ${since}`
        : `no picture for ${since}`,
    );
    const { until = 0 } = status.waiting ?? {};
    const left = Math.ceil((until - Date.now()) / 1e3);
    if (reason !== undefined)
      parts.push(left > 0 ? `${oneLine(reason)}; next try in ${left} s` : "connecting");
  }
  return parts.join("  ");
}

/** For logs and programs. */
export function liveLines(stream: NodeJS.WritableStream, json: boolean): LiveReporter {
  let timer: NodeJS.Timeout | undefined;
  const write = (event: string, fields: Readonly<Record<string, unknown>>): void => {
    stream.write(`${json ? JSON.stringify({ event, ...fields }) : formatLine(event, fields)}\n`);
  };
  return {
    start(status) {
      timer = setInterval(() => write("live", fieldsOf(status)), LINE);
    },
    note: (message) => write("note", { message }),
    warn: (message) => write("warning", { message }),
    summary: (status, { seconds, files }) =>
      write("done", { ...fieldsOf(status), seconds: Math.round(seconds * 10) / 10, files }),
    close: () => clearInterval(timer),
  };
}

function fieldsOf(status: LiveStatus): Readonly<Record<string, unknown>> {
  const { state, received, dropped, reconnects } = status.stats;
  const round = (value: number) => Math.round(value * 100) / 100;
  return {
    ...{ input: status.input, state, frames: status.frames, received, dropped, reconnects },
    ...{ fps: round(status.fps), latency: round(status.latency) },
    ...{ live: status.live, identities: status.identities },
  };
}

/** Reasons come from elsewhere, and may hold anything. */
const oneLine = (text: string): string => text.replaceAll(/\p{Cc}+/gu, "?");
