import type { LookMeans } from "./looks.js";
import type { Affine, Detections, FrameTracks, Track, Unused } from "./types.js";

/** What frames carry for `refine` besides tracks. */
export interface Kept {
  /** Where looks of tracks are collected: frames then carry them. */
  readonly looks?: LookMeans;
  /** Whether frames carry good detections that no track took, and how the picture moved. @default false */
  readonly keepsCues?: boolean;
}

/** What one frame carries. Detections with a score from `from` on are good. */
export function keptOf(
  { looks, keepsCues }: Kept,
  detections: Detections,
  tracks: readonly Track[],
  camera: Affine | undefined,
  from?: number,
): Pick<FrameTracks, "looks" | "unused" | "camera"> {
  const means = looks?.next();
  if (!keepsCues) return means ? { looks: means } : {};
  const unused = unusedOf(detections, tracks, from);
  return { ...(means && { looks: means }), unused, ...(camera && { camera }) };
}

/** A frame may have ten times as many weaker ones, which tell nothing of where a track began. */
function unusedOf(
  { count, boxes, scores, classes }: Detections,
  tracks: readonly Track[],
  from = Number.NEGATIVE_INFINITY,
): Unused {
  const taken = new Set(tracks.map(({ detection }) => detection));
  const numbers: number[] = [];
  for (let row = 0; row < count; row++)
    if (scores[row]! >= from && !taken.has(row))
      numbers.push(row, ...boxes.subarray(4 * row, 4 * row + 4), scores[row]!, classes[row]!);
  return Float64Array.from(numbers);
}
