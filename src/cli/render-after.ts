/**
 * `track --render`: the video with its tracks in it, once they are all known.
 */
import { type AfterPlan, commandOf, planAfter } from "./after.js";
import type { Plan } from "./outputs.js";
import type { Settings } from "./settings.js";

/** The videos of all plans, checked before any work. @throws {UsageError} {OutputError} */
export async function planVideos(
  plans: readonly Plan[],
  settings: Settings,
): Promise<ReadonlyMap<Plan, AfterPlan> | undefined> {
  if (settings.render === undefined) return undefined;
  const { checkVideoName } = await import("../video/rewrite.js");
  return planAfter(plans, settings, settings.render, {
    ...{ option: "--render", ending: ".tracks.mp4", check: checkVideoName },
    rereads: true,
  });
}

/**
 * Draws the tracks of a plan whose run is over.
 *
 * @throws as `renderTracks`
 */
export async function renderAfter(
  { input }: Plan,
  { out, tracks }: AfterPlan,
  settings: Settings,
  means: Parameters<typeof import("./render-run.js").renderTracks>[1],
): Promise<void> {
  const { renderTracks } = await import("./render-run.js");
  const { renderDefaults } = await import("./render-plan.js");
  const { start = 0, end = Number.POSITIVE_INFINITY, zones } = settings;
  const { ffmpeg, maxPixels, threads, frameRate } = settings;
  means.reporter.note(`Drawing the tracks into ${JSON.stringify(out)}`);
  const { frames } = await renderTracks(
    {
      ...{ input, tracks, out, zones },
      plan: { ...renderDefaults, start, end },
      reading: { ffmpeg, maxPixels, threads, frameRate },
    },
    means,
  );
  means.reporter.note(`Drew ${frames} frames into ${JSON.stringify(out)}`);
}

/** The command that draws what was not drawn. */
export const renderCommand = ({ input }: Plan, { out, tracks }: AfterPlan): string =>
  commandOf("track", "render", input, tracks, "--out", out);
