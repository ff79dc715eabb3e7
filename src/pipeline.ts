import type { Detections, Detector, Embedder, Frame, FrameTracks, Tracker } from "./types.js";

/** The stages of one run. Everything is a plain value: see `throughline` for what can be put here. */
export interface Stages {
  readonly detector: Detector;
  readonly tracker: Tracker;
  /** Only asked when a frame has detections. */
  readonly embedder?: Embedder;
  /** Narrows what the detector found before anything else sees it (classes, minimum score). */
  readonly select?: (detections: Detections) => Detections;
  /** Told of every frame after detection; for saving detections or drawing. */
  readonly onDetections?: (frame: Frame, detections: Detections) => void | Promise<void>;
}

/**
 * The whole flow: frames -> detections -> embeddings -> tracks, one result per frame, in order.
 *
 * Pulling is the backpressure: a frame is taken when the previous result was. The detector works on the next
 * frame while the caller deals with this one's result, never further ahead. Leaving the loop early closes
 * `frames`; models and tracker stay the caller's to close.
 *
 * @example
 * for await (const { index, tracks } of track(readVideo("in.mp4"), { detector, embedder, tracker })) {
 *   console.log(index, tracks.map((t) => t.id));
 * }
 */
export async function* track(frames: AsyncIterable<Frame>, stages: Stages): AsyncGenerator<FrameTracks> {
  const { detector, embedder, tracker } = stages;
  let previous: number | undefined;
  for await (const [frame, found] of detected(frames, detector)) {
    const detections = stages.select?.(found) ?? found;
    await stages.onDetections?.(frame, detections);
    const embeddings = detections.count > 0 ? await embedder?.embed(frame, detections.boxes) : undefined;
    frame.release?.();
    const elapsed = previous === undefined ? undefined : frame.time - previous;
    previous = frame.time;
    yield {
      index: frame.index,
      time: frame.time,
      tracks: tracker.update(detections, { embeddings, elapsed }),
    };
  }
}

async function* detected(
  frames: AsyncIterable<Frame>,
  detector: Detector,
): AsyncGenerator<[Frame, Detections]> {
  for await (const frame of frames) yield [frame, await detector.detect(frame)];
}
