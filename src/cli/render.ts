/**
 * `track render`: tracks drawn into their video.
 */
import { findFfmpeg } from "../video/find.js";
import { exitCodes } from "./errors.js";
import { isInterruption } from "./follow.js";
import { watchInterrupt } from "./interrupt.js";
import type { Streams } from "./models.js";
import { openReporter } from "./open-reporter.js";
import { planRender, type RenderOptions } from "./render-plan.js";
import type { Reporter } from "./reporter.js";

/**
 * Draws the tracks of an input. Returns the exit code.
 *
 * @throws {UsageError} {InputError} {OutputError} {EnvironmentError} {SyntaxError}
 */
export async function runRender(
  input: string,
  tracks: string,
  options: RenderOptions,
  { stderr, env }: Streams,
): Promise<number> {
  const plan = await planRender(input, tracks, options);
  const { out, crops, zones, blur, force, ffmpeg } = options;
  const temporary: string[] = [];
  let reporter: Reporter | undefined;
  const close = () => reporter?.close();
  const interrupt = watchInterrupt({ onFirst: close, onSecond: close });
  interrupt.temporary = () => temporary;
  try {
    // Trying an ffmpeg and loading all that follows each take a fifth of a second.
    const looking = findFfmpeg({ ffmpeg, env, signal: interrupt.signal });
    looking.catch(() => {});
    const { renderTracks } = await import("./render-run.js");
    reporter = await openReporter(options.quiet ?? false, stderr, env);
    const { counts, ...rendered } = await renderTracks(
      { input, tracks, out, crops, zones, blur, force, plan, reading: {} },
      {
        ...{ env, reporter, signal: interrupt.signal, ffmpeg: looking },
        onTemporary: (path) => temporary.push(path),
      },
    );
    const files = [out, crops].filter((path) => path !== undefined);
    reporter.summary({ input, ...rendered, stages: [], files });
    if (counts) reporter.counts?.(counts);
    return rendered.integrity.damage.length > 0 ? exitCodes.damaged : exitCodes.done;
  } catch (error) {
    if (isInterruption(error, interrupt.signal)) return interrupt.exitCode;
    throw error;
  } finally {
    close();
    interrupt.close();
  }
}
