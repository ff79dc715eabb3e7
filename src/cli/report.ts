/**
 * `track report`: tracks as a page.
 */
import { exitCodes } from "./errors.js";
import { isInterruption } from "./follow.js";
import { watchInterrupt } from "./interrupt.js";
import type { Streams } from "./models.js";
import { openReporter } from "./open-reporter.js";
import { makeReport } from "./report-make.js";
import { planReport, type ReportOptions } from "./report-plan.js";

/**
 * Makes the page. Returns the exit code.
 *
 * @throws {UsageError} {InputError} {OutputError} {EnvironmentError} {SyntaxError}
 */
export async function runReport(
  tracks: string,
  options: ReportOptions,
  { stdout, stderr, env }: Streams,
): Promise<number> {
  const { out, frameRate } = await planReport(tracks, options);
  const job = { ...options, tracks, out, frameRate };
  const reporter = await openReporter(options.quiet ?? false, stderr, env);
  const interrupt = watchInterrupt({
    onFirst: () => reporter.close(),
    onSecond: () => reporter.close(),
  });
  const { signal } = interrupt;
  const begun = performance.now();
  try {
    const made = await makeReport(job, {
      ...{ env, stdout, reporter, signal },
      onTemporary(paths) {
        interrupt.temporary = paths;
      },
    });
    reporter.summary({
      ...{ input: tracks, ...made, seconds: (performance.now() - begun) / 1e3 },
      ...{ stages: [], files: [job.out] },
    });
    return exitCodes.done;
  } catch (error) {
    if (isInterruption(error, signal)) return interrupt.exitCode;
    throw error;
  } finally {
    reporter.close();
    interrupt.close();
  }
}
