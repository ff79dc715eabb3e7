/**
 * Taking a batch back out of the queue: `track batch --out results --queue ... --cancel`.
 */
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { findInputs } from "../batch/inputs.js";
import { readManifest, writeManifest } from "../batch/manifest.js";
import { takeLock } from "../checkpoint/lock.js";
import { InputError, OutputError } from "../errors.js";
import type { QueueAddress } from "../queue/address.js";
import { openBoard } from "../queue/board.js";
import { LOCK } from "./batch-files.js";
import type { BatchReporter } from "./batch-reporter.js";
import { exitCodes } from "./errors.js";
import { openLine } from "./queue-batch.js";
import { orderId } from "./queue-order.js";
import { plural } from "./reporter.js";

/**
 * Takes back what of a batch is in the queue and not done: what waits at once, what a worker has begun as soon as it
 * notices. Where they have come is kept, and a later batch goes on from there.
 *
 * @param given the inputs that are meant, as for the batch; all of it where there are none
 * @returns the exit code
 * @throws {InputError} {OutputError} {EnvironmentError}
 */
export async function cancelBatch(
  folder: string,
  given: readonly string[],
  address: QueueAddress,
  reporter: BatchReporter,
): Promise<number> {
  const path = join(folder, "batch.json");
  if ((await readManifest(path)) === undefined)
    throw new InputError(
      `Cannot cancel the batch of ${JSON.stringify(folder)}: there is no batch.json in it`,
    );
  const meant = given.length === 0 ? undefined : await findInputs(given, { except: folder });
  const names = meant && new Set(meant.map(({ name }) => name));
  const lock = await takeLock(join(folder, LOCK)).catch((cause: Error) => {
    throw new OutputError(`Cannot write to ${JSON.stringify(folder)}: ${cause.message}`, { cause });
  });
  if (!("release" in lock))
    throw new OutputError(
      `Cannot cancel the batch of ${JSON.stringify(folder)}: it is followed by another process (${lock.pid} on ${lock.host}); end that with Ctrl-C first`,
    );
  let line: Awaited<ReturnType<typeof openLine>> | undefined;
  try {
    line = await openLine(address, reporter);
    const board = openBoard(line);
    const manifest = (await readManifest(path))!;
    const real = await realpath(folder);
    const counts = { waiting: 0, running: 0, ended: 0 };
    for (const entry of manifest.files) {
      if (names && !names.has(entry.name)) continue;
      const was = await board.cancel(orderId(real, entry.name));
      if (was === undefined) continue;
      counts[was]++;
      if (was !== "ended" && entry.state === "running") entry.state = "waiting";
    }
    await writeManifest(path, manifest);
    const { waiting, running, ended } = counts;
    reporter.note(`Took back ${plural(waiting + running, "file")} from the queue`);
    if (running > 0)
      reporter.note(`${running} of them had been begun: their workers stop within a third of their lease`);
    if (ended > 0)
      reporter.note(
        `${plural(ended, "file")} had been done before; the same command without --cancel collects them`,
      );
    return exitCodes.done;
  } finally {
    line?.close();
    reporter.close();
    await lock.release();
  }
}
