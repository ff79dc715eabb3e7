/**
 * Going on where an earlier run was left: what must be the same, one run at a time, and when to write down where a run
 * stands.
 */
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { glob } from "tinyglobby";
import {
  type Checkpoint,
  readCheckpoint,
  removeCheckpoint,
  writeCheckpoint,
} from "../checkpoint/checkpoint.js";
import { fingerprintAll } from "../checkpoint/fingerprint.js";
import { type Lock, takeLock } from "../checkpoint/lock.js";
import { OutputError } from "../errors.js";
import { beside } from "../format/beside.js";
import { findOutputs } from "../format/files.js";
import type { TracksHeader } from "../types.js";
import { isAddress } from "../video/stream-address.js";
import { type Plan, writtenBy } from "./outputs.js";
import type { Reporter } from "./reporter.js";
import type { Settings } from "./settings.js";

/** What a run is made of, beside its input. */
export interface Ingredients {
  readonly header: TracksHeader;
  readonly models: readonly string[];
  readonly threads: number | undefined;
  /** The program that decodes, with its version. */
  readonly decoder: string | undefined;
  /** What the tracker's saved state is called. */
  readonly layout: string;
}

/** The means to be gone on with. */
export interface Resume {
  /** Where an earlier run stood. */
  readonly from: Checkpoint | undefined;
  /** Whether a checkpoint is on the disk. */
  readonly exists: boolean;
  /** Files that keep other runs out. */
  readonly locks: readonly string[];
  /** The earlier run's files are not as they should be: forgets it. */
  startAnew(why: string): void;
  isDue(): boolean;
  /** Never throws: a checkpoint that cannot be written leaves the one before. */
  save(checkpoint: Omit<Checkpoint, "keys">): Promise<void>;
  /** The run is over, and nothing is to be gone on with. */
  remove(): Promise<void>;
  /** Lets other runs write the same files. */
  release(): Promise<void>;
}

export interface ResumeOptions {
  readonly settings: Settings;
  readonly reporter: Reporter;
  /** The job of a queue that this run is. */
  readonly lease?: string;
  readonly signal: AbortSignal;
}

/**
 * Takes the outputs for this run and looks for an earlier one. `undefined` where a run cannot be gone on with: its
 * input can be read only once, an output is a pipe, or another run is writing the same files.
 */
export async function openResume(
  plan: Plan,
  { header, models, threads, decoder, layout }: Ingredients,
  { settings, reporter, lease, signal }: ResumeOptions,
): Promise<Resume | undefined> {
  const { input, detections, cameraMotion } = plan;
  if (!(await canBeReadAgain(input))) return undefined;
  const paths = writtenBy(plan);
  const files = await findOutputs(paths);
  if (files.some(({ kind }) => kind !== "file")) return undefined;
  const inputs = [...(await filesOf(input)), detections, cameraMotion].filter((path) => path !== undefined);
  const { maxPixels, ffmpeg, frameRate } = settings;
  const keys = {
    "the input": await fingerprintAll(inputs),
    "the models": digest(models),
    "the options": digest([header, threads, maxPixels, ffmpeg, frameRate, paths]),
    "the program": digest([process.version, decoder, layout]),
  };
  const path = beside(files[0]!.identity, "checkpoint");
  const quoted = JSON.stringify(paths[0]);

  const locks: Lock[] = [];
  const release = async () => {
    for (const lock of locks.splice(0)) await lock.release();
  };
  for (const { identity } of files.toSorted((a, b) => (a.identity < b.identity ? -1 : 1))) {
    const lock = await takeLock(beside(identity, "lock"), { lease, signal }).catch(async (cause: Error) => {
      await release();
      throw new OutputError(`Cannot write ${quoted}: ${cause.message}`, { cause });
    });
    if ("release" in lock) {
      locks.push(lock);
      continue;
    }
    await release();
    reporter.note(
      `Another run (process ${lock.pid} on ${lock.host}) is writing ${quoted} too: this one keeps no checkpoints`,
    );
    return undefined;
  }

  const found = settings.resume ? await readCheckpoint(path, keys) : undefined;
  let from: Checkpoint | undefined;
  let exists = false;
  const startAnew = (why: string) => {
    from = undefined;
    reporter.note(`Cannot go on from the checkpoint of ${quoted}: ${why}; starting anew`);
  };
  if (found && "problem" in found) startAnew(found.problem);
  else if (found) {
    from = found.checkpoint;
    exists = true;
  }
  let last = performance.now();
  let warned = false;
  return {
    get from() {
      return from;
    },
    get exists() {
      return exists;
    },
    get locks() {
      return locks.length > 0 ? files.map(({ identity }) => beside(identity, "lock")) : [];
    },
    startAnew,
    isDue: () => performance.now() - last >= settings.checkpoint * 1e3,
    async save(checkpoint) {
      try {
        await writeCheckpoint(path, { keys, ...checkpoint });
        exists = true;
      } catch (error) {
        if (!warned) reporter.warn(`cannot keep a checkpoint of ${quoted}: ${(error as Error).message}`);
        warned = true;
      }
      last = performance.now();
    },
    async remove() {
      await removeCheckpoint(path);
      exists = false;
    },
    release,
  };
}

async function canBeReadAgain(input: string): Promise<boolean> {
  if (input === "-" || isAddress(input)) return false;
  const found = await stat(input).catch(() => undefined);
  return found === undefined || found.isFile() || found.isDirectory();
}

/** The input, or what its pattern stands for. */
async function filesOf(input: string): Promise<string[]> {
  if (await stat(input).catch(() => undefined)) return [input];
  return (await glob(input, { absolute: true })).sort();
}

const digest = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex");
