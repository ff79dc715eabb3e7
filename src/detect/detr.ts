/**
 * Detection transformers (Carion et al., 2020, https://arxiv.org/abs/2005.12872) in the form of RT-DETR, D-FINE and
 * RF-DETR: a fixed number of queries, each at most one object, so nothing is suppressed.
 *
 * Outputs: logits float32 [1, queries, classes], before the sigmoid; boxes float32 [1, queries, 4], centre x, centre
 * y, width, height as parts 0..1 of the input.
 * Options of the card: `background` (index that is no class).
 */

import { z } from "zod";
import { ModelError } from "../errors.js";
import type { Fit } from "../image/index.js";
import type { Detections } from "../types.js";
import { bestClass } from "./_best-class.js";
import {
  type Contract,
  classCount,
  type DecodeOptions,
  mismatch,
  outputsOfWidth,
  readOptions,
} from "./_contract.js";
import { Candidates, finish } from "./_finish.js";

const optionsSchema = z.strictObject({ background: classCount });

export const detr: Contract = (card, model) => {
  const { background } = readOptions(card, optionsSchema);
  const classes = card.labels.length;
  // Exports often leave the last dimension open; then the usual names tell.
  const find = (name: string, size: number) =>
    outputsOfWidth(model, size)[0] ??
    model.outputs.find((o) => o.name === name && typeof o.dims.at(-1) === "string");
  const logits = find("logits", classes);
  const boxes = find("pred_boxes", 4);
  if (!logits || !boxes || logits === boxes)
    throw mismatch(
      card,
      model,
      `outputs float32[1,queries,${classes}] (logits) and float32[1,queries,4] (boxes)`,
    );
  return {
    fetch: [logits.name, boxes.name],
    read(outputs, fit, options) {
      const [l, b] = outputs.map((o) => o.data as Float32Array) as [Float32Array, Float32Array];
      if (l.length / classes !== b.length / 4 || l.length % classes !== 0)
        throw new ModelError(
          `Cannot use model "${model.name}" as "${card.contract}": expected as many boxes as rows of logits (${l.length / classes}), got ${b.length / 4}`,
        );
      return decode(l, b, background, fit, options);
    },
  };
};

/** The best class of every query that reaches the minimum score. */
export function decode(
  logits: Float32Array,
  boxes: Float32Array,
  background: number | undefined,
  fit: Fit,
  { minScore }: DecodeOptions,
): Detections {
  const found = new Candidates();
  const queries = boxes.length / 4;
  const classes = logits.length / queries;
  for (let q = 0; q < queries; q++) {
    const label = bestClass(logits, q * classes, classes, background);
    if (label < 0) continue;
    const score = 1 / (1 + Math.exp(-logits[q * classes + label]!));
    if (score < minScore) continue;
    const [x, y, w, h] = boxes.subarray(4 * q, 4 * q + 4) as unknown as [number, number, number, number];
    found.add(
      (x - w / 2) * fit.width,
      (y - h / 2) * fit.height,
      (x + w / 2) * fit.width,
      (y + h / 2) * fit.height,
      score,
      label,
    );
  }
  return finish(found, fit);
}
