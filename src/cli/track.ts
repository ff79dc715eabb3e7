/**
 * `track <input...>`: one run per input, from the settings to the files.
 */
import type { AfterPlan } from "./after.js";
import { exitCodeOf, exitCodes, UsageError } from "./errors.js";
import { isInterruption } from "./follow.js";
import { watchInterrupt } from "./interrupt.js";
import { openNetworks } from "./networks.js";
import { type Plan, planOutputs } from "./outputs.js";
import { planVideos, renderAfter, renderCommand } from "./render-after.js";
import { planReports, reportAfter, reportCommand } from "./report-after.js";
import type { Reporter } from "./reporter.js";
import type { Settings } from "./settings.js";
import { chooseTracker } from "./stages.js";
import { trackFile } from "./track-file.js";
import { zonesOf } from "./zones-file.js";

/** What a run needs from its process. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly reporter: Reporter;
  /** Told of an error that does not end the whole run: one of several inputs failed. */
  readonly onError: (error: unknown) => void;
}

/**
 * Tracks the inputs one after the other and returns the exit code: the worst that happened. With several inputs,
 * one that fails does not keep the others from being tracked.
 *
 * @throws whatever keeps the only input from being tracked, and usage errors.
 */
export async function runTrack(
  inputs: readonly string[],
  settings: Settings,
  surroundings: Surroundings,
): Promise<number> {
  const choice = await chooseTracker(settings);
  const plans = planOutputs(inputs, settings);
  zonesOf(settings); // what is wrong with them is told before any work
  const videos = await planVideos(plans, settings);
  const pages = await planReports(plans, settings);
  const { reporter, env, onError } = surroundings;
  const interrupt = watchInterrupt({
    onFirst: () => reporter.note("Ending; once more to end at once"),
    onSecond: () => reporter.close(),
  });
  const networks = openNetworks(settings, env);
  const codes: number[] = [];
  const draw = async (plan: Plan, video: AfterPlan): Promise<void> => {
    const temporary: string[] = [];
    interrupt.temporary = () => temporary;
    const onTemporary = (path: string) => temporary.push(path);
    const { signal } = interrupt;
    try {
      signal.throwIfAborted();
      await renderAfter(plan, video, settings, { env, reporter, signal, onTemporary });
    } catch (error) {
      reporter.note(`The tracks are there; to draw them: ${renderCommand(plan, video)}`);
      throw error;
    }
  };
  const show = async (plan: Plan, page: AfterPlan): Promise<void> => {
    const { signal } = interrupt;
    const onTemporary = (temporary: () => readonly string[]) => {
      interrupt.temporary = temporary;
    };
    try {
      signal.throwIfAborted();
      const { stdout } = process;
      await reportAfter(plan, page, settings, { env, stdout, reporter, signal, onTemporary });
    } catch (error) {
      reporter.note(`The tracks are there; to make the page: ${reportCommand(plan, page)}`);
      throw error;
    }
  };
  try {
    for (const plan of plans) {
      try {
        const { exitCode, frames } = await trackFile(plan, {
          ...{ settings, choice, networks, env, reporter },
          signal: interrupt.signal,
          onTemporary: (temporary) => {
            interrupt.temporary = temporary;
          },
        });
        codes.push(exitCode);
        const video = frames > 0 ? videos?.get(plan) : undefined;
        if (video) await draw(plan, video);
        const page = frames > 0 ? pages?.get(plan) : undefined;
        if (page) await show(plan, page);
      } catch (error) {
        if (isInterruption(error, interrupt.signal)) break;
        if (plans.length === 1 || error instanceof UsageError) throw error;
        reporter.close();
        onError(error);
        codes.push(exitCodeOf(error));
      }
      if (interrupt.signal.aborted) break;
    }
  } finally {
    reporter.close();
    await networks.close();
    interrupt.close();
  }
  if (interrupt.signal.aborted) return interrupt.exitCode;
  return codes.includes(exitCodes.failed) ? exitCodes.failed : Math.max(...codes);
}
