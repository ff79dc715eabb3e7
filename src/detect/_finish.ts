/** From the candidates that left a model's graph to detections: checked, without duplicates. */
import { ModelError } from "../errors.js";
import type { Fit } from "../image/index.js";
import type { Outputs, Tensor } from "../onnx/index.js";
import type { Detections } from "../types.js";
import type { Reader } from "./_contract.js";
import { nms } from "./_nms.js";

/** Boxes narrower or lower than this many source pixels are dropped. */
const MIN_SIDE = 1;

/**
 * Detections in source pixels inside the picture, by falling score.
 *
 * @param outputs those of `afterGraph`
 * @param model its name, for messages
 * @param labels how many there are
 * @throws {ModelError} when what the model put out is not finite, or not what its contract says.
 */
export function finish(
  outputs: Outputs,
  reader: Reader,
  fit: Fit,
  model: string,
  labels: number,
): Detections {
  const finite = (outputs.output_finite as Tensor<"int64">).data;
  const broken = reader.outputs.find((_, i) => finite[i] === 0n);
  if (broken)
    throw new ModelError(
      `Cannot use model "${model}": its output "${broken.name}" is not finite (NaN or infinity)`,
    );
  reader.check([...(outputs.output_sizes as Tensor<"int64">).data].map(Number), fit);
  const all = {
    boxes: (outputs.found_boxes as Tensor<"float64">).data,
    scores: (outputs.found_scores as Tensor<"float64">).data,
    classes: Int32Array.from((outputs.found_classes as Tensor<"int64">).data, Number),
  };
  const strange = all.classes.find((label) => label < 0 || label >= labels);
  if (strange !== undefined)
    throw new ModelError(
      `Cannot use model "${model}": expected labels from 0 to ${labels - 1}, got ${strange}`,
    );
  const rows = [...all.scores.keys()].filter((i) => {
    const [x1, y1, x2, y2] = all.boxes.subarray(4 * i, 4 * i + 4) as unknown as [
      number,
      number,
      number,
      number,
    ];
    return x2 - x1 >= MIN_SIDE && y2 - y1 >= MIN_SIDE;
  });
  const large = take(all, rows);
  return take(large, nms(large.boxes, large.scores, large.classes, large.count, reader.suppression));
}

/** Those rows, in that order. */
function take({ boxes, scores, classes }: Omit<Detections, "count">, rows: readonly number[]): Detections {
  return {
    count: rows.length,
    boxes: Float64Array.from({ length: 4 * rows.length }, (_, k) => boxes[4 * rows[k >> 2]! + (k & 3)]!),
    scores: Float64Array.from(rows, (i) => scores[i]!),
    classes: Int32Array.from(rows, (i) => classes[i]!),
  };
}
