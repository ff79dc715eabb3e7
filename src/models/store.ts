/** From the name or path of a model to its card and file. */
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { ModelError } from "../errors.js";
import type { Card } from "./card.js";
import { checkModelFile } from "./check.js";
import { cardOfContract, contractsOf } from "./contracts.js";
import { listCards, loadCard, ownModelsDir } from "./load.js";

/** Where models are looked for. */
export interface StoreOptions {
  /** Folder with the cards and the embedded models. @default the package's own */
  readonly modelsDir?: string;
  /** Folder with the models that were pulled. @default defaultCacheDir({}) */
  readonly cacheDir?: string;
}

/** How a file without a card is understood. */
export interface ResolveOptions extends StoreOptions {
  /** Output contract of a file that has no card of its own. */
  readonly contract?: string;
}

/** A model that can be opened. */
export interface ResolvedModel {
  readonly card: Card;
  readonly path: string;
}

/**
 * Folder for pulled models: `THROUGHLINE_CACHE`, or `throughline/models` in the cache folder of the system
 * (`XDG_CACHE_HOME`, `LOCALAPPDATA`, `~/Library/Caches` on macOS, `~/.cache`).
 *
 * @example
 * const cacheDir = defaultCacheDir(process.env);
 */
export function defaultCacheDir(env: Readonly<Record<string, string | undefined>>): string {
  if (env.THROUGHLINE_CACHE) return env.THROUGHLINE_CACHE;
  const home = homedir();
  const system = process.platform === "darwin" ? join(home, "Library", "Caches") : join(home, ".cache");
  return join(env.XDG_CACHE_HOME || env.LOCALAPPDATA || system, "throughline", "models");
}

/** Where the file of a card is, or would be once pulled. */
export function modelPath(card: Card, options: StoreOptions = {}): string {
  return card.url === undefined
    ? join(options.modelsDir ?? ownModelsDir, card.file)
    : join(options.cacheDir ?? defaultCacheDir({}), card.file);
}

/** True for what can only be a path: it has a separator or ends in ".onnx". */
export function isModelPath(nameOrPath: string): boolean {
  return /[\\/]/.test(nameOrPath) || /\.onnx$/i.test(nameOrPath);
}

/**
 * Finds the card and the file of a model.
 *
 * A name stands for one of the project's cards. A path stands for a file, whose card is, in this order: the file
 * beside it called `<file>.json` or `<file without .onnx>.json`; what is usual for `options.contract`; the
 * project's card of the same bytes or, failing that, of the same file name.
 *
 * @throws {ModelError} when there is no such model, it was not pulled yet, is of the other kind, is not a whole
 * ONNX file, reads files outside its folder, or its contract is not known.
 *
 * @example
 * const { card, path } = await resolveModel("nanodet-g", "detector");
 * const mine = await resolveModel("./yolox_nano.onnx", "detector", { contract: "yolox" });
 */
export async function resolveModel(
  nameOrPath: string,
  kind: Card["kind"],
  options: ResolveOptions = {},
): Promise<ResolvedModel> {
  const resolved = isModelPath(nameOrPath)
    ? await resolveFile(nameOrPath, kind, options)
    : await resolveName(nameOrPath, kind, options);
  await checkSize(resolved.card, resolved.path);
  return resolved;
}

async function resolveName(
  name: string,
  kind: Card["kind"],
  options: ResolveOptions,
): Promise<ResolvedModel> {
  const card = ofKind(await findCard(name, options, kind), kind, name);
  const path = modelPath(card, options);
  if (options.contract !== undefined && options.contract !== card.contract)
    throw new ModelError(
      `Cannot use the contract "${options.contract}" with the model "${name}": its card says "${card.contract}"`,
    );
  if (!existsSync(path))
    throw new ModelError(
      card.url === undefined
        ? `Cannot find the file of the model "${name}": expected "${path}"; install the package again`
        : `Cannot find the file of the model "${name}": expected "${path}"; run: track models pull ${name}`,
    );
  await checkModelFile(path);
  return { card, path };
}

export function ofKind(card: Card, kind: Card["kind"], asked: string): Card {
  if (card.kind === kind) return card;
  throw new ModelError(`Cannot use "${asked}" as ${article(kind)}: it is ${article(card.kind)}`);
}

/** A wrong checksum is `verifyModel`'s to find: it costs a read of the whole file, on every start. */
async function checkSize(card: Card, path: string): Promise<void> {
  const { size } = await stat(path);
  if (card.bytes === undefined || size === card.bytes) return;
  const fix = card.url === undefined ? "" : `; run: track models pull ${card.name}`;
  throw new ModelError(`Cannot use the model "${path}": expected ${card.bytes} bytes, got ${size}${fix}`);
}

/**
 * The project's card of that name.
 *
 * @throws {ModelError} that lists the names there are, of one kind where asked for.
 */
export async function findCard(name: string, options: StoreOptions = {}, kind?: Card["kind"]): Promise<Card> {
  const file = join(options.modelsDir ?? ownModelsDir, `${name}.json`);
  if (!isModelPath(name) && existsSync(file)) return loadCard(file);
  const cards = await listCards(options.modelsDir);
  const names = cards.filter((c) => (kind ? c.kind === kind : c.kind !== "weights")).map((c) => c.name);
  // Of weights there are too many for one line.
  const known = kind === "weights" ? "a name from: track models list" : `one of ${names.join(", ")}`;
  const path = kind === "weights" ? `./${name}.pth` : `./${name}.onnx`;
  throw new ModelError(
    `Cannot find the ${kind ?? "model"} "${name}": expected ${known}, or the path of a file, such as ${path}`,
  );
}

async function resolveFile(
  path: string,
  kind: Card["kind"],
  options: ResolveOptions,
): Promise<ResolvedModel> {
  // First, so that a wrong file is called wrong before anybody asks for its contract.
  await checkModelFile(path);
  const { contract } = options;
  const beside = [`${path}.json`, path.replace(/\.onnx$/i, ".json")].find((p) => p !== path && existsSync(p));
  if (beside !== undefined) {
    const card = ofKind(await loadCard(beside), kind, path);
    if (contract !== undefined && contract !== card.contract)
      throw new ModelError(
        `Cannot use the contract "${contract}" with "${path}": its card "${beside}" says "${card.contract}"`,
      );
    return { card, path };
  }
  const known = await knownCard(path, kind, options);
  // The usual input of a contract knows nothing of this very file; the project's card of the same bytes does.
  if (known && (contract === undefined || (known.same && known.card.contract === contract)))
    return { card: known.card, path };
  const contracts = contractsOf(kind);
  if (contract === undefined)
    throw new ModelError(
      `Cannot tell what the outputs of "${path}" mean: name its contract (${contracts.join(", ")}) or put a card beside it as "${basename(path)}.json"`,
    );
  const card = await cardOfContract(path, contract, kind);
  if (card) return { card, path };
  throw new ModelError(
    `Cannot use the contract "${contract}" for "${path}": expected one of ${contracts.join(", ")}`,
  );
}

/** The project's card with the same bytes, or else the same file name (`same` tells which). */
async function knownCard(
  path: string,
  kind: Card["kind"],
  options: ResolveOptions,
): Promise<{ card: Card; same: boolean } | undefined> {
  const cards = (await listCards(options.modelsDir)).filter((card) => card.kind === kind);
  const { size } = await stat(path);
  const candidates = cards.filter((card) => card.sha256 !== undefined && (card.bytes ?? size) === size);
  if (candidates.length > 0) {
    const sha256 = await sha256Of(path);
    const card = candidates.find((c) => c.sha256 === sha256);
    if (card) return { card, same: true };
  }
  const card = cards.find((c) => c.file === basename(path));
  // Same name, other bytes: the meaning is most likely the same, the checksum is not.
  return card && { card: { ...card, bytes: undefined, sha256: undefined }, same: false };
}

/** What `verifyModel` found. */
export interface Verified {
  readonly card: Card;
  readonly path: string;
  /** "ok", "absent" (not pulled), "unknown" (the card has no checksum to compare with), or "wrong". */
  readonly state: "ok" | "absent" | "unknown" | "wrong";
  /** One line for "wrong": what was expected and what is there. */
  readonly problem?: string;
}

/**
 * Compares size and SHA-256 of a model's file with its card.
 *
 * @example
 * const { state } = await verifyModel("nanodet-g"); // "ok"
 */
export async function verifyModel(name: string, options: StoreOptions = {}): Promise<Verified> {
  const card = await findCard(name, options);
  const path = modelPath(card, options);
  if (!existsSync(path)) {
    return card.url === undefined
      ? { card, path, state: "wrong", problem: `"${path}" is missing; install the package again` }
      : { card, path, state: "absent" };
  }
  const { size } = await stat(path);
  if (card.bytes !== undefined && size !== card.bytes)
    return { card, path, state: "wrong", problem: `"${path}": expected ${card.bytes} bytes, got ${size}` };
  if (expectedHash(card) === undefined) return { card, path, state: "unknown" };
  const sha256 = await sha256Of(path);
  return hashFits(card, sha256)
    ? { card, path, state: "ok" }
    : {
        card,
        path,
        state: "wrong",
        problem: `"${path}": expected SHA-256 ${expectedHash(card)}, got ${sha256}`,
      };
}

/** Whether this is the SHA-256 that a card tells of, or begins with what it tells. */
export const hashFits = ({ sha256, sha256Begins = "" }: Card, found: string): boolean =>
  sha256 === undefined ? found.startsWith(sha256Begins) : found === sha256;

/** What a card tells of the SHA-256, for messages; undefined where it tells nothing. */
export const expectedHash = ({ sha256, sha256Begins }: Card): string | undefined =>
  sha256 ?? (sha256Begins && `${sha256Begins}...`);

/** SHA-256 of a file's bytes, in hexadecimal. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

const article = (kind: Card["kind"]): string =>
  ({ detector: "a detector", embedder: "an embedder", weights: "weights" })[kind];
