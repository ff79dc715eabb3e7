import type { Detections, Embedder, Embeddings, Frame } from "./types.js";

/**
 * Describes the detections with a score from `from` on, where there are any; the others get a vector of zeros, which stands for nothing
 * seen. A frame may have ten times as many weak detections as strong ones, and few trackers look at those.
 */
export async function embedStrong(
  embedder: Embedder | undefined,
  frame: Frame,
  { count, boxes, scores }: Detections,
  from = Number.NEGATIVE_INFINITY,
): Promise<Embeddings | undefined> {
  if (!embedder || count === 0) return undefined;
  const rows: number[] = [];
  for (let i = 0; i < count; i++) if (scores[i]! >= from) rows.push(i);
  if (rows.length === count) return embedder.embed(frame, boxes);
  const { dim } = embedder;
  const data = new Float32Array(count * dim);
  if (rows.length > 0) {
    const chosen = new Float64Array(4 * rows.length);
    rows.forEach((row, i) => {
      chosen.set(boxes.subarray(4 * row, 4 * row + 4), 4 * i);
    });
    const strong = await embedder.embed(frame, chosen);
    rows.forEach((row, i) => {
      data.set(strong.data.subarray(i * dim, (i + 1) * dim), row * dim);
    });
  }
  return { count, dim, data };
}
