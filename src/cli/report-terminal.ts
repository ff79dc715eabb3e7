/**
 * Reports for people: one progress line that moves, then a summary that stays.
 */
import { basename } from "node:path";
import type { WriteStream } from "node:tty";
import cliProgress from "cli-progress";
import { countsTable } from "./count-text.js";
import { damageText } from "./damage.js";
import {
  fetchedText,
  formatTime,
  plural,
  type Reporter,
  type Status,
  type Summary,
  secondsLeft,
  short,
} from "./reporter.js";

/** Milliseconds between two drawings of the progress line. */
const INTERVAL = 200;
const BAR = 24;
/** No more damaged places than this are listed; the output file has them all. */
const LISTED = 3;

export function reportTerminal(stream: WriteStream, colour: boolean, now: () => number = Date.now): Reporter {
  const style = (code: number) => (text: string) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
  const [bold, dim, green, yellow] = [style(1), style(2), style(32), style(33)];
  let bar: cliProgress.SingleBar | undefined;
  let last = 0;

  const open = (): cliProgress.SingleBar =>
    new cliProgress.SingleBar({
      stream,
      format: (_options, _params, { status }: { status: Status }) => progressLine(status, dim),
      hideCursor: true,
      clearOnComplete: true,
      // Ctrl-C is ours.
      gracefulExit: false,
      fps: 1000 / INTERVAL,
    });
  const stop = (): void => {
    bar?.stop();
    bar = undefined;
  };
  const say = (text: string): void => {
    stop();
    stream.write(`${text}\n`);
  };

  return {
    status(status) {
      if (now() - last < INTERVAL) return;
      last = now();
      if (bar) bar.update(status.done, { status });
      else {
        bar = open();
        bar.start(status.of ?? 0, status.done, { status });
      }
    },
    note: (text) => say(dim(text)),
    warn: (text) => say(`${yellow("!")} ${text}`),
    summary(summary) {
      const { input, frames, identities, seconds, integrity } = summary;
      const mark = integrity.complete ? green("✓") : yellow("!");
      const rate = `${short(frames / Math.max(seconds, 1e-3))} fps`;
      say(
        `${mark} ${bold(oneLine(input))}  ${plural(frames, "frame")}, ${plural(identities, "identity", "identities")}` +
          dim(` in ${seconds < 60 ? `${short(seconds)} s` : formatTime(seconds)}, ${rate}`),
      );
      const stages = stageLine(summary);
      if (stages !== "") stream.write(`  ${dim(stages)}\n`);
      if (stages !== "" && frames > 0 && identities === 0) stream.write(`  ${dim(nobody)}\n`);
      for (const line of damageLines(integrity)) stream.write(`  ${yellow(line)}\n`);
      for (const file of summary.files) if (file !== "-") stream.write(`  ${dim("→")} ${oneLine(file)}\n`);
    },
    counts(counts) {
      stop();
      const width = stream.columns > 0 ? stream.columns - 2 : Number.POSITIVE_INFINITY;
      for (const line of countsTable(counts, width).trimEnd().split("\n"))
        stream.write(`${line === "" ? "" : `  ${line}`}\n`);
    },
    close: stop,
  };
}

const nobody =
  'Nothing was found to follow. If there is something: --classes all follows all that the detector knows, "track models list" names others';

function progressLine(status: Status, dim: (text: string) => string): string {
  const { done, of, fps, live, identities, input, fetching } = status;
  const parts = [oneLine(basename(input))];
  if (fetching) return [...parts, fetchedText(fetching)].join("  ");
  if (of) {
    const filled = Math.min(BAR, Math.round((BAR * done) / of));
    parts.push("█".repeat(filled) + dim("░".repeat(BAR - filled)));
    // Of a steady width: what does not jump is easier to read.
    parts.push(`${String(done).padStart(String(of).length)}/${of}`);
  } else parts.push(plural(done, "frame"));
  parts.push(`${short(fps).padStart(4)} fps`);
  const left = secondsLeft(status);
  if (left !== undefined) parts.push(`${formatTime(left)} left`);
  if (live !== undefined && identities !== undefined)
    parts.push(`${live} live, ${plural(identities, "identity", "identities")}`);
  return parts.join("  ");
}

/** Frames per second of every stage: which one to look at when a run is slow. */
function stageLine({ stages }: Summary): string {
  return stages
    .map(({ name, seconds, calls }) => `${name} ${short(calls / Math.max(seconds, 1e-6))}`)
    .join(" · ")
    .concat(stages.length > 0 ? " fps" : "");
}

function damageLines({ damage, interrupted, expectedFrames, frames }: Summary["integrity"]): string[] {
  const lines = damage.slice(0, LISTED).map(damageText);
  if (damage.length > LISTED)
    lines.push(`and ${damage.length - LISTED} more, see "integrity" in a JSON output`);
  if (interrupted)
    lines.push(`interrupted after ${frames}${expectedFrames ? ` of ${expectedFrames}` : ""} frames`);
  return lines;
}

/** Names of files may hold anything. */
const oneLine = (text: string): string => text.replaceAll(/\p{Cc}+/gu, "?");
