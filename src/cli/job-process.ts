import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { JobProcess, ProcessError, type ProcessOptions } from "../batch/process.js";
import { nameOfAddress } from "../video/stream-address.js";
import type { JobEvent, JobResult, Order } from "./job.js";
import { writtenBy } from "./outputs.js";
import type { Settings } from "./settings.js";

export type TrackProcess = JobProcess<Order, JobEvent, JobResult>;

/** What a process is started with beside its settings. */
export interface Keeping extends Pick<ProcessOptions, "cwd" | "stallLimit" | "warn"> {
  readonly env: NodeJS.ProcessEnv;
}

/** A process that tracks one file after the other, with these settings. */
export function trackProcess(
  settings: Settings & { readonly threads: number },
  { env, ...keeping }: Keeping,
): TrackProcess {
  const script = new URL(
    import.meta.url.endsWith(".ts") ? "../../dist/cli/job.js" : "./job.js",
    import.meta.url,
  );
  // libvips, which reads pictures, would take all cores for each.
  return new JobProcess({
    script,
    settings,
    ...keeping,
    env: { VIPS_CONCURRENCY: String(settings.threads), ...env },
  });
}

/** Has an order carried out. Never throws: what becomes of the process is told as the result. */
export async function runOrder(
  process: TrackProcess,
  order: Order,
  onEvent: (event: JobEvent) => void,
  cwd = ".",
): Promise<JobResult> {
  try {
    for (const path of writtenBy(order)) await mkdir(dirname(resolve(cwd, path)), { recursive: true });
    return await process.run(order, onEvent);
  } catch (error) {
    const why = (error as Error).message.replaceAll(/\s+/g, " ");
    return {
      state: "failed",
      error: `Cannot track ${JSON.stringify(nameOfAddress(order.input))}: ${why}`,
      again: true,
      lost: error instanceof ProcessError,
    };
  }
}
