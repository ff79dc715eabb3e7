/**
 * YOLOX (Ge et al., 2021, https://arxiv.org/abs/2107.08430): one row per cell of every level, no anchors.
 *
 * Output: float32 [1, cells, 5 + classes], columns x, y, log w, log h (in cells), objectness and classes through the
 * sigmoid; levels one after the other in the order of the strides.
 * Options of the card: `strides` (pixels per cell of each level, default [8, 16, 32]).
 */

import { z } from "zod";
import { ModelError } from "../errors.js";
import type { Fit } from "../image/index.js";
import type { Detections } from "../types.js";
import { bestClass } from "./_best-class.js";
import { type Contract, type DecodeOptions, mismatch, outputsOfWidth, readOptions } from "./_contract.js";
import { Candidates, finish } from "./_finish.js";
import { usualNms } from "./_nms.js";

const optionsSchema = z.strictObject({ strides: z.array(z.int().positive()).min(1).default([8, 16, 32]) });

export const yolox: Contract = (card, model) => {
  const { strides } = readOptions(card, optionsSchema);
  const width = 5 + card.labels.length;
  const [output, ...more] = outputsOfWidth(model, width);
  if (!output || more.length > 0) throw mismatch(card, model, `one output float32[1,cells,${width}]`);
  return {
    fetch: [output.name],
    read([rows], fit, options) {
      const data = rows!.data as Float32Array;
      const cells = strides.reduce((n, s) => n + Math.floor(fit.width / s) * Math.floor(fit.height / s), 0);
      if (data.length !== cells * width)
        throw new ModelError(
          `Cannot use model "${model.name}" as "${card.contract}": expected ${cells} cells for an input of ${fit.width}x${fit.height} at strides ${strides.join(", ")}, got ${data.length / width}`,
        );
      return decode(data, card.labels.length, strides, fit, options);
    },
  };
};

/** Boxes of all rows whose objectness times best class reaches the minimum score. */
export function decode(
  rows: Float32Array,
  classes: number,
  strides: readonly number[],
  fit: Fit,
  { minScore }: DecodeOptions,
): Detections {
  const found = new Candidates();
  const width = 5 + classes;
  let at = 0;
  for (const stride of strides) {
    const columns = Math.floor(fit.width / stride);
    const cells = columns * Math.floor(fit.height / stride);
    for (let cell = 0; cell < cells; cell++, at += width) {
      const objectness = rows[at + 4]!;
      // No class is above 1.
      if (objectness < minScore) continue;
      const label = bestClass(rows, at + 5, classes);
      const score = objectness * rows[at + 5 + label]!;
      if (score < minScore) continue;
      const x = (rows[at]! + (cell % columns)) * stride;
      const y = (rows[at + 1]! + Math.floor(cell / columns)) * stride;
      const w = Math.exp(rows[at + 2]!) * stride;
      const h = Math.exp(rows[at + 3]!) * stride;
      found.add(x - w / 2, y - h / 2, x + w / 2, y + h / 2, score, label);
    }
  }
  return finish(found, fit, usualNms);
}
