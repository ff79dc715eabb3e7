/**
 * `track report`: tracks as a page.
 */
import { dirname, join } from "node:path";
import { exitCodes, UsageError } from "./errors.js";
import { stemOf } from "./eval-truth.js";
import { isInterruption } from "./follow.js";
import { watchInterrupt } from "./interrupt.js";
import type { Streams } from "./models.js";
import { openReporter } from "./open-reporter.js";
import { makeReport } from "./report-make.js";

/** The options of the command line, as given. */
export interface ReportOptions {
  readonly out?: string;
  /** False for none. */
  readonly video?: string | false;
  readonly link?: boolean;
  readonly zones?: string;
  readonly gt?: string;
  readonly benchmark?: string;
  readonly frameRate?: string;
  readonly ffmpeg?: string;
  readonly force?: boolean;
  readonly quiet?: boolean;
}

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
  const { out, frameRate } = planReport(tracks, options);
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

/** @throws {UsageError} */
function planReport(tracks: string, options: ReportOptions): { out: string; frameRate?: number } {
  const { out = join(dirname(tracks), `${stemOf(tracks)}.html`), link, video, gt, benchmark } = options;
  if (out !== "-" && !/\.html?$/i.test(out))
    throw new UsageError(`Cannot write ${JSON.stringify(out)}: expected a name that ends in .html`);
  if (link && video === false) throw new UsageError("Options --link and --no-video: expected one of them");
  if (link && out === "-")
    throw new UsageError(
      "Option --link: expected --out with it, since the page refers to the video from there",
    );
  if (benchmark !== undefined && gt === undefined)
    throw new UsageError("Option --benchmark: expected --gt with it, the truth to score against");
  if (options.frameRate === undefined) return { out };
  const frameRate = options.frameRate.trim() === "" ? Number.NaN : Number(options.frameRate);
  if (frameRate > 0 && frameRate <= 1000) return { out, frameRate };
  throw new UsageError(
    `Option --frame-rate: expected frames per second above 0, up to 1000, got ${JSON.stringify(options.frameRate)}`,
  );
}
