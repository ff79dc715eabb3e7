/**
 * The progress of a batch for people: one line for all files, one for each that is worked on.
 */
import type { WriteStream } from "node:tty";
import cliProgress from "cli-progress";
import type { Entry } from "../batch/manifest.js";
import { type BatchReporter, countStates, Progress, partOf } from "./batch-reporter.js";
import { fetchedText, formatTime, plural, type Status, short } from "./reporter.js";

const BAR = 24;
/** Drawings per second. */
const RATE = 5;

export function batchTerminal(stream: WriteStream, colour: boolean): BatchReporter {
  const style = (code: number) => (text: string) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
  const [bold, dim, green, yellow, red] = [style(1), style(2), style(32), style(33), style(31)];
  let progress = new Progress(0);
  let bars: cliProgress.MultiBar | undefined;
  let all: cliProgress.SingleBar | undefined;
  const own = new Map<Entry, cliProgress.SingleBar>();

  const bar = (part: number): string => {
    const filled = Math.round(BAR * part);
    return "█".repeat(filled) + dim("░".repeat(BAR - filled));
  };
  const lineOfAll = (): string => {
    const { done, failed, of, reached, left } = progress;
    const parts = [bar(of > 0 ? reached / of : 1), `${done + failed}/${plural(of, "file")}`];
    if (failed > 0) parts.push(red(`${failed} failed`));
    if (left !== undefined) parts.push(`${formatTime(left)} left`);
    return bold(parts.join("  "));
  };
  const lineOf = (name: string, status: Status | undefined): string => {
    const part = partOf(status);
    const parts = [part === undefined ? " ".repeat(BAR) : bar(part), oneLine(name)];
    if (status?.fetching) parts.push(fetchedText(status.fetching));
    else if (status)
      parts.push(`${short(status.fps)} fps`, plural(status.identities ?? 0, "identity", "identities"));
    return parts.join("  ");
  };
  const say = (text: string): void => {
    if (bars) bars.log(`${text}\n`);
    else stream.write(`${text}\n`);
  };
  const stop = (): void => {
    bars?.stop();
    bars = undefined;
  };

  return {
    start(tasks) {
      progress = new Progress(tasks);
      if (tasks === 0) return;
      bars = new cliProgress.MultiBar({
        stream,
        format: (_options, _params, payload: { line: () => string }) => payload.line(),
        hideCursor: true,
        clearOnComplete: true,
        // Ctrl-C is ours.
        gracefulExit: false,
        fps: RATE,
      });
      all = bars.create(tasks, 0, { line: lineOfAll });
    },
    begin(entry) {
      progress.begin(entry);
      const made = bars?.create(1, 0, { line: () => lineOf(entry.name, undefined) });
      if (made) own.set(entry, made);
    },
    status(entry, status) {
      progress.status(entry, status);
      own.get(entry)?.update(partOf(status) ?? 0, { line: () => lineOf(entry.name, status) });
      all?.update(progress.reached);
    },
    end(entry) {
      progress.end(entry);
      const made = own.get(entry);
      if (made) bars?.remove(made);
      own.delete(entry);
      if (entry.state === "failed")
        say(`${red("✗")} ${bold(oneLine(entry.name))}  ${oneLine(entry.error ?? "")}`);
      else if (entry.state !== "waiting") {
        const mark = entry.state === "done" ? green("✓") : yellow("!");
        const { frames = 0, identities = 0, seconds = 0, damage } = entry;
        const counts = `${plural(frames, "frame")}, ${plural(identities, "identity", "identities")}`;
        say(`${mark} ${bold(oneLine(entry.name))}  ${counts} ${dim(`in ${formatTime(seconds)}`)}`);
        if (damage !== undefined) say(`  ${yellow(oneLine(damage))}`);
      }
      all?.update(progress.reached);
    },
    note: (text) => say(dim(text)),
    warn: (text) => say(`${yellow("!")} ${text}`),
    finish(entries) {
      stop();
      const counts = Object.entries(countStates(entries)).map(([state, count]) => `${count} ${state}`);
      stream.write(`${plural(entries.length, "file")}: ${counts.join(", ")}\n`);
    },
    close: stop,
  };
}

/** Names of files may hold anything. */
const oneLine = (text: string): string => text.replaceAll(/\p{Cc}+/gu, "?");
