/**
 * The process that works on one file after the other for a batch: takes messages, answers with events. It is started by
 * `track batch`, and ends when that is gone.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { EnvironmentError, InputError, ModelError, OutputError } from "../errors.js";
import { RequestError, type Version } from "../video/recording.js";
import { damageSummary } from "./damage.js";
import { lineOf } from "./errors.js";
import { isInterruption } from "./follow.js";
import { type Networks, openNetworks } from "./networks.js";
import { type Plan, writtenBy } from "./outputs.js";
import type { Reporter, Status } from "./reporter.js";
import type { Settings } from "./settings.js";
import { chooseTracker } from "./stages.js";
import { trackFile } from "./track-file.js";

/** A file that a job has written. */
export interface Made {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What a job says on its way. */
export type JobEvent =
  | { readonly type: "status"; readonly status: Status }
  | { readonly type: "note" | "warning"; readonly text: string };

/** What became of a job. */
export type JobResult =
  | {
      readonly state: "done" | "damaged";
      readonly frames: number;
      readonly identities: number;
      readonly seconds: number;
      readonly made: readonly Made[];
      /** What of the input could not be read. */
      readonly damage?: string;
      /** What the server said of the input, where it was fetched. */
      readonly recording?: Version;
    }
  | {
      readonly state: "failed";
      readonly error: string;
      /** Whether another machine, or a later time, may do better: it was not the input. */
      readonly again: boolean;
      /** Set where the process that was at it is no more, or was stuck: the file itself may be good. */
      readonly lost?: boolean;
    }
  /** It was asked to leave, and can be gone on with. */
  | { readonly state: "left" };

/** What is to be done; `lease` where it is a job of a queue. */
export type Order = Plan & { readonly lease?: string };

type Message =
  | { readonly type: "settings"; readonly settings: Settings }
  | { readonly type: "job"; readonly job: Order }
  | { readonly type: "leave" };

/** Milliseconds between two reports of where a job stands. */
const INTERVAL = 200;
/** Milliseconds that a job whose starter is gone may take to write down where it stands. */
const FAREWELL = 60_000;

const controller = new AbortController();
const leave = (): void => controller.abort(new Error("interrupted"));
let settings: Settings;
let networks: Networks;
let work: Promise<void> = Promise.resolve();

const tell = (event: JobEvent | { type: "end"; result: JobResult }): void => {
  if (process.connected) process.send!(event, () => {});
};

process.on("message", (message: Message) => {
  if (message.type === "settings") {
    settings = message.settings;
    networks = openNetworks(settings, process.env);
  } else if (message.type === "leave") leave();
  else work = work.then(async () => tell({ type: "end", result: await run(message.job) }));
});
// Whoever started this one says when to leave; a terminal's Ctrl-C reaches both.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, leave);
process.on("disconnect", () => {
  leave();
  // By force: under load a process may wait for its own threads forever when it exits (nodejs/node#54918). All that it
  // wrote is on the disk, and nobody asks for its exit code.
  const end = () => process.kill(process.pid, "SIGKILL");
  void work.then(end);
  setTimeout(end, FAREWELL);
});

async function run({ lease, ...plan }: Order): Promise<JobResult> {
  if (controller.signal.aborted) return { state: "left" };
  try {
    const choice = await chooseTracker(settings);
    const { signal } = controller;
    const shared = {
      settings,
      choice,
      networks,
      env: process.env,
      reporter: reporter(),
      signal,
      leave: true,
      lease,
    };
    const tracked = await trackFile(plan, shared);
    const { frames, identities, seconds, integrity, recording } = tracked;
    if (integrity.interrupted) return { state: "left" };
    const made = await Promise.all(writtenBy(plan).map(look));
    if (!integrity.complete && settings.strict)
      return {
        state: "failed",
        error: "a part of the input was damaged or missing (--strict)",
        again: false,
      };
    const state = integrity.complete ? "done" : "damaged";
    const damage = damageSummary(integrity.damage);
    const more = { ...(damage !== undefined && { damage }), ...(recording && { recording }) };
    return { state, frames, identities, seconds, made, ...more };
  } catch (error) {
    if (isInterruption(error, controller.signal)) return { state: "left" };
    const { cause } = error instanceof InputError ? error : {};
    const again =
      [OutputError, EnvironmentError, ModelError].some((kind) => error instanceof kind) ||
      (cause instanceof RequestError && cause.again);
    return { state: "failed", error: lineOf(error), again };
  }
}

function reporter(): Reporter {
  let last = 0;
  return {
    status(status) {
      if (performance.now() - last < INTERVAL) return;
      last = performance.now();
      tell({ type: "status", status });
    },
    note: (text) => tell({ type: "note", text }),
    warn: (text) => tell({ type: "warning", text }),
    summary() {},
    close() {},
  };
}

async function look(path: string): Promise<Made> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return { path, bytes: (await stat(path)).size, sha256: hash.digest("hex") };
}
