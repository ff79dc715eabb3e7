/**
 * `track models pull NAME...`: downloads with a progress bar on a terminal, lines elsewhere.
 */
import cliProgress from "cli-progress";
import { type PullOptions, pullModel } from "../models/pull.js";
import { defaultCacheDir } from "../models/store.js";
import { exitCodeOf, exitCodes, lineOf } from "./errors.js";
import { watchInterrupt } from "./interrupt.js";
import type { Streams } from "./models.js";
import { formatBytes, formatTime } from "./reporter.js";

/** Milliseconds between two lines where there is no terminal. */
const INTERVAL = 5000;

/** Pulls the models one after the other; one that fails does not keep the others from being pulled. */
export async function pull(
  names: readonly string[],
  { stdout, stderr, env }: Streams,
  options: PullOptions = {},
): Promise<number> {
  let progress = openProgress("", stderr);
  const say = (line: string): void => {
    progress.clear();
    stderr.write(`${line}\n`);
  };
  const interrupt = watchInterrupt({
    onFirst: () => say("Ending; what came is kept for the next pull"),
    onSecond: () => progress.clear(),
  });
  let worst: number = exitCodes.done;
  try {
    for (const name of names) {
      progress = openProgress(name, stderr);
      try {
        const { path, sha256, already } = await pullModel(name, {
          cacheDir: defaultCacheDir(env),
          signal: interrupt.signal,
          onNotice: (line) => say(`note: ${line}`),
          onProgress: ({ received, total }) => progress.show(received, total),
          ...options,
        });
        progress.clear();
        stdout.write(`${name}: ${already ? "here already" : `SHA-256 ${sha256}`}, ${path}\n`);
      } catch (error) {
        if (interrupt.signal.aborted) return interrupt.exitCode;
        say(`error: ${lineOf(error)}`);
        worst = exitCodeOf(error);
      }
    }
  } finally {
    progress.clear();
    interrupt.close();
  }
  return worst;
}

interface Progress {
  show(received: number, total: number | undefined): void;
  clear(): void;
}

function openProgress(name: string, stderr: NodeJS.WriteStream): Progress {
  const started = Date.now();
  let first: number | undefined;
  let last = started;
  let bar: cliProgress.SingleBar | undefined;
  // What an earlier pull left is no part of the speed.
  const speed = (received: number) => ((received - (first ?? 0)) / Math.max(1, Date.now() - started)) * 1e3;
  const line = (received: number, total: number | undefined): string => {
    const bytesPerSecond = speed(received);
    const parts = [
      total === undefined ? formatBytes(received) : `${formatBytes(received)} of ${formatBytes(total)}`,
    ];
    parts.push(`${formatBytes(bytesPerSecond)}/s`);
    if (total !== undefined && bytesPerSecond > 0)
      parts.push(`${formatTime((total - received) / bytesPerSecond)} left`);
    return parts.join("  ");
  };
  return {
    show(received, total) {
      first ??= received;
      if (!stderr.isTTY) {
        if (Date.now() - last < INTERVAL) return;
        last = Date.now();
        stderr.write(`progress ${name} ${line(received, total)}\n`);
        return;
      }
      if (!bar) {
        bar = new cliProgress.SingleBar({
          stream: stderr,
          format: `${name}  {bar}  {line}`,
          barsize: 24,
          barCompleteChar: "█",
          barIncompleteChar: "░",
          hideCursor: true,
          clearOnComplete: true,
          gracefulExit: false,
          fps: 5,
        });
        bar.start(total ?? received, received, { line: line(received, total) });
      }
      bar.update(received, { line: line(received, total) });
    },
    clear() {
      bar?.stop();
      bar = undefined;
    },
  };
}
