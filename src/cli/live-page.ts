/**
 * `track <camera> --online --report`: the page about what was tracked, once the run is told to end. Its pictures are gone.
 */
import type { AfterPlan } from "./after.js";
import type { Interrupt } from "./interrupt.js";
import type { LiveReporter } from "./live-reporter.js";
import { planReports, reportAfter, reportCommand } from "./report-after.js";
import type { Settings } from "./settings.js";

/** The page of a live run, checked before any work; undefined where none is asked for. @throws {UsageError} {OutputError} */
export async function planPage(
  name: string,
  outputs: readonly string[],
  settings: Settings,
): Promise<AfterPlan | undefined> {
  const plan = { input: name, outputs };
  return (await planReports([plan], settings, { live: true }))?.get(plan);
}

export interface PageMeans {
  readonly stdout: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  readonly reporter: LiveReporter;
  /** Was given already, and ends the process when it is given again. */
  readonly interrupt: Interrupt;
}

/** Makes the page. @throws as `makeReport` */
export async function makePage(
  page: AfterPlan,
  settings: Settings,
  { stdout, env, reporter, interrupt }: PageMeans,
): Promise<void> {
  const input = false;
  const onTemporary = (temporary: () => readonly string[]) => {
    interrupt.temporary = temporary;
  };
  const nothing = () => {};
  const { note, warn } = reporter;
  const telling = { note, warn, status: nothing, summary: nothing, close: nothing };
  const { signal } = new AbortController();
  try {
    await reportAfter({ input }, page, settings, { env, stdout, reporter: telling, signal, onTemporary });
  } catch (error) {
    note(`The tracks are there; to make the page: ${reportCommand({ input }, page)}`);
    throw error;
  }
}
