/**
 * SSD with the anchors and the box coder of the TensorFlow object detection API (Liu et al., 2016,
 * https://arxiv.org/abs/1512.02325, section 2.2).
 *
 * Outputs: scores float32 [1, anchors, classes]; boxes float32 [1, anchors, 4], columns y, x, log h, log w relative
 * to the anchor, times the box coder's factors.
 * Options of the card: `scores` ("probabilities", through the sigmoid already, or "logits"), `background` (index that is no
 * class), `boxCoder` (factors of y, x, h, w, default [10, 10, 5, 5]), `anchors` { `size`: side in pixels that scales
 * refer to, `layers`, `minScale`, `maxScale`, `aspectRatios` }.
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
import { usualNms } from "./_nms.js";

const optionsSchema = z.strictObject({
  scores: z.enum(["probabilities", "logits"]),
  background: classCount,
  boxCoder: z
    .tuple([z.number().positive(), z.number().positive(), z.number().positive(), z.number().positive()])
    .default([10, 10, 5, 5]),
  anchors: z
    .strictObject({
      size: z.number().positive().default(300),
      layers: z.int().min(2).max(8).default(6),
      minScale: z.number().positive().default(0.2),
      maxScale: z.number().positive().default(0.95),
      aspectRatios: z.array(z.number().positive()).min(1).default([1, 2, 0.5, 3, 0.3333]),
    })
    .prefault({}),
});
export type SsdOptions = z.output<typeof optionsSchema>;

/** Pixels per cell of the first level; each further one has twice as many. */
const FIRST_STRIDE = 16;

export const ssd: Contract = (card, model) => {
  const settings = readOptions(card, optionsSchema);
  const classes = card.labels.length;
  const [scores] = outputsOfWidth(model, classes);
  const [boxes] = outputsOfWidth(model, 4).filter((o) => o !== scores);
  if (!scores || !boxes || model.outputs.length !== 2)
    throw mismatch(card, model, `outputs float32[1,anchors,${classes}] and float32[1,anchors,4]`);
  let size = "";
  let anchors: Float64Array = new Float64Array(0);
  return {
    fetch: [scores.name, boxes.name],
    read(outputs, fit, options) {
      if (size !== `${fit.width}x${fit.height}`) {
        anchors = anchorsFor(fit.width, fit.height, settings.anchors);
        size = `${fit.width}x${fit.height}`;
      }
      const [s, b] = outputs.map((o) => o.data as Float32Array) as [Float32Array, Float32Array];
      if (b.length !== anchors.length || s.length !== (anchors.length / 4) * classes)
        throw new ModelError(
          `Cannot use model "${model.name}" as "${card.contract}": expected ${anchors.length / 4} anchors for an input of ${size}, got ${b.length / 4}`,
        );
      return decode(s, b, anchors, settings, fit, options);
    },
  };
};

/**
 * Anchors as centre x, centre y, width, height in pixels of a `width x height` input, in the order of the outputs.
 * Their sizes do not grow with the input: a larger input finds smaller objects.
 */
export function anchorsFor(width: number, height: number, anchors: SsdOptions["anchors"]): Float64Array {
  const { size, layers, minScale, maxScale, aspectRatios } = anchors;
  const scaleOf = (layer: number): number =>
    layer === layers ? 1 : minScale + ((maxScale - minScale) * layer) / (layers - 1);
  const all: number[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const scale = scaleOf(layer);
    // The lowest level has three anchors only; the others one more between this scale and the next.
    const shapes: (readonly [scale: number, ratio: number])[] =
      layer === 0
        ? [
            [0.1, 1],
            [scale, 2],
            [scale, 0.5],
          ]
        : [
            ...aspectRatios.map((ratio) => [scale, ratio] as const),
            [Math.sqrt(scale * scaleOf(layer + 1)), 1],
          ];
    const columns = Math.ceil(width / (FIRST_STRIDE << layer));
    const rows = Math.ceil(height / (FIRST_STRIDE << layer));
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++)
        for (const [s, ratio] of shapes)
          all.push(
            ((x + 0.5) * width) / columns,
            ((y + 0.5) * height) / rows,
            s * Math.sqrt(ratio) * size,
            (s / Math.sqrt(ratio)) * size,
          );
  }
  return Float64Array.from(all);
}

/** Boxes of all anchors whose best class reaches the minimum score. */
export function decode(
  scores: Float32Array,
  boxes: Float32Array,
  anchors: Float64Array,
  { scores: kind, background, boxCoder: [fy, fx, fh, fw] }: Omit<SsdOptions, "anchors">,
  fit: Fit,
  { minScore }: DecodeOptions,
): Detections {
  const found = new Candidates();
  const count = anchors.length / 4;
  const classes = scores.length / count;
  for (let i = 0; i < count; i++) {
    const label = bestClass(scores, i * classes, classes, background);
    if (label < 0) continue;
    const best = scores[i * classes + label]!;
    const score = kind === "logits" ? 1 / (1 + Math.exp(-best)) : best;
    if (score < minScore) continue;
    const aw = anchors[4 * i + 2]!;
    const ah = anchors[4 * i + 3]!;
    const cy = anchors[4 * i + 1]! + (boxes[4 * i]! / fy) * ah;
    const cx = anchors[4 * i]! + (boxes[4 * i + 1]! / fx) * aw;
    const h = Math.exp(boxes[4 * i + 2]! / fh) * ah;
    const w = Math.exp(boxes[4 * i + 3]! / fw) * aw;
    found.add(cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2, score, label);
  }
  return finish(found, fit, usualNms);
}
