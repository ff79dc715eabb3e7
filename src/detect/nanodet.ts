/**
 * NanoDet (https://github.com/RangiLyu/nanodet): per stride the class scores of every cell and, for each of the four
 * sides, a distribution over distances (Generalized Focal Loss, Li et al., NeurIPS 2020, section 3.2).
 *
 * Outputs, per stride and in the order of the strides: scores float32 [1, cells, classes], through the sigmoid;
 * distances float32 [1, cells, 4 * (regMax + 1)], logits.
 * Options of the card: `strides` (pixels per cell of each level, default [8, 16, 32]), `regMax` (largest distance in
 * cells, default 10).
 */

import { z } from "zod";
import { ModelError } from "../errors.js";
import type { Fit } from "../image/index.js";
import type { Detections } from "../types.js";
import { bestClass } from "./_best-class.js";
import { type Contract, type DecodeOptions, mismatch, outputsOfWidth, readOptions } from "./_contract.js";
import { Candidates, finish } from "./_finish.js";
import { usualNms } from "./_nms.js";

const optionsSchema = z.strictObject({
  strides: z.array(z.int().positive()).min(1).default([8, 16, 32]),
  regMax: z.int().positive().default(10),
});

export interface NanodetLevel {
  readonly stride: number;
  /** `cells * classes` probabilities. */
  readonly scores: Float32Array;
  /** `cells * 4 * bins` logits: left, top, right, bottom. */
  readonly distances: Float32Array;
}

export const nanodet: Contract = (card, model) => {
  const { strides, regMax } = readOptions(card, optionsSchema);
  const classes = card.labels.length;
  const bins = regMax + 1;
  const scores = outputsOfWidth(model, classes);
  const distances = outputsOfWidth(model, 4 * bins);
  if (classes === 4 * bins || scores.length !== strides.length || distances.length !== strides.length)
    throw mismatch(
      card,
      model,
      `${strides.length} outputs float32[1,cells,${classes}] (classes) and as many float32[1,cells,${4 * bins}] (4 sides x ${bins} distances)`,
    );
  return {
    fetch: [...scores, ...distances].map((o) => o.name),
    read(outputs, fit, options) {
      const levels = strides.map((stride, i) => ({
        stride,
        scores: outputs[i]!.data as Float32Array,
        distances: outputs[strides.length + i]!.data as Float32Array,
      }));
      for (const level of levels) {
        const cells = columnsOf(fit, level.stride) * Math.ceil(fit.height / level.stride);
        if (level.scores.length !== cells * classes || level.distances.length !== cells * 4 * bins)
          throw new ModelError(
            `Cannot use model "${model.name}" as "${card.contract}": expected ${cells} cells at stride ${level.stride} for an input of ${fit.width}x${fit.height}, got ${level.scores.length / classes}`,
          );
      }
      return decode(levels, classes, bins, fit, options);
    },
  };
};

const columnsOf = (fit: Fit, stride: number): number => Math.ceil(fit.width / stride);

/** Boxes of all cells whose best class reaches the minimum score. */
export function decode(
  levels: readonly NanodetLevel[],
  classes: number,
  bins: number,
  fit: Fit,
  { minScore }: DecodeOptions,
): Detections {
  const found = new Candidates();
  for (const { stride, scores, distances } of levels) {
    const columns = columnsOf(fit, stride);
    const cells = scores.length / classes;
    for (let cell = 0; cell < cells; cell++) {
      const row = cell * classes;
      const label = bestClass(scores, row, classes);
      const score = scores[row + label]!;
      if (score < minScore) continue;
      const x = ((cell % columns) + 0.5) * stride;
      const y = (Math.floor(cell / columns) + 0.5) * stride;
      const side = (i: number): number => stride * expectation(distances, (4 * cell + i) * bins, bins);
      found.add(x - side(0), y - side(1), x + side(2), y + side(3), score, label);
    }
  }
  return finish(found, fit, usualNms);
}

/** Mean of 0, 1, ... under the softmax of `count` logits. */
function expectation(logits: Float32Array, at: number, count: number): number {
  let top = logits[at]!;
  for (let i = 1; i < count; i++) top = Math.max(top, logits[at + i]!);
  let sum = 0;
  let mean = 0;
  for (let i = 0; i < count; i++) {
    const e = Math.exp(logits[at + i]! - top);
    sum += e;
    mean += i * e;
  }
  return mean / sum;
}
