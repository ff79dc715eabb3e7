/**
 * `track build`: a network of the catalogue with weights, as a model that `track` runs.
 */
import { basename } from "node:path";
import { InputError } from "../errors.js";
import type { Card } from "../models/card.js";
import { readLabels } from "../models/load.js";
import { defaultCacheDir } from "../models/store.js";
import { type ResolvedWeights, resolveWeights } from "../models/weights.js";
import { type WrittenModel, writeModel } from "../models/write.js";
import { fitsOneFile, initialWeights, type Network, type Storage } from "../nn/index.js";
import { loadWeights, openWeights } from "../weights/index.js";
import { cardOf, labelsOf } from "./build-card.js";
import { asUsage, exitCodes, UsageError } from "./errors.js";
import { parseSize } from "./image-size.js";
import { watchInterrupt } from "./interrupt.js";
import { checkTargets } from "./model-files.js";
import type { Streams } from "./models.js";
import { type NamedNetwork, requireNetwork } from "./network-names.js";
import { formatBytes } from "./reporter.js";
import { version } from "./version.js";

/** The options of the command line, as given. */
export interface BuildCommandOptions {
  readonly out?: string;
  readonly backbone?: string;
  readonly weights?: string;
  readonly random?: boolean;
  readonly classes?: string;
  readonly labels?: string;
  readonly size?: string;
  readonly fp16?: boolean;
  readonly int8?: boolean;
  readonly force?: boolean;
}

/** Builds the network and writes the model with its card. Returns the exit code. */
export async function runBuild(
  asked: string,
  options: BuildCommandOptions,
  { stdout, stderr, env }: Streams,
): Promise<number> {
  const network = requireNetwork(asked, options.backbone);
  const { out, storage, size, classes } = check(network, options);
  checkTargets([out, `${out}.json`], options.force === true);
  const given = options.labels === undefined ? undefined : await readNames(options.labels);
  const labels = network.detector ? await labelsOf(network.detector, given, classes) : [];
  const net = await asUsage(() =>
    network.build({ size, classes: given || classes !== undefined ? labels.length || classes : undefined }),
  );
  // A tracker has no use for them, and its contract is three outputs.
  const extra = net.outputs.findIndex((port) => port.name === "masks" || port.name === "embeddings");
  if (extra >= 0) net.outputs.splice(extra, 1);

  const weights =
    options.weights === undefined
      ? undefined
      : await resolveWeights(options.weights, { cacheDir: defaultCacheDir(env) });
  let card: Card | undefined;
  const written = await write(net, weights, {
    out,
    storage,
    force: options.force === true,
    card(model) {
      card = cardOf(network, net.inputs.length, {
        file: basename(out),
        bytes: model.bytes,
        sha256: model.sha256,
        source: `track build ${network.name}, Throughline ${version}, weights: ${weights ? basename(weights.path) : "random"}`,
        licence:
          weights === undefined
            ? "none needed: random numbers"
            : (weights.card?.licence ?? "that of the weights: see where they came from"),
        labels,
        size,
      });
      return card && `${JSON.stringify(card, null, 2)}\n`;
    },
  });
  if (typeof written === "number") return written;
  stdout.write(
    `${out}: ${network.name}, ${net.parameterCount.toLocaleString("en-US")} parameters, ${formatBytes(written.bytes)}${beside(written)}\n`,
  );
  stdout.write(useOf(out, net, card?.kind));
  if (options.weights === undefined)
    stderr.write("note: the weights are random: the model is good for measuring speed, it finds nothing\n");
  return exitCodes.done;
}

interface Checked {
  readonly out: string;
  readonly storage: Storage;
  readonly size?: readonly [height: number, width: number];
  readonly classes?: number;
}

/** @throws {UsageError} */
function check(network: NamedNetwork, options: BuildCommandOptions): Checked {
  const { out, weights, random, classes, labels, size, fp16, int8 } = options;
  if (out === undefined)
    throw new UsageError(`Option --out: name the model to write, as in --out ${network.name}.onnx`);
  if (!/\.onnx$/i.test(out))
    throw new UsageError(`Option --out: expected a name that ends in .onnx, got ${JSON.stringify(out)}`);
  if (weights === undefined && !random)
    throw new UsageError(
      `Cannot build "${network.name}" without weights: name their file with --weights, or take --random for a model to measure speed with`,
    );
  if (weights !== undefined && random)
    throw new UsageError("Options --weights and --random exclude each other");
  if (fp16 && int8) throw new UsageError("Options --fp16 and --int8 exclude each other");
  if (classes !== undefined && !/^[1-9]\d{0,5}$/.test(classes))
    throw new UsageError(`Option --classes: expected a whole number from 1, got ${JSON.stringify(classes)}`);
  if (labels !== undefined && !network.detector)
    throw new UsageError(`Option --labels: "${network.name}" is no detector, it has no labels`);
  return {
    out,
    storage: fp16 ? "float16" : int8 ? "int8" : "float32",
    ...(size !== undefined && { size: parseSize(size, "--size") }),
    ...(classes !== undefined && { classes: Number(classes) }),
  };
}

async function readNames(path: string): Promise<string[]> {
  let names: string[];
  try {
    names = await readLabels(path);
  } catch (cause) {
    throw new InputError(`Cannot read the labels "${path}": ${(cause as Error).message}`, { cause });
  }
  if (names.length > 0) return names;
  throw new InputError(
    `Cannot use the labels "${path}": expected one class name per line, the file has none`,
  );
}

interface Writing {
  readonly out: string;
  readonly storage: Storage;
  readonly force: boolean;
  readonly card: (model: WrittenModel) => string | undefined;
}

/** Writes the model with its card, one tensor at a time. Returns the exit code of an interruption. */
async function write(
  net: Network,
  weights: ResolvedWeights | undefined,
  { out, storage, force, card }: Writing,
): Promise<WrittenModel | number> {
  const file = weights && openWeights(weights.path);
  const interrupt = watchInterrupt({ onFirst: () => {}, onSecond: () => {} });
  const temporary: string[] = [];
  interrupt.temporary = () => temporary;
  try {
    const model = net.model(file ? loadWeights(net, file) : initialWeights(), { storage });
    if (!fitsOneFile(model)) checkTargets([`${out}.data`], force);
    return await writeModel(out, model, {
      card,
      signal: interrupt.signal,
      onTemporary: (path) => temporary.push(path),
    });
  } catch (error) {
    if (interrupt.signal.aborted) return interrupt.exitCode;
    throw error;
  } finally {
    interrupt.close();
    file?.close();
  }
}

/** Names what the model cannot be moved without. */
const beside = ({ files }: WrittenModel): string =>
  files.some((file) => file.endsWith(".data")) ? `, with its weights in ${files[1]}` : "";

/** What to type next. */
function useOf(out: string, net: Network, kind: Card["kind"] | undefined): string {
  const path = /[\\/]/.test(out) ? out : `./${out}`;
  if (kind)
    return `${out}.json: its card; run: track street.mp4 --${kind === "detector" ? "detector" : "reid"} ${path}\n`;
  const why =
    net.inputs.length > 1
      ? `it takes ${net.inputs.map((i) => `"${i.name}"`).join(" and ")}, and track has pictures only`
      : "it is neither a detector nor an embedder";
  return `no card: ${why}; see: track inspect ${path}\n`;
}
