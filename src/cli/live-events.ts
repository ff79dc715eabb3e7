/**
 * Events of a live run: one JSON line each, to the standard output, to a file that grows, and to a receiver.
 */
import { randomBytes } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import type { Writable } from "node:stream";
import { OutputError } from "../errors.js";
import { EventQueue } from "../live/queue.js";
import { startWebhook } from "../live/webhook.js";
import type { CountEvent } from "../types.js";
import type { Delivery } from "./live-metrics.js";
import type { LiveReporter } from "./live-reporter.js";
import { plural } from "./reporter.js";

/** Where events go. */
export interface EventTargets {
  /** A file, or "-". */
  readonly file: string | undefined;
  readonly webhook: string | undefined;
  readonly queue: string;
}

/** Seconds that the receiver gets at the end for what waits. */
const FAREWELL = 5;

export interface LiveEvents {
  readonly delivery: Delivery | undefined;
  /** @param about what every event says besides itself: the input and its clock */
  emit(events: readonly CountEvent[], about: { startedAt: Date; labels: readonly string[] }): Promise<void>;
  /** Delivers what it can, and says what is left. */
  close(): Promise<void>;
}

/** @throws {OutputError} where a file or folder cannot be written */
export async function openEvents(
  { file, webhook: address, queue: folder }: EventTargets,
  input: string,
  { stdout, reporter }: { readonly stdout: Writable; readonly reporter: LiveReporter },
): Promise<LiveEvents> {
  const handle = file === undefined || file === "-" ? undefined : await openToAppend(file);
  let delivery: Delivery | undefined;
  if (address !== undefined) {
    const queue = await EventQueue.open(folder).catch(async (error) => {
      await handle?.close();
      throw error;
    });
    if (queue.waiting > 0)
      reporter.note(
        `${plural(queue.waiting, "event")} of an earlier run in ${JSON.stringify(folder)} go first`,
      );
    const webhook = startWebhook({
      ...{ url: new URL(address), queue },
      onChange: ({ ok, reason }) =>
        ok
          ? reporter.note("The webhook takes events again")
          : reporter.warn(`the webhook takes no events (${reason}); they wait in ${JSON.stringify(folder)}`),
    });
    delivery = { queue, webhook };
  }
  const run = randomBytes(6).toString("hex");
  let number = 0;
  return {
    delivery,
    async emit(events, { startedAt, labels }) {
      if (events.length === 0 || (file === undefined && !delivery)) return;
      const lines = events.map((event) => {
        const { type, class: c, ...rest } = event;
        const at = new Date(startedAt.getTime() + event.time * 1e3).toISOString();
        // The receiver's header has the first one.
        const id = `${run}-${++number}`;
        return JSON.stringify({ event: id, type, at, input, ...rest, class: c, label: labels[c] });
      });
      const text = lines.map((line) => `${line}\n`).join("");
      if (file === "-") await write(stdout, text);
      await handle?.appendFile(text).catch((cause: Error) => {
        throw new OutputError(`Cannot write ${JSON.stringify(file)}: ${cause.message}`, { cause });
      });
      await delivery?.queue.append(lines);
    },
    async close() {
      await handle?.close();
      if (!delivery) return;
      await delivery.webhook.finish(FAREWELL);
      const { waiting, dropped } = delivery.queue;
      await delivery.queue.close();
      if (dropped > 0) reporter.warn(`${plural(dropped, "event")} given up: too many waited for the webhook`);
      if (waiting > 0)
        reporter.warn(
          `${plural(waiting, "event")} not delivered, kept in ${JSON.stringify(folder)} for the next run with the same queue`,
        );
    },
  };
}

async function openToAppend(file: string): Promise<FileHandle> {
  return open(file, "a").catch((cause: NodeJS.ErrnoException) => {
    const why =
      cause.code === "ENOENT" ? "no such folder" : cause.code === "EISDIR" ? "it is a folder" : cause.message;
    throw new OutputError(`Cannot write ${JSON.stringify(file)}: ${why}`, { cause });
  });
}

function write(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (cause) => {
      if (cause) reject(new OutputError('Cannot write "-": the reader closed the pipe', { cause }));
      else resolve();
    });
  });
}
