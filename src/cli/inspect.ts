/**
 * `track inspect`: what a network is made of.
 */
import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { ModelError } from "../errors.js";
import type { Card } from "../models/card.js";
import { listCards } from "../models/load.js";
import { defaultCacheDir, isModelPath, modelPath } from "../models/store.js";
import { type Inspection, type InspectOptions, inspect } from "../nn/index.js";
import { asUsage, exitCodes, UsageError } from "./errors.js";
import { parseSize } from "./image-size.js";
import { formatInspection } from "./inspect-text.js";
import { toDocument } from "./inspection-schema.js";
import type { Streams } from "./models.js";
import { suggest } from "./nearest.js";
import { findNetwork, networkNames } from "./network-names.js";
import { widthOf } from "./table.js";

/** The options of the command line, as given. */
export interface InspectCommandOptions {
  readonly input?: string;
  readonly depth?: string;
  readonly json?: boolean;
}

/** Prints the layers of a network. Returns the exit code. */
export async function runInspect(
  what: string,
  { input, depth, json }: InspectCommandOptions,
  { stdout, env }: Streams,
): Promise<number> {
  const size = input === undefined ? undefined : parseSize(input, "--input");
  if (depth !== undefined && !/^[1-9]\d?$/.test(depth))
    throw new UsageError(
      `Option --depth: expected a whole number from 1 to 99, got ${JSON.stringify(depth)}`,
    );
  const inspection = await asUsage(() => look(what, size, env));
  if (json) stdout.write(`${JSON.stringify(toDocument(inspection), null, 2)}\n`);
  else
    stdout.write(
      formatInspection(inspection, {
        depth: depth === undefined ? undefined : Number(depth),
        width: widthOf(stdout),
      }),
    );
  return exitCodes.done;
}

/** @throws {ModelError} @throws {UsageError} for a name that nothing has @throws {RangeError} for a size */
async function look(what: string, size: InspectOptions["size"], env: NodeJS.ProcessEnv): Promise<Inspection> {
  if (isModelPath(what) || existsSync(what)) return inspectFile(what, { size });
  const network = findNetwork(what);
  // Detectors take images of any size; a backbone is built for one.
  if (network?.detector) return inspect(network.build(), { size: size ?? network.size });
  if (network) return inspect(network.build({ size }));
  const cards = await listCards();
  const card = cards.find(({ name }) => name === what);
  if (card?.kind === "weights") return look(card.contract, size, env);
  if (card) return inspectCard(card, size, env);
  const known = [...networkNames(), ...cards.map(({ name }) => name)];
  throw new UsageError(
    `Cannot inspect ${JSON.stringify(what)}: no file, network or model is called that${suggest(what, known)}` +
      ' ("track networks" and "track models list" have the names)',
  );
}

async function inspectCard(
  card: Card,
  size: InspectOptions["size"],
  env: NodeJS.ProcessEnv,
): Promise<Inspection> {
  const path = modelPath(card, { cacheDir: defaultCacheDir(env) });
  if (!existsSync(path))
    throw new ModelError(
      `Cannot find the file of the model "${card.name}": expected "${path}"; run: track models pull ${card.name}`,
    );
  const { size: usual } = card.input;
  const own =
    "width" in usual ? ([usual.height, usual.width] as const) : ([usual.longSide, usual.longSide] as const);
  return inspectFile(path, { name: card.name, size: size ?? own });
}

/** Looks into an ONNX file; of its weights nothing is read. */
function inspectFile(path: string, options: InspectOptions): Inspection {
  let file: number;
  try {
    // Opening a pipe would wait for whoever writes into it.
    if (!statSync(path).isFile()) throw new ModelError(`Cannot inspect "${path}": expected a file`);
    file = openSync(path, "r");
  } catch (cause) {
    if (cause instanceof ModelError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "there is no such file" : message;
    throw new ModelError(`Cannot read the model "${path}": ${why}`, { cause });
  }
  try {
    const source = {
      size: fstatSync(file).size,
      read: (target: Uint8Array, position: number) => readSync(file, target, 0, target.length, position),
    };
    return inspect(source, { name: path, ...options });
  } finally {
    closeSync(file);
  }
}
