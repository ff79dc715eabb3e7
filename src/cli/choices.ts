/**
 * The names that users choose by, and what each stands for. Detectors and embedders are chosen by the names of the
 * cards in models/. Everything is loaded only when it is chosen.
 */
import type { Tracker } from "../types.js";

/** A tracker by name. */
export interface TrackerChoice {
  readonly about: string;
  /** Whether it compares appearances, and so wants pictures and an embedder. */
  readonly usesAppearance: boolean;
  /** The constructor, which checks the options. */
  load(): Promise<new (options: Readonly<Record<string, unknown>>) => Tracker>;
}

export const trackers: Readonly<Record<string, TrackerChoice>> = {
  sort: {
    about: "motion only: needs no pictures, fastest",
    usesAppearance: false,
    load: async () => (await import("../track/sort.js")).Sort,
  },
  deepsort: {
    about: "motion and appearance: identities survive occlusion",
    usesAppearance: true,
    load: async () => (await import(String("../track/deepsort.js"))).DeepSort,
  },
};
