/** Non-maximum suppression and the choice of the best, inside a graph. */
import type { Network, Tensor } from "../network.js";

/** Boxes that were chosen, the best first. */
export interface Found {
  /** float32 [n, 4]. */
  readonly boxes: Tensor;
  /** int64 [n]. */
  readonly labels: Tensor;
  /** float32 [n]. */
  readonly scores: Tensor;
}

/** How boxes suppress each other. */
export interface SuppressOptions {
  /** A box goes when it overlaps a better one of its class by more than this IoU. */
  readonly iou: number;
  /** Only scores above this take part. */
  readonly minScore: number;
  /** At most so many are kept. */
  readonly most: number;
  /** Added to the place of the class. @default 0 */
  readonly firstLabel?: number;
}

/**
 * The best boxes after each class has suppressed its own, sorted by score. The label is the place of the class.
 *
 * `boxes` [1, n, 4] with `scores` [1, classes, n] where classes share the boxes, [classes, n, 4] with [classes, 1, n]
 * where each has its own.
 */
export function suppress(
  g: Network,
  boxes: Tensor,
  scores: Tensor,
  { iou, minScore, most, firstLabel = 0 }: SuppressOptions,
): Found {
  const count = `${g.path("suppress")}.n`;
  // Rows (batch, class, box). A class never gives more than `most`, so more of it are not looked for.
  const kept = g.op(
    "NonMaxSuppression",
    [boxes, scores, g.ints([most]), g.floats([iou]), g.floats([minScore])],
    [count, 3],
    { name: "nms" },
  );
  const all = g.op("GatherND", [scores, kept], [count]);
  const { values, places } = best(g, all, most);
  const rows = g.op("Gather", [kept, places], [places.shape[0]!, 3], { attributes: { axis: 0 } });
  const [batch, group, box] = g.opMany(
    "Split",
    [rows, g.ints([1, 1, 1])],
    [0, 1, 2].map(() => [rows.shape[0]!, 1]),
    { attributes: { axis: 1 } },
  ) as [Tensor, Tensor, Tensor];
  const where = g.op("Concat", [batch, box], [rows.shape[0]!, 2], { attributes: { axis: 1 } });
  // One of batch and class is 0: the other is the label.
  const column = g.op("Add", [g.op("Add", [batch, group], batch.shape), g.ints(firstLabel)], batch.shape);
  return {
    boxes: g.op("GatherND", [boxes, where], [rows.shape[0]!, 4], { name: "kept" }),
    labels: g.op("Squeeze", [column, g.ints([1])], [rows.shape[0]!]),
    scores: values,
  };
}

/** The at most `most` largest of `scores` [n], the largest first, and where they are. */
export function best(g: Network, scores: Tensor, most: number): { values: Tensor; places: Tensor } {
  const there = g.op("Shape", [scores], [1]);
  const count = g.op("Min", [there, g.ints([most])], [1]);
  const shape = [`${g.path("best")}.n`];
  const [values, places] = g.opMany("TopK", [scores, count], [shape, shape], { name: "best" });
  return { values: values!, places: places! };
}

/** Rows of x [n, ...] in another order, or some of them. */
export const rowsAt = (g: Network, x: Tensor, places: Tensor, name?: string): Tensor =>
  g.op("Gather", [x, places], [places.shape[0]!, ...x.shape.slice(1)], {
    ...(name && { name }),
    attributes: { axis: 0 },
  });

/**
 * Scores of labelled boxes as `suppress` wants them: [1, classes, n], with -1 for every class but the box's own.
 * `scores` [n], `labels` int64 [n], counted from 0.
 */
export function scoresByClass(g: Network, scores: Tensor, labels: Tensor, classes: number): Tensor {
  const shape = [classes, scores.shape[0]!];
  const own = g.op(
    "Equal",
    [labels, g.op("Unsqueeze", [g.ints(range(classes)), g.ints([1])], [classes, 1])],
    shape,
  );
  const spread = g.op("Where", [own, scores, g.floats(-1)], shape);
  return g.op("Unsqueeze", [spread, g.ints([0])], [1, ...shape]);
}

const range = (n: number): number[] => Array.from({ length: n }, (_, k) => k);
