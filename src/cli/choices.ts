/**
 * The names that users choose by, and what each stands for. Detectors and embedders are chosen by the names of the
 * cards in models/. Everything is loaded only when it is chosen.
 */
import type { Limits, ResumableTracker } from "../types.js";

/** What the options of a tracker may follow from. */
export interface Circumstances {
  /** The least score that detections have, where one is set. */
  readonly minScore?: number;
  /** Whether the scores are on the scale of the project's own default detector. */
  readonly ownScores: boolean;
}

type Options = Readonly<Record<string, unknown>>;

/** A tracker, ready to be made. */
export interface LoadedTracker {
  /** Checks its options. */
  readonly create: (options: Options) => ResumableTracker & { readonly limits: Limits };
  /** Options beyond the tracker's own defaults; --tracker-option comes before them. */
  readonly usual: (circumstances: Circumstances) => Options;
}

/** A tracker by name. */
export interface TrackerChoice {
  /** Whether it compares appearances: never, where there are pictures to compare, or always. */
  readonly appearance: "never" | "ifPossible" | "always";
  /** Whether it makes something of detections that are hardly one. */
  readonly usesWeak: boolean;
  /** Whether its tracks are put right after the last frame unless told otherwise; published ones stay as published. */
  readonly isRefined: boolean;
  /** Whether it follows the camera. */
  readonly usesCamera: boolean;
  readonly load: () => Promise<LoadedTracker>;
}

export const trackers: Readonly<Record<string, TrackerChoice>> = {
  throughline: {
    appearance: "ifPossible",
    usesWeak: true,
    isRefined: true,
    usesCamera: true,
    load: async () => {
      const { Throughline } = await import("../track/throughline.js");
      return { create: (options) => new Throughline(options), usual: () => ({}) };
    },
  },
  sort: {
    appearance: "never",
    usesWeak: false,
    isRefined: false,
    usesCamera: false,
    load: async () => {
      const { Sort } = await import("../track/sort.js");
      return { create: (options) => new Sort(options), usual: () => ({}) };
    },
  },
  deepsort: {
    appearance: "always",
    usesWeak: false,
    isRefined: false,
    usesCamera: false,
    load: async () => {
      const { DeepSort, recommended } = await import("../track/deepsort.js");
      const { minConfidence: _, newConfidence, ...motion } = recommended;
      return {
        create: (options) => new DeepSort(options),
        // Scores were looked at before; the tracker's own limit is for its paper's detector.
        usual: ({ minScore, ownScores }) => ({
          ...motion,
          minConfidence: minScore,
          newConfidence: ownScores ? newConfidence : undefined,
        }),
      };
    },
  },
  bytetrack: {
    appearance: "never",
    usesWeak: true,
    usesCamera: false,
    isRefined: false,
    load: async () => {
      const { ByteTrack } = await import("../track/bytetrack.js");
      return { create: (options) => new ByteTrack(options), usual: () => ({}) };
    },
  },
  ocsort: {
    appearance: "never",
    usesWeak: false,
    usesCamera: false,
    isRefined: false,
    load: async () => {
      const { OcSort } = await import("../track/ocsort.js");
      return { create: (options) => new OcSort(options), usual: () => ({}) };
    },
  },
  botsort: {
    appearance: "ifPossible",
    usesWeak: true,
    usesCamera: true,
    isRefined: false,
    load: async () => {
      const { BotSort } = await import("../track/botsort.js");
      return { create: (options) => new BotSort(options), usual: () => ({}) };
    },
  },
};

/** Score of the weakest detections that trackers which use weak ones are given. */
export const weakest = 0.1;

/** Scores from which a detector is believed: every one has its own scale. */
export const usualScores: Readonly<Record<string, number>> = {
  "nanodet-g": 0.45,
  "nanodet-g-416": 0.45,
};
