/**
 * What is made of an input and its tracks once they are all known: looked at before any work.
 */
import { accessSync, constants, existsSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { OutputError } from "../errors.js";
import { isAddress, nameOfAddress } from "../video/stream-address.js";
import { asUsage, UsageError } from "./errors.js";
import { nameOf, type Plan, writtenBy } from "./outputs.js";
import type { Settings } from "./settings.js";

/** Something to be made after the run of a plan. */
export interface AfterPlan {
  readonly out: string;
  /** The output that holds the tracks with the most about them. */
  readonly tracks: string;
}

/** A kind of it. */
export interface AfterKind {
  /** Such as "--render". */
  readonly option: string;
  /** What follows the name of the input in a folder: ".tracks.mp4". */
  readonly ending: string;
  /** @throws {RangeError} for a name that cannot be written */
  readonly check: (out: string) => void;
  /** Whether the input is read again for it. */
  readonly rereads: boolean;
}

/** Formats by how much they tell; MOTChallenge text knows neither classes nor times. */
const telling = [".json", ".jsonl", ".csv", ".txt"];

/**
 * What is to be made of all plans, checked before any work; undefined where nothing is asked for.
 *
 * @param given the option's value
 * @throws {UsageError} {OutputError}
 */
export async function planAfter(
  plans: readonly Plan[],
  settings: Settings,
  given: string | undefined,
  kind: AfterKind,
): Promise<ReadonlyMap<Plan, AfterPlan> | undefined> {
  if (given === undefined) return undefined;
  const planned = new Map<Plan, AfterPlan>();
  const others = new Set<string>();
  for (const plan of plans) {
    const out = outOf(given, plan, kind);
    await asUsage(() => kind.check(out));
    if (kind.rereads) checkReadable(plan, kind);
    const { input, detections, cameraMotion } = plan;
    for (const path of [input, detections, cameraMotion, settings.zones])
      if (path !== undefined && isSame(path, out))
        throw new UsageError(`Cannot write ${JSON.stringify(out)}: it is read in the same run`);
    for (const path of writtenBy(plan)) others.add(resolve(path));
    if (others.has(resolve(out)))
      throw new UsageError(
        `Cannot write ${JSON.stringify(out)} twice in one run${plans.length > 1 ? ": expected {name} in it, for the input's" : ""}`,
      );
    others.add(resolve(out));
    checkFolder(out);
    planned.set(plan, { out, tracks: tracksOf(plan, kind) });
  }
  return planned;
}

/** A command as it is typed. */
export const commandOf = (...words: readonly string[]): string =>
  words.map((word) => (/^[\w./:+-]+$/.test(word) ? word : JSON.stringify(word))).join(" ");

function outOf(given: string, { input }: Plan, { ending }: AfterKind): string {
  const filled = given.replaceAll("{name}", nameOf(input));
  const isFolder = /[/\\]$/.test(filled) || (existsSync(filled) && statSync(filled).isDirectory());
  return isFolder ? join(filled, `${nameOf(input)}${ending}`) : filled;
}

/** It is read once to be tracked, and then again. */
function checkReadable({ input }: Plan, { option }: AfterKind): void {
  const found = existsSync(input) ? statSync(input) : undefined;
  if (input === "-" || (isAddress(input) && !found) || found?.isFIFO())
    throw new UsageError(
      `Option ${option}: expected a file or folder as input, which can be read again afterwards, got ${JSON.stringify(nameOfAddress(input))}`,
    );
}

function tracksOf({ outputs }: Plan, { option }: AfterKind): string {
  const isFile = (path: string) => path !== "-" && (!existsSync(path) || statSync(path).isFile());
  for (const ending of telling) {
    const found = outputs.find((path) => extname(path).toLowerCase() === ending && isFile(path));
    if (found !== undefined) return found;
  }
  throw new UsageError(`Option ${option}: expected the tracks in a file too, as in --out tracks.json`);
}

/** An hour of tracking is no time to find out. */
function checkFolder(out: string): void {
  const folder = dirname(resolve(out));
  try {
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? `there is no folder ${JSON.stringify(dirname(out))}` : message;
    throw new OutputError(`Cannot write ${JSON.stringify(out)}: ${why}`, { cause });
  }
  if (existsSync(out) && !statSync(out).isFile())
    throw new OutputError(`Cannot write ${JSON.stringify(out)}: expected a file, found something else`);
}

const isSame = (a: string, b: string): boolean => realPath(a) === realPath(b);

/** Of a file that may not be there yet, in a folder that is. */
function realPath(path: string): string {
  try {
    return existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(resolve(path))), basename(path));
  } catch {
    return resolve(path);
  }
}
