/** From the name or path of weights to their file. */
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { ModelError } from "../errors.js";
import type { Card } from "./card.js";
import { listCards } from "./load.js";
import { findCard, modelPath, ofKind, type StoreOptions } from "./store.js";

/** Weights that can be opened. */
export interface ResolvedWeights {
  readonly path: string;
  /** What is known of them: by name, or, for a path, of a published file of the same name. */
  readonly card?: Card;
}

/** True for what can only be a path: it has a separator or ends as files of weights do. */
function isWeightsPath(nameOrPath: string): boolean {
  return /[\\/]/.test(nameOrPath) || /\.(pth|pt|ckpt|bin|safetensors)$/i.test(nameOrPath);
}

/**
 * Finds the file of weights for `openWeights`. A name stands for one of the project's cards of kind "weights".
 *
 * @throws {ModelError} when there is no such card or it was not pulled yet.
 *
 * @example
 * const { path } = await resolveWeights("resnet50-imagenet1k-v2"); // pulled before
 * const mine = await resolveWeights("./mine.pth");
 */
export async function resolveWeights(
  nameOrPath: string,
  options: StoreOptions = {},
): Promise<ResolvedWeights> {
  if (isWeightsPath(nameOrPath)) {
    const cards = await listCards(options.modelsDir);
    const card = cards.find((c) => c.kind === "weights" && c.file === basename(nameOrPath));
    return { path: nameOrPath, ...(card && { card }) };
  }
  const card = ofKind(await findCard(nameOrPath, options, "weights"), "weights", nameOrPath);
  const path = modelPath(card, options);
  if (!existsSync(path))
    throw new ModelError(
      `Cannot find the file of the weights "${nameOrPath}": expected "${path}"; run: track models pull ${nameOrPath}`,
    );
  return { path, card };
}
