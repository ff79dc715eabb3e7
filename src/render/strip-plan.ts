/**
 * What film strips are made of: which pictures of which identities, and how large. Plain data, which threads can hand on.
 */
import type { FrameTracks } from "../types.js";
import { type Picks, pickPictures } from "./_pick.js";

/** The pictures that are wanted. */
export interface StripPlan extends Picks {
  /** Pixels of each picture. */
  readonly width: number;
  readonly height: number;
  /** Of the JPEGs, from 1 to 100. */
  readonly quality: number;
}

/** How many pictures there are for each identity, and how large: less of each where there are many. */
const SIZES = [
  { identities: 120, most: 12, pixels: 96 * 144, quality: 78 },
  { identities: 1200, most: 12, pixels: 64 * 96, quality: 72 },
  { identities: 4000, most: 6, pixels: 56 * 84, quality: 68 },
  { identities: Number.POSITIVE_INFINITY, most: 3, pixels: 48 * 72, quality: 64 },
] as const;
/** Frames to decode in all: ffmpeg is told their numbers. */
const MOST_FRAMES = 5000;
/** Of the cell, width by height: people are slim, cars wide. */
const ASPECT = { least: 0.5, most: 1.5 };

/** Chooses the pictures of all identities. */
export function planStrips(frames: readonly FrameTracks[]): StripPlan {
  const identities = new Set(frames.flatMap(({ tracks }) => tracks.map(({ id }) => id))).size;
  const { most, pixels, quality } = SIZES.find((one) => identities <= one.identities)!;
  const aspect = Math.min(ASPECT.most, Math.max(ASPECT.least, medianAspect(frames)));
  const width = Math.round(Math.sqrt(pixels * aspect));
  return { ...pickFew(frames, most), width, height: Math.round(pixels / width), quality };
}

/** Fewer pictures, and more of them from the same frames, until there are few enough frames to decode. */
function pickFew(frames: readonly FrameTracks[], most: number): Picks {
  for (let coarse = 1; ; coarse *= 2) {
    const count = Math.max(1, Math.ceil(most / coarse));
    const multipleOf = (life: number) => coarse * 2 ** Math.max(0, Math.floor(Math.log2(life / (2 * count))));
    const picks = pickPictures(frames, { most: count, best: { multipleOf } });
    if (picks.wanted.size <= MOST_FRAMES) return picks;
    if (coarse < 64) continue;
    // Lives of a few frames each, thousands of them: every so many of the frames has to do.
    const kept = [...picks.wanted].sort(([a], [b]) => a - b);
    const step = Math.ceil(kept.length / MOST_FRAMES);
    const wanted = new Map(kept.filter((_, i) => i % step === 0));
    const counts = new Map<number, number>();
    for (const picked of wanted.values())
      for (const { id } of picked) counts.set(id, (counts.get(id) ?? 0) + 1);
    return { wanted, counts };
  }
}

function medianAspect(frames: readonly FrameTracks[]): number {
  const aspects: number[] = [];
  const step = Math.ceil(frames.length / 1000);
  for (let at = 0; at < frames.length; at += step)
    for (const { box } of frames[at]!.tracks) aspects.push((box[2] - box[0]) / (box[3] - box[1]));
  const found = aspects.filter((aspect) => aspect > 0 && Number.isFinite(aspect)).sort((a, b) => a - b);
  return found[found.length >> 1] ?? 1;
}
