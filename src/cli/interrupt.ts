/**
 * Ctrl-C: the first asks the run to end in good order, the second ends the process at once.
 */
import { rmSync } from "node:fs";

const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

export interface Interrupt {
  readonly signal: AbortSignal;
  /** What the process ends with once it was interrupted: 128 and the number of the signal. */
  readonly exitCode: number;
  /** Temporary files to remove where there is no time for good order. */
  temporary: () => readonly string[];
  /** Signals do what they did before. */
  close(): void;
}

/** Takes over SIGINT, SIGTERM and SIGHUP. `onFirst` may say that the run is ending. */
export function watchInterrupt(onFirst: () => void): Interrupt {
  const controller = new AbortController();
  let exitCode = 0;
  const interrupt: Interrupt = {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    temporary: () => [],
    close() {
      for (const name of Object.keys(SIGNALS)) process.off(name, handle);
    },
  };
  const handle = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      for (const path of interrupt.temporary()) rmSync(path, { force: true });
      process.exit(exitCode);
    }
    exitCode = 128 + SIGNALS[name as keyof typeof SIGNALS];
    onFirst();
    controller.abort(new Error("interrupted"));
  };
  for (const name of Object.keys(SIGNALS)) process.on(name, handle);
  return interrupt;
}
