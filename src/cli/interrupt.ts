/**
 * Ctrl-C: the first asks the run to end in good order, the second ends the process at once.
 */
import { rmSync } from "node:fs";
import { constants } from "node:os";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export interface Interrupt {
  readonly signal: AbortSignal;
  /** What the process ends with once it was interrupted: 128 and the number of the signal. */
  readonly exitCode: number;
  /** Temporary files, to be removed where there is no time for good order. */
  temporary: () => readonly string[];
  /** Signals do what they did before. */
  close(): void;
}

/** What is told of a signal. */
export interface Listeners {
  /** The run is ending. */
  readonly onFirst: () => void;
  /** The process ends when this returns. */
  readonly onSecond: () => void;
}

/** Takes over SIGINT, SIGTERM and SIGHUP. */
export function watchInterrupt({ onFirst, onSecond }: Listeners): Interrupt {
  const controller = new AbortController();
  let exitCode = 0;
  const interrupt: Interrupt = {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    temporary: () => [],
    close() {
      for (const name of SIGNALS) process.off(name, handle);
    },
  };
  const handle = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      onSecond();
      for (const path of interrupt.temporary()) rmSync(path, { force: true });
      // process.exit() would wait for whatever the process is stuck in.
      interrupt.close();
      process.kill(process.pid, name);
      return;
    }
    exitCode = 128 + constants.signals[name];
    onFirst();
    controller.abort(new Error("interrupted"));
  };
  for (const name of SIGNALS) process.on(name, handle);
  return interrupt;
}
