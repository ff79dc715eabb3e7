/**
 * `track --report`: the page about the tracks, once they are all known.
 */
import { type AfterPlan, commandOf, planAfter } from "./after.js";
import type { Plan } from "./outputs.js";
import type { Settings } from "./settings.js";

/**
 * The pages of all plans, checked before any work.
 *
 * @param options.live whether the inputs are gone afterwards: their pages show the tracks alone
 * @throws {UsageError} {OutputError}
 */
export async function planReports(
  plans: readonly Plan[],
  settings: Settings,
  { live = false } = {},
): Promise<ReadonlyMap<Plan, AfterPlan> | undefined> {
  if (settings.report === undefined) return undefined;
  const { checkPageName } = await import("./report-plan.js");
  return planAfter(plans, settings, settings.report, {
    ...{ option: "--report", ending: ".html", check: checkPageName },
    rereads: !live,
  });
}

/**
 * Makes the page of a plan whose run is over.
 *
 * @throws as `makeReport`
 */
export async function reportAfter(
  { input }: { readonly input: string | false },
  { out, tracks }: AfterPlan,
  { zones, ffmpeg, frameRate }: Pick<Settings, "zones" | "ffmpeg" | "frameRate">,
  means: Parameters<typeof import("./report-make.js").makeReport>[1],
): Promise<void> {
  const { makeReport } = await import("./report-make.js");
  means.reporter.note(`Making the page ${JSON.stringify(out)}`);
  await makeReport({ tracks, out, video: input, zones, ffmpeg, frameRate }, means);
  means.reporter.note(`Made the page ${JSON.stringify(out)}`);
}

/** The command that makes what was not made. */
export const reportCommand = (
  { input }: { readonly input: string | false },
  { out, tracks }: AfterPlan,
): string =>
  commandOf(
    "track",
    "report",
    tracks,
    ...(input === false ? ["--no-video"] : ["--video", input]),
    "--out",
    out,
  );
