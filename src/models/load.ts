/** Reads model cards: the project's own under models/, and those beside models that users bring. */
import { readdir, readFile } from "node:fs/promises";
import { dirname, isAbsolute, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { ModelError } from "../errors.js";
import { type Card, cardSchema } from "./card.js";

/** The folder with the project's own cards and embedded models; the same from src/ and from dist/. */
export const ownModelsDir: string = fileURLToPath(new URL("../../models", import.meta.url));

/** On disk `labels` may also name a text file beside the card, one class name per line. */
const fileSchema = cardSchema.extend({ labels: z.union([z.array(z.string()), z.string()]).optional() });

/**
 * Reads and checks one card.
 *
 * @throws {ModelError} naming the file and the field when it is not a valid card.
 *
 * @example
 * const card = await loadCard("models/nanodet-g.json");
 * console.log(card.contract, card.labels.length); // nanodet 80
 */
export async function loadCard(path: string): Promise<Card> {
  const parsed = fileSchema.safeParse(await readJson(path));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.length ? `"${issue.path.join(".")}": ` : "";
    throw new ModelError(
      `Cannot use the model card "${path}": ${where}${issue?.message.replaceAll(/\s+/g, " ")}`,
      {
        cause: parsed.error,
      },
    );
  }
  const { labels = [], ...rest } = parsed.data;
  return { ...rest, labels: typeof labels === "string" ? await loadLabels(path, labels) : labels };
}

/** All cards of a folder, by name. @default ownModelsDir */
export async function listCards(modelsDir: string = ownModelsDir): Promise<Card[]> {
  let files: string[];
  try {
    files = await readdir(modelsDir);
  } catch (cause) {
    throw new ModelError(`Cannot read the folder of models "${modelsDir}": ${(cause as Error).message}`, {
      cause,
    });
  }
  const cards = await Promise.all(
    files.filter((file) => file.endsWith(".json")).map((file) => loadCard(join(modelsDir, file))),
  );
  return cards.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The class names in a text file, one per line. */
export async function readLabels(path: string): Promise<string[]> {
  const text = await readFile(path, "utf8");
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

async function loadLabels(card: string, file: string): Promise<string[]> {
  // A card comes with its model from anywhere: it must not make us read files elsewhere.
  if (isAbsolute(file) || normalize(file).split(sep).includes(".."))
    throw new ModelError(
      `Cannot use the model card "${card}": "labels" names "${file}", expected a file in the card's folder`,
    );
  try {
    return await readLabels(join(dirname(card), file));
  } catch (cause) {
    throw new ModelError(
      `Cannot use the model card "${card}": its labels file "${file}" is not readable: ${(cause as Error).message}`,
      { cause },
    );
  }
}

async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new ModelError(`Cannot read the model card "${path}": ${(cause as Error).message}`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ModelError(
      `Cannot use the model card "${path}": not JSON: ${(cause as Error).message.replaceAll(/\s+/g, " ")}`,
      {
        cause,
      },
    );
  }
}
