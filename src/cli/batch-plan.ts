/**
 * What a batch is asked for: its folder, the files of each input, and everything that decides what comes out.
 */
import { join } from "node:path";
import type { BatchInput } from "../batch/inputs.js";
import type { Zones } from "../count/index.js";
import { formats } from "../format/files.js";
import { identityOf } from "../models/identity.js";
import { defaultCacheDir, resolveModel } from "../models/store.js";
import type { QueueAddress } from "../queue/address.js";
import { motionFileOf } from "./camera.js";
import { UsageError } from "./errors.js";
import { nameOf, type Plan, usualLog } from "./outputs.js";
import type { Settings } from "./settings.js";
import { chooseTracker, comparesAppearance } from "./stages.js";
import { version } from "./version.js";

/** What a batch has beside the settings of its runs. */
export interface BatchSettings {
  readonly jobs?: number;
  /** Seconds without a sign of work after which a file's process is ended; 0: never. */
  readonly stallLimit: number;
  /** Where the jobs go, in place of this machine. */
  readonly queue?: QueueAddress;
  /** Endings without the dot. */
  readonly format: readonly string[];
  /** Whether detections are kept, beside the tracks. */
  readonly saveDetections: boolean;
  /** Whether counts per minute are kept, beside the tracks. */
  readonly counts: boolean;
}

/** The folder of a batch. @throws {UsageError} where the settings name something else */
export function folderOf({
  out,
  saveDetections,
  explain,
  counts,
  detections,
  cameraMotion,
  render,
  report,
}: Settings): string {
  const [folder, ...others] = out;
  if (folder === undefined || others.length > 0)
    throw new UsageError("Option --out: expected the one folder that takes the results, as in --out results");
  if (folder === "-") throw new UsageError("Option --out: expected a folder, got the standard output");
  if (saveDetections !== undefined)
    throw new UsageError("Option --save-detections: takes no name in a batch; they stand beside the tracks");
  if (counts !== undefined)
    throw new UsageError("Option --counts: takes no name in a batch; they stand beside the tracks");
  if (render !== undefined) throw new UsageError("Option --render: not in a batch; see track render");
  if (report !== undefined) throw new UsageError("Option --report: not in a batch; see track report");
  if (typeof explain === "string")
    throw new UsageError("Option --explain: takes no name in a batch; the log stands beside the tracks");
  for (const [option, file] of Object.entries({
    "--detections": detections,
    "--camera-motion": motionFileOf({ cameraMotion }),
  }))
    if (file !== undefined && !file.includes("{name}"))
      throw new UsageError(
        `Option ${option}: expected {name} in it, for the input's, got ${JSON.stringify(file)}`,
      );
  return folder;
}

/** The endings of the files of each input. @throws {UsageError} */
export function endingsOf(names: readonly string[]): string[] {
  const known = formats.map(({ extension }) => extension.slice(1));
  for (const name of names)
    if (!known.includes(name))
      throw new UsageError(
        `Option --format: expected some of ${known.join(", ")}, got ${JSON.stringify(name)}`,
      );
  return [...new Set(names)].map((name) => `.${name}`);
}

/** What is written for an input, and read beside it. */
export function planOf(
  input: BatchInput,
  folder: string,
  endings: readonly string[],
  settings: Pick<Settings, "detections" | "cameraMotion" | "explain"> & BatchSettings,
): Plan {
  const { detections, cameraMotion, saveDetections, explain, counts } = settings;
  const base = join(folder, ...input.name.split("/"));
  const outputs = endings.map((ending) => base + ending);
  return {
    input: input.path,
    outputs,
    detections: detections?.replaceAll("{name}", nameOf(input.path)),
    cameraMotion: motionFileOf({ cameraMotion })?.replaceAll("{name}", nameOf(input.path)),
    saveDetections: saveDetections ? `${base}.detections.txt` : undefined,
    counts: counts ? `${base}.counts.csv` : undefined,
    explain: explain ? usualLog(outputs[0]!) : undefined,
  };
}

/** Everything but the input that decides what comes out. */
export function optionsOf(
  settings: Settings,
  { format, saveDetections, counts }: BatchSettings,
  zones: Zones | undefined,
  models: readonly string[],
): unknown {
  const { tracker, trackerOption, classes, minScore, start, end, every } = settings;
  const { frameRate, maxPixels, device, cameraMotion, explain } = settings;
  return [
    ...[version, format, models, tracker, trackerOption, classes, minScore, start, end, every],
    ...[frameRate, maxPixels, device, cameraMotion, explain, saveDetections, counts, zones],
  ];
}

/** Looks at what all files need, so that what is wrong with it is told once and before any work. */
export async function modelsOf(settings: Settings, env: NodeJS.ProcessEnv): Promise<string[]> {
  const choice = await chooseTracker(settings);
  const cacheDir = defaultCacheDir(env);
  const { detector, contract, reid, reidContract, detections } = settings;
  const models: string[] = [];
  if (detections === undefined)
    models.push(await identityOf(await resolveModel(detector, "detector", { contract, cacheDir })));
  if (comparesAppearance(choice, settings))
    models.push(
      await identityOf(await resolveModel(String(reid), "embedder", { contract: reidContract, cacheDir })),
    );
  return models;
}
