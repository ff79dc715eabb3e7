/**
 * `track report`: its options, checked.
 */
import { dirname, join } from "node:path";
import { asUsage, UsageError } from "./errors.js";
import { stemOf } from "./eval-truth.js";

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

/** @throws {RangeError} where a page cannot have this name */
export function checkPageName(path: string): void {
  if (path !== "-" && !/\.html?$/i.test(path))
    throw new RangeError(`Cannot write ${JSON.stringify(path)}: expected a name that ends in .html`);
}

/** Where the page goes, and what else has to be read from the options. @throws {UsageError} */
export async function planReport(
  tracks: string,
  options: ReportOptions,
): Promise<{ readonly out: string; readonly frameRate?: number }> {
  const { out = join(dirname(tracks), `${stemOf(tracks)}.html`), link, video, gt, benchmark } = options;
  await asUsage(() => checkPageName(out));
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
