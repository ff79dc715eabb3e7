/**
 * Where the results of an input go.
 */
import { existsSync, statSync } from "node:fs";
import { basename, extname, join, resolve } from "node:path";
import { isAddress, nameOfAddress } from "../video/stream-address.js";
import { motionFileOf } from "./camera.js";
import { UsageError } from "./errors.js";

/** What is read and what is written in one run. */
export interface Plan {
  readonly input: string;
  readonly outputs: readonly string[];
  readonly detections?: string;
  /** How the camera moved. */
  readonly cameraMotion?: string;
  readonly saveDetections?: string;
  /** Where the tracker's decisions are logged. */
  readonly explain?: string;
  /** Where counts go, beside the outputs that hold them. */
  readonly counts?: string;
}

/** Every file that a run writes, in the order in which its files are kept. */
export const writtenBy = ({ outputs, saveDetections, explain, counts }: Plan): string[] =>
  [...outputs, saveDetections, explain, counts].filter((path) => path !== undefined);

/** Where the decisions behind a tracks file are logged, unless another name is given. */
export const usualLog = (tracks: string): string => `${tracks}.explain.jsonl`;

/** The settings that name files. */
export interface Names {
  readonly out: readonly string[];
  readonly detections?: string;
  readonly cameraMotion?: string;
  readonly saveDetections?: string;
  readonly explain?: string | boolean;
  readonly counts?: string;
}

/**
 * The files of every input. `{name}` in a name stands for the input's; a folder takes a file called after the
 * input, as does the current folder where no output is named.
 *
 * @throws {UsageError} where two results would go to one file.
 */
export function planOutputs(
  inputs: readonly string[],
  { out, detections, cameraMotion, saveDetections, explain, counts }: Names,
): Plan[] {
  const plans = inputs.map((input): Plan => {
    if (input === "") throw new UsageError("Cannot read an input without a name");
    const fill = (path: string | undefined) => path?.replaceAll("{name}", nameOf(input));
    const outputs = out.length === 0 ? [usualFile(input)] : out.map((path) => outputOf(path, input));
    return {
      input,
      outputs,
      detections: fill(detections),
      cameraMotion: fill(motionFileOf({ cameraMotion })),
      saveDetections: fill(saveDetections),
      explain: explain === true ? logOf(outputs) : fill(explain || undefined),
      counts: fill(counts),
    };
  });
  const writers = new Map<string, string>();
  for (const plan of plans)
    for (const path of writtenBy(plan)) {
      const { input } = plan;
      if (path === "-") continue;
      const other = writers.get(resolve(path));
      if (other !== undefined)
        throw new UsageError(
          other === input
            ? `Cannot write ${JSON.stringify(path)} twice in one run`
            : `Cannot write the results of ${JSON.stringify(nameOfAddress(other))} and ${JSON.stringify(nameOfAddress(input))} both to ${JSON.stringify(path)}: ` +
                'expected --out to be a folder, or a name with {name} in it, such as "{name}.json"',
        );
      writers.set(resolve(path), input);
    }
  for (const [option, path] of Object.entries({
    "--detections": detections,
    "--camera-motion": motionFileOf({ cameraMotion }),
  }))
    if (path !== undefined && inputs.length > 1 && !path.includes("{name}"))
      throw new UsageError(
        `Option ${option}: expected {name} in it for several inputs, got ${JSON.stringify(path)}`,
      );
  return plans;
}

/** What an input is called in the names of files. */
export function nameOf(input: string): string {
  if (input === "-") return "stdin";
  if (isAddress(input))
    return nameOfAddress(input).replace(/^.*\/|[?#]\.\.\.$|\.\w+(?:[?#]\.\.\.)?$/gs, "") || "video";
  const isThere = existsSync(input);
  // A pattern such as frames/*.jpg is called after its folder.
  if (!isThere && /[*?[{]/.test(input)) return basename(resolve(input.replace(/[^/\\]*[*?[{].*$/s, "")));
  return isThere && statSync(input).isDirectory()
    ? basename(resolve(input))
    : basename(input, extname(input));
}

/** @throws {UsageError} where no output has a name that the log's could follow. */
function logOf(outputs: readonly string[]): string {
  const tracks = outputs.find((path) => path !== "-");
  if (tracks !== undefined) return usualLog(tracks);
  throw new UsageError("Option --explain: expected a file name, since the tracks go to the standard output");
}

/** `.txt` for MOT sequences, as the benchmark's tools want it, otherwise `.tracks.json`. */
function usualFile(input: string): string {
  return nameOf(input) + (existsSync(join(input, "seqinfo.ini")) ? ".txt" : ".tracks.json");
}

function outputOf(path: string, input: string): string {
  const filled = path.replaceAll("{name}", nameOf(input));
  const isFolder = /[/\\]$/.test(filled) || (existsSync(filled) && statSync(filled).isDirectory());
  return isFolder ? join(filled, usualFile(input)) : filled;
}
