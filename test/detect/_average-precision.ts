/** How good detections are: average precision at IoU 0.5, and the share of objects found. */
import { iou } from "../../src/math/boxes.js";
import type { Detections } from "../../src/types.js";

export interface Sample {
  readonly found: Detections;
  /** `[x1, y1, x2, y2]` of every object. */
  readonly truth: Float64Array;
}

export function averagePrecision(samples: readonly Sample[], label: number): { ap: number; recall: number } {
  const all = samples.flatMap(({ found }, sample) =>
    Array.from({ length: found.count }, (_, row) => ({ sample, row, score: found.scores[row]! })).filter(
      ({ row }) => found.classes[row] === label,
    ),
  );
  all.sort((a, b) => b.score - a.score);
  const objects = samples.reduce((n, { truth }) => n + truth.length / 4, 0);
  const taken = samples.map(() => new Set<number>());
  let hits = 0;
  const curve = all.map(({ sample, row }, i) => {
    const { found, truth } = samples[sample]!;
    let best = -1;
    let overlap = 0.5;
    for (let t = 0; t < truth.length / 4; t++) {
      const v = taken[sample]!.has(t) ? 0 : iou(found.boxes, row, truth, t);
      if (v >= overlap) [best, overlap] = [t, v];
    }
    if (best >= 0) {
      taken[sample]!.add(best);
      hits++;
    }
    return { precision: hits / (i + 1), recall: hits / objects };
  });
  let ap = 0;
  let ceiling = 0;
  for (let i = curve.length - 1; i >= 0; i--) {
    ceiling = Math.max(ceiling, curve[i]!.precision);
    ap += ceiling * (curve[i]!.recall - (curve[i - 1]?.recall ?? 0));
  }
  return { ap, recall: hits / objects };
}
