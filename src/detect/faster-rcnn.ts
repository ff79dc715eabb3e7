/**
 * Faster R-CNN of the ONNX model zoo (Ren et al., 2015, https://arxiv.org/abs/1506.01497): suppression is part of the
 * model.
 *
 * Outputs, in this order: boxes float32 [n, 4], x1, y1, x2, y2 in pixels of the input; labels int64 [n]; scores
 * float32 [n].
 * Options of the card: `background` (label that is no class).
 */
import { z } from "zod";
import { ModelError } from "../errors.js";
import type { Fit } from "../image/index.js";
import type { Tensor } from "../onnx/index.js";
import type { Detections } from "../types.js";
import { type Contract, classCount, type DecodeOptions, mismatch, readOptions } from "./_contract.js";
import { Candidates, finish } from "./_finish.js";
import { usualNms } from "./_nms.js";

const optionsSchema = z.strictObject({ background: classCount });

export const fasterRcnn: Contract = (card, model) => {
  const { background } = readOptions(card, optionsSchema);
  const types = model.outputs.map((o) => o.type).join();
  if (types !== "float32,int64,float32")
    throw mismatch(card, model, "outputs boxes float32[n,4], labels int64[n], scores float32[n]");
  return {
    fetch: model.outputs.map((o) => o.name),
    read(outputs, fit, options) {
      const [boxes, labels, scores] = outputs as [Tensor<"float32">, Tensor<"int64">, Tensor<"float32">];
      const count = scores.data.length;
      const wrong = [...labels.data].find((label) => label < 0n || label >= BigInt(card.labels.length));
      if (boxes.data.length !== 4 * count || labels.data.length !== count || wrong !== undefined) {
        const why =
          wrong === undefined
            ? `expected as many boxes and labels as scores (${count}), got ${boxes.data.length / 4} and ${labels.data.length}`
            : `expected labels from 0 to ${card.labels.length - 1}, got ${wrong}`;
        throw new ModelError(`Cannot use model "${model.name}" as "${card.contract}": ${why}`);
      }
      return decode(boxes.data, labels.data, scores.data, background, fit, options);
    },
  };
};

/** The rows that reach the minimum score. The model suppresses per class; across classes it is done here. */
export function decode(
  boxes: Float32Array,
  labels: BigInt64Array,
  scores: Float32Array,
  background: number | undefined,
  fit: Fit,
  { minScore }: DecodeOptions,
): Detections {
  const found = new Candidates();
  for (let i = 0; i < scores.length; i++) {
    const label = Number(labels[i]);
    if (scores[i]! < minScore || label === background) continue;
    found.add(boxes[4 * i]!, boxes[4 * i + 1]!, boxes[4 * i + 2]!, boxes[4 * i + 3]!, scores[i]!, label);
  }
  return finish(found, fit, usualNms);
}
