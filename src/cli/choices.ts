/**
 * The names that users choose by, and what each stands for. Detectors and embedders are chosen by the names of the
 * cards in models/. Everything is loaded only when it is chosen.
 */
import type { Tracker } from "../types.js";

/** What the options of a tracker may follow from. */
export interface Circumstances {
  /** The least score that was asked for, or is usual for the detector. */
  readonly minScore?: number;
  /** Name of the embedder's card, where there is one. */
  readonly embedder?: string;
}

/** A tracker by name. */
export interface TrackerChoice {
  /** Whether it compares appearances, and so wants pictures and an embedder. */
  readonly usesAppearance: boolean;
  /** Options that are not its defaults; --tracker-option comes before them. */
  readonly usual: (circumstances: Circumstances) => Readonly<Record<string, unknown>>;
  /** The constructor, which checks the options. */
  readonly load: () => Promise<new (options: Readonly<Record<string, unknown>>) => Tracker>;
}

export const trackers: Readonly<Record<string, TrackerChoice>> = {
  sort: {
    usesAppearance: false,
    usual: () => ({}),
    load: async () => (await import("../track/sort.js")).Sort,
  },
  deepsort: {
    usesAppearance: true,
    usual: ({ minScore, embedder = "" }) => ({
      // The scores have been looked at by then; the tracker's own limit is for its paper's detector.
      minConfidence: minScore,
      maxCosineDistance: usualDistances[embedder],
    }),
    load: async () => (await import("../track/deepsort.js")).DeepSort,
  },
};

/** Scores from which a detector is believed: every one has its own scale. */
export const usualScores: Readonly<Record<string, number>> = {
  "nanodet-g": 0.45,
  "nanodet-g-416": 0.45,
};

/** Cosine distances up to which an embedder's vectors may be of one identity: every one has its own scale. */
const usualDistances: Readonly<Record<string, number>> = {
  "mobilenet-hsv-stripes": 0.7,
};
