/** How the player shows things: what its buttons switch, and what its parts share. */
import { computed, signal } from "@preact/signals";
import { report, run } from "../state.js";
import { usualStep } from "./pictures.js";

export const showsLabels = signal(true);
/** Frames that a trail goes back; none where 0. */
export const trail = signal(0);
export const showsSelectedOnly = signal(false);
/** Whether playing begins anew at the end, of the picked identity where there is one. */
export const loops = signal(false);
export const showsHelp = signal(false);

/** The frame whose picture is on the screen; undefined where that picture is none of the run's. */
export const shown = signal<number | undefined>(0);
/** Whether there is a picture behind the boxes now. */
export const hasPicture = signal(false);
/** Why there is no picture, and what to do. */
export const whyNoPicture = signal<string | undefined>(undefined);
/** Pixels of the video as the browser has it. */
export const videoSize = signal<{ readonly width: number; readonly height: number } | undefined>(undefined);

/** Frames of the input from one frame of the run to the next, usually. */
export const step = computed(() => usualStep(run.value));

/** Pixels that boxes are told in. */
export const size = computed(() => {
  const { width, height, box } = run.value;
  if (width > 0 && height > 0) return { width, height };
  const { video } = report.value;
  if (video) return { width: video.width, height: video.height };
  // Formats without a size: as large as the boxes need.
  let [right, bottom] = [1, 1];
  for (let at = 0; at < box.length; at += 4) {
    right = Math.max(right, box[at + 2]! / 100);
    bottom = Math.max(bottom, box[at + 3]! / 100);
  }
  return { width: Math.ceil(right), height: Math.ceil(bottom) };
});
