/** The choice of detections where every place of every level of a pyramid has a score for every class. */
import type { Activation } from "../activations.js";
import type { Network, Tensor } from "../network.js";
import type { Detections } from "./_detector.js";
import type { ChoiceOptions } from "./_heads.js";
import { best, scoresByClass, suppress } from "./_nms.js";

/** Of each level, only so many of the best pairs of place and class take part. */
const CANDIDATES = 1000;

/** What one level says. */
export interface DenseLevel {
  /** float32 [places, classes]: rises with the score. */
  readonly ranks: Tensor;
  /** The scores, 0..1, of some ranks. */
  readonly scored: Activation;
  /** The boxes [n, 4] of some places, int64 [n]. */
  readonly boxesAt: (places: Tensor) => Tensor;
}

/** Detections of all levels. Labels are the places of the classes. */
export function chooseDense(
  g: Network,
  levels: readonly DenseLevel[],
  classes: number,
  { minScore, nms, most }: ChoiceOptions,
): Detections {
  const found = levels.map(({ ranks, scored, boxesAt }) => {
    const pairs = g.op("Reshape", [ranks, g.ints([-1])], [`${ranks.name}.pairs`]);
    const { values, places } = best(g, pairs, CANDIDATES);
    return {
      boxes: boxesAt(g.op("Div", [places, g.ints(classes)], places.shape)),
      labels: g.op("Mod", [places, g.ints(classes)], places.shape),
      scores: scored(g, values),
    };
  });
  const n = `${g.path("candidates")}.n`;
  const join = (values: readonly Tensor[]): Tensor =>
    g.op("Concat", values, [n, ...values[0]!.shape.slice(1)], { attributes: { axis: 0 } });
  const boxes = join(found.map((f) => f.boxes));
  const scores = join(found.map((f) => f.scores));
  const labels = join(found.map((f) => f.labels));
  return suppress(
    g,
    g.op("Unsqueeze", [boxes, g.ints([0])], [1, n, 4]),
    scoresByClass(g, scores, labels, classes),
    { iou: nms, minScore, most },
  );
}
