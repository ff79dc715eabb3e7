import { type Kept, keptOf } from "./kept.js";
import { HeldFrames } from "./late.js";
import { embedStrong } from "./strong.js";
import type { Camera, Detections, Detector, Embedder, Frame, FrameTracks, Tracker } from "./types.js";

/** The stages of one run. Everything is a plain value: see `throughline` for what can be put here. */
export interface Stages extends Kept {
  readonly detector: Detector;
  readonly tracker: Tracker;
  /** Only asked when a frame has detections. */
  readonly embedder?: Embedder;
  /** Narrows what the detector found before anything else sees it (classes, minimum score). */
  readonly select?: (detections: Detections) => Detections;
  /** Told of every frame's selected detections, while its pixels are here; for saving or drawing. */
  readonly onDetections?: (frame: Frame, detections: Detections) => void | Promise<void>;
  /** Tells how the picture moved since the frame that was tracked before. */
  readonly camera?: Camera;
  /** Time of the frame before the first, where the tracker goes on from a saved state. */
  readonly previous?: number;
  /** Where frames wait for late tracks; those that are left in it after the last frame are the caller's. */
  readonly held?: HeldFrames;
}

/**
 * The whole flow: frames -> detections -> embeddings -> tracks, one result per frame, in order. Pulling is the
 * backpressure: the detector already works on the next frame while this one is tracked and the caller deals with the
 * result, and never further ahead. Leaving the loop early closes `frames`; models and tracker stay the caller's.
 * @example for await (const { index, tracks } of track(frames, { detector, tracker })) console.log(index, tracks.length);
 */
export async function* track(frames: AsyncIterable<Frame>, stages: Stages): AsyncGenerator<FrameTracks> {
  const { detector, embedder, tracker, select = (all) => all, held = new HeldFrames(tracker.delay) } = stages;
  const source = frames[Symbol.asyncIterator]();
  const detectNext = async () => {
    const next = await source.next();
    const motion = next.done ? undefined : stages.camera?.look(next.value);
    return next.done ? undefined : ([next.value, select(await detector.detect(next.value)), motion] as const);
  };
  let { previous } = stages;
  let ahead = detectNext();
  try {
    for (let now = await ahead; now; now = await ahead) {
      const [frame, detections, motion] = now;
      await stages.onDetections?.(frame, detections);
      // Asked for before the next detection, so that a model thread serving both takes it first.
      const embedding = embedStrong(embedder, frame, detections, tracker.looksFrom);
      ahead = detectNext();
      ahead.catch(() => {}); // awaited above
      const [embeddings, camera] = await Promise.all([embedding, motion?.(detections)]);
      frame.release?.();
      const elapsed = previous === undefined ? undefined : frame.time - previous;
      previous = frame.time;
      const onLook = stages.looks?.onLook;
      const tracks = tracker.update(detections, { embeddings, elapsed, camera, onLate: held.onLate, onLook });
      const kept = keptOf(stages, detections, tracks, camera, tracker.looksFrom);
      yield* held.push({ index: frame.index, time: frame.time, tracks, ...kept });
    }
    if (!stages.held) yield* held.take();
  } finally {
    await source.return?.();
    await ahead.catch(() => {});
  }
}
