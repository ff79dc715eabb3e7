/**
 * The loop of a run: frames in, tracks out, until the end or Ctrl-C.
 */
import type { DecisionsFile } from "../format/decisions.js";
import type { DetectionsFile } from "../format/detections.js";
import type { TrackFiles } from "../format/files.js";
import { track } from "../pipeline.js";
import type { Decision, Integrity, Tracker } from "../types.js";
import type { FrameSource } from "../video/source.js";
import { Clocks } from "./clock.js";
import type { Plan } from "./outputs.js";
import type { Reporter, Summary } from "./reporter.js";
import type { OpenStages } from "./stages.js";

export interface Run {
  readonly plan: Plan;
  readonly source: FrameSource;
  readonly stages: OpenStages;
  readonly files: TrackFiles;
  readonly saved: DetectionsFile | undefined;
  /** Where the tracker's decisions go. */
  readonly log: DecisionsFile | undefined;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** What came of it. */
export interface Followed {
  readonly integrity: Integrity;
  /** Index of the last frame, or -1. */
  readonly lastIndex: number;
}

/**
 * Tracks to the end and finishes the files. Where the signal cut it short they hold what was tracked so far, and say
 * so; before the first frame nothing is written, and perhaps an older result left alone.
 */
export async function follow({
  plan,
  source,
  stages,
  files,
  saved,
  log,
  reporter,
  signal,
}: Run): Promise<Followed> {
  const clocks = new Clocks();
  const identities = new Set<number>();
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1e3;
  let frames = 0;
  let lastIndex = -1;
  let cut = false;
  let decisions: Decision[] = [];
  const tracker = log ? telling(stages.tracker, (decision) => decisions.push(decision)) : stages.tracker;
  const results = track(clocks.frames(source), {
    detector: clocks.detector(stages.detector),
    embedder: stages.embedder && clocks.embedder(stages.embedder),
    tracker: clocks.tracker(tracker),
    select: stages.select,
    onDetections: saved && ((frame, detections) => saved.write(frame.index, detections)),
  });
  try {
    for await (const result of results) {
      await files.write(result);
      await log?.write({ index: result.index, time: result.time, decisions });
      decisions = [];
      for (const { id } of result.tracks) identities.add(id);
      frames++;
      lastIndex = result.index;
      const status = { done: frames, of: source.frames, fps: frames / seconds() };
      reporter.status({
        input: plan.input,
        ...status,
        live: result.tracks.length,
        identities: identities.size,
      });
      cut = signal.aborted;
      if (cut) break;
    }
  } catch (error) {
    if (!isInterruption(error, signal)) throw error;
    cut = true;
  }
  const read = source.integrity();
  // A terminal's Ctrl-C reaches the decoder too: an early end is then no damage.
  const integrity = signal.aborted && (cut || !read.complete) ? interrupted(read, frames) : read;
  if (integrity.interrupted && frames === 0) return { integrity, lastIndex };

  await files.finish({ identities: identities.size, integrity });
  await saved?.finish();
  await log?.finish();
  reporter.summary({
    input: plan.input,
    frames,
    identities: identities.size,
    seconds: seconds(),
    stages: stagesOf(clocks, stages),
    files: [...files.paths, plan.saveDetections, plan.explain].filter((path) => path !== undefined),
    integrity,
  });
  return { integrity, lastIndex };
}

/** A tracker whose decisions are told to `onDecision`. */
const telling = (tracker: Tracker, onDecision: (decision: Decision) => void): Tracker => ({
  update: (detections, cues) => tracker.update(detections, { ...cues, onDecision }),
});

/** Whether an error only says that the signal was given. */
export function isInterruption(error: unknown, signal: AbortSignal): boolean {
  const { cause } = error instanceof Error ? error : {};
  return signal.aborted && (error === signal.reason || cause === signal.reason);
}

const interrupted = (integrity: Integrity, frames: number): Integrity => ({
  ...integrity,
  complete: false,
  frames,
  // What was not read for lack of time is not damaged.
  damage: integrity.damage.filter(({ kind }) => kind !== "missing"),
  interrupted: true,
});

function stagesOf(clocks: Clocks, { stored, embedder }: OpenStages): Summary["stages"] {
  const { decode, detect, embed, track } = clocks;
  return [
    { name: "decode", ...decode },
    ...(stored ? [] : [{ name: "detect", ...detect }]),
    ...(embedder ? [{ name: "embed", ...embed }] : []),
    { name: "track", ...track },
  ];
}
