/** What is usual for models of each output contract: stands in where a user's file comes without a card. */
import { basename, join } from "node:path";
import type { z } from "zod";
import { type Card, cardSchema, type inputSchema } from "./card.js";
import { ownModelsDir, readLabels } from "./load.js";

interface Usual {
  readonly kind: Card["kind"];
  readonly input: z.input<typeof inputSchema>;
  /** File under models/labels. */
  readonly labels?: string;
  readonly options?: Record<string, unknown>;
}

// Means and deviations in pixel units 0..255; ImageNet's are 0.485/0.456/0.406 and 0.229/0.224/0.225 times 255.
const IMAGENET = { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] } as const;

/** By contract: the input and classes of the models that made it known. */
const USUAL = {
  nanodet: {
    kind: "detector",
    input: {
      colour: "bgr",
      fit: "stretch",
      size: { longSide: 640, multiple: 32 },
      mean: [103.53, 116.28, 123.675],
      std: [57.375, 57.12, 58.395],
    },
    labels: "coco80.txt",
    options: { strides: [8, 16, 32], regMax: 10 },
  },
  ssd: {
    kind: "detector",
    input: {
      colour: "rgb",
      fit: "stretch",
      size: { width: 300, height: 300 },
      mean: [127.5, 127.5, 127.5],
      std: [127.5, 127.5, 127.5],
    },
    labels: "coco91.txt",
    options: {
      scores: "probabilities",
      background: 0,
      boxCoder: [10, 10, 5, 5],
      anchors: {
        size: 300,
        layers: 6,
        minScale: 0.2,
        maxScale: 0.95,
        aspectRatios: [1, 2, 0.5, 3, 0.3333],
      },
    },
  },
  yolox: {
    kind: "detector",
    input: { colour: "bgr", fit: "letterbox", size: { width: 640, height: 640 }, pad: 114 },
    labels: "coco80.txt",
    options: { strides: [8, 16, 32] },
  },
  "faster-rcnn": {
    kind: "detector",
    input: {
      colour: "bgr",
      fit: "pad",
      size: { longSide: 1333, shortSide: 800, multiple: 32 },
      mean: [102.9801, 115.9465, 122.7717],
      pad: 114,
      layout: "chw",
    },
    labels: "coco80-background.txt",
    options: { background: 0 },
  },
  detr: {
    kind: "detector",
    input: {
      colour: "rgb",
      fit: "stretch",
      size: { width: 640, height: 640 },
      std: [255, 255, 255],
    },
    labels: "coco80.txt",
  },
  reid: {
    kind: "embedder",
    input: {
      colour: "rgb",
      fit: "stretch",
      size: { width: 128, height: 256 },
      mean: [...IMAGENET.mean],
      std: [...IMAGENET.std],
    },
  },
} satisfies Readonly<Record<string, Usual>>;

/** The contracts that a caller may name for a model of this kind, in alphabetical order. */
export function contractsOf(kind: Card["kind"]): string[] {
  return Object.entries<Usual>(USUAL)
    .filter(([, usual]) => usual.kind === kind)
    .map(([name]) => name)
    .sort();
}

/**
 * A card for the model file at `path`, made of what is usual for `contract`; undefined where no such contract is
 * known for this kind of model.
 */
export async function cardOfContract(
  path: string,
  contract: string,
  kind: Card["kind"],
): Promise<Card | undefined> {
  if (!contractsOf(kind).includes(contract)) return undefined;
  const usual: Usual = USUAL[contract as keyof typeof USUAL];
  const file = basename(path);
  return cardSchema.parse({
    name: nameOf(file),
    kind,
    title: file,
    file,
    licence: "unknown: brought by the user",
    source: path,
    contract,
    input: usual.input,
    labels: usual.labels ? await readLabels(join(ownModelsDir, "labels", usual.labels)) : [],
    options: usual.options,
  });
}

/** A file name as a card name: "My Model.onnx" becomes "my-model". */
function nameOf(file: string): string {
  const name = file
    .replace(/\.onnx$/i, "")
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z0-9]+/, "");
  return name === "" ? "model" : name;
}
