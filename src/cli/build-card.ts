/** The card of a model that was built: what lets `track` run it. */
import { join } from "node:path";
import { type Card, cardSchema } from "../models/card.js";
import { ownModelsDir, readLabels } from "../models/load.js";
import type { Detector } from "../nn/index.js";
import { isEmbedder } from "./catalogue.js";
import { UsageError } from "./errors.js";
import type { NamedNetwork } from "./network-names.js";

/** What is known beside the network. */
export interface CardFacts {
  /** File name of the model. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Where the weights came from. */
  readonly source: string;
  readonly licence: string;
  readonly labels: readonly string[];
  /** Height and width, where they were fixed. */
  readonly size?: readonly [height: number, width: number];
}

/** The card; undefined for a network that is neither a detector nor an embedder of pictures alone. */
export function cardOf(network: NamedNetwork, inputs: number, facts: CardFacts): Card | undefined {
  const { name, detector } = network;
  if (inputs !== 1 || (!detector && !isEmbedder(name))) return undefined;
  const { file, bytes, sha256, source, licence } = facts;
  return cardSchema.parse({
    name: nameOf(file),
    kind: detector ? "detector" : "embedder",
    title: name,
    file,
    bytes,
    sha256,
    licence,
    source,
    contract: detector ? "faster-rcnn" : "reid",
    input: detector ? detectorInput(detector, facts.size) : embedderInput(network, facts.size),
    labels: detector ? facts.labels : [],
    options: detector?.background === undefined ? {} : { background: detector.background },
    ...(name === "deepsort_embedder" && { notes: DEEPSORT_NOTES }),
  });
}

function detectorInput({ input }: Detector, size: CardFacts["size"]): unknown {
  const { mean, std } = input;
  // Grey once it is normalised, as the networks were trained with.
  const pad = mean.every((m) => m === 0) ? std[0] / 2 : Math.round((mean[0] + mean[1] + mean[2]) / 3);
  const fixed = size && { size: { height: size[0], width: size[1] } };
  const fit = size && input.fit === "pad" ? { fit: "letterbox" } : {};
  return { ...input, ...fixed, ...fit, pad, layout: "nchw" };
}

// ImageNet's, in pixel units.
const IMAGENET = { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] };
const DEEPSORT_NOTES =
  "The paper does not say how pixels are scaled: here they are 0 to 255. Weights that were trained otherwise need their mean and std here.";

function embedderInput({ name, size: usual }: NamedNetwork, size = usual!): unknown {
  const scale = name === "deepsort_embedder" ? {} : IMAGENET;
  return { colour: "rgb", fit: "stretch", size: { height: size[0], width: size[1] }, ...scale };
}

/** The names of the classes of a detector: given ones, those of its published weights, or numbers. */
export async function labelsOf(
  detector: Detector,
  given: readonly string[] | undefined,
  classes: number | undefined,
): Promise<string[]> {
  const background = detector.background === 0 ? ["background"] : [];
  if (given) {
    const labels = /^(__)?background(__)?$/i.test(given[0] ?? "") ? [...given] : [...background, ...given];
    if (classes !== undefined && classes !== labels.length)
      throw new UsageError(
        `Option --classes: expected ${labels.length}, the labels${background.length > 0 ? " and the background" : ""}, got ${classes}`,
      );
    return labels;
  }
  const published =
    detector.labels === "person"
      ? ["person"]
      : await readLabels(join(ownModelsDir, "labels", `${detector.labels}.txt`));
  // The list of 91 has the background in it.
  const labels = detector.labels === "coco91" ? published : [...background, ...published];
  if (classes === undefined || classes === labels.length) return labels;
  const numbers = Array.from({ length: classes - background.length }, (_, k) => `class ${k + 1}`);
  return [...background, ...numbers];
}

/** A file name as a card's name: "My Model.onnx" becomes "my-model". */
const nameOf = (file: string): string =>
  file
    .replace(/\.onnx$/i, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z0-9]+/, "") || "model";
