/**
 * The loop of a run: frames in, tracks out, until the end or Ctrl-C.
 */
import type { Checkpoint } from "../checkpoint/checkpoint.js";
import { InputError } from "../errors.js";
import type { CameraMotion } from "../format/camera.js";
import { HeldFrames } from "../late.js";
import { LookMeans } from "../looks.js";
import { IdSet } from "../math/id-set.js";
import { track } from "../pipeline.js";
import type { Camera, Column, Decision, Frame, FrameTracks, Integrity } from "../types.js";
import type { FrameSource } from "../video/source.js";
import { Clocks } from "./clock.js";
import type { Plan } from "./outputs.js";
import type { Reporter, Summary } from "./reporter.js";
import type { Resume } from "./resume.js";
import type { RunFiles } from "./run-files.js";
import type { OpenStages } from "./stages.js";
import { tellingDecisions } from "./telling.js";

export interface Run {
  readonly plan: Plan;
  readonly source: FrameSource;
  readonly stages: OpenStages;
  readonly files: RunFiles;
  /** Where the run can be gone on with, and perhaps goes on itself. */
  readonly resume: Resume | undefined;
  /** What else is counted, for a later run to go on with. */
  readonly counted: () => Readonly<Record<string, Column>>;
  /** Whether a run that the signal cuts short is left for a later one, rather than finished as it is. */
  readonly leave: boolean;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** What came of it. */
export interface Followed {
  readonly integrity: Integrity;
  /** Index of the last frame, or -1. */
  readonly lastIndex: number;
  readonly frames: number;
  readonly identities: number;
  /** Of work, also in the runs that this one went on from. */
  readonly seconds: number;
}

/**
 * Tracks to the end and finishes the files. Where the signal cut it short they hold what was tracked so far, and say
 * so, unless they are left for a later run; before the first frame nothing is written, and perhaps an older result left
 * alone.
 */
export async function follow(run: Run): Promise<Followed> {
  const { plan, source, stages, files, resume, reporter, signal } = run;
  const from = resume?.from;
  const clocks = new Clocks();
  let identities = fromCheckpoint(plan, () => IdSet.from(from?.ids.identities ?? []));
  const start = performance.now();
  const sinceStart = () => (performance.now() - start) / 1e3;
  const seconds = () => (from?.seconds ?? 0) + sinceStart();
  let { frames, index: lastIndex, time } = from ?? { frames: 0, index: -1, time: 0 };
  let cut = false;
  const held = new HeldFrames(
    stages.tracker.delay,
    from?.held.map(({ decisions: _, ...frame }) => frame),
  );
  /** Of every frame that is not in the files yet. */
  const decided: Decision[][] = (from?.held ?? []).map(({ decisions }) => decisions);
  const looks = files.refines ? new LookMeans() : undefined;
  const tracked = (): { readonly index: number; readonly time: number } => {
    const last = held.frames.at(-1);
    return { index: last?.index ?? lastIndex, time: last?.time ?? time };
  };
  const end = (integrity: Integrity): Followed => ({
    ...{ integrity, lastIndex: tracked().index, frames },
    ...{ identities: identities.size, seconds: seconds() },
  });
  /** What is in the files, and everything that decides how they go on. */
  const position = async (complete?: Integrity): Promise<Omit<Checkpoint, "keys">> => ({
    ...tracked(),
    ...{ frames, seconds: seconds() },
    held: held.frames.map((frame, i) => ({ ...frame, decisions: decided[i] ?? [] })),
    ids: { identities: identities.save(), ...run.counted() },
    tracker: stages.tracker.save(),
    camera: stages.camera?.save?.(),
    looks: looks?.save(),
    files: await files.mark(),
    ...(complete ? { complete } : {}),
  });
  const summarize = (integrity: Integrity): void =>
    reporter.summary({
      input: source.name,
      frames,
      identities: identities.size,
      seconds: seconds(),
      stages: stagesOf(clocks, stages),
      files: files.paths,
      integrity,
    });
  if (from?.complete) {
    await publish(run);
    summarize(from.complete);
    return end(from.complete);
  }

  fromCheckpoint(plan, () => {
    if (from) stages.tracker.restore(from.tracker);
    if (from?.camera) stages.camera?.restore?.(from.camera);
    if (from?.looks) looks?.restore(from.looks);
  });
  const tracker = files.logs ? tellingDecisions(stages.tracker, decided) : stages.tracker;
  const { onDetections } = files;
  const results = track(clocks.frames(from ? after(lastIndex, source) : source), {
    detector: clocks.detector(stages.detector),
    embedder: stages.embedder && clocks.embedder(stages.embedder),
    tracker: clocks.tracker(tracker),
    select: stages.select,
    onDetections: onDetections && ((frame, detections) => onDetections(frame.index, detections)),
    camera: stages.motion ? along(stages.motion, lastIndex) : stages.camera,
    previous: from?.time,
    ...{ held, looks, keepsCues: files.refines },
  });
  const write = async (result: FrameTracks): Promise<void> => {
    await files.write(result, decided.shift() ?? []);
    for (const { id } of result.tracks) identities.add(id);
    frames++;
    lastIndex = result.index;
    time = result.time;
  };
  try {
    for await (const result of results) {
      await write(result);
      reporter.status({
        input: source.name,
        done: frames,
        of: source.frames,
        fps: (frames - (from?.frames ?? 0)) / sinceStart(),
        live: result.tracks.length,
        identities: identities.size,
      });
      if (resume?.isDue()) await resume.save(await position());
      cut = signal.aborted;
      if (cut) break;
    }
  } catch (error) {
    if (!isInterruption(error, signal)) throw error;
    cut = true;
  }
  const read = source.integrity();
  // A terminal's Ctrl-C reaches the decoder too: an early end is then no damage.
  const isCut = signal.aborted && (cut || !read.complete);
  if (isCut && run.leave) {
    if (tracked().index >= 0) await resume?.save(await position());
    return end(interrupted(read, frames));
  }
  for (const result of held.take()) await write(result);
  const integrity = isCut ? interrupted(read, frames) : read;
  if (isCut && frames === 0) return end(integrity);

  const footer = (refined: IdSet | undefined) => {
    identities = refined ?? identities;
    return { identities: identities.size, integrity };
  };
  const sealed = await files.complete(footer, frames);
  // Where there is none yet, a run that is killed now has little to do again.
  if (resume?.exists) await resume.save({ ...(await position(integrity)), files: sealed });
  await publish(run);
  summarize(integrity);
  return end(integrity);
}

async function publish({ files, resume }: Run): Promise<void> {
  await files.publish();
  await resume?.remove();
}

/** Takes something up from a checkpoint. @throws {InputError} where it is not as this program left it */
function fromCheckpoint<T>({ input }: Plan, take: () => T): T {
  try {
    return take();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new InputError(
      `Cannot go on with ${JSON.stringify(input)} from its checkpoint: ${cause.message}; start anew with --no-resume`,
      { cause },
    );
  }
}

/** The frames behind the one with this index. Those before are read all the same: what is damaged in them counts. */
function after(index: number, source: FrameSource): AsyncIterable<Frame> {
  return {
    [Symbol.asyncIterator]: () => {
      const frames = source[Symbol.asyncIterator]();
      return {
        async next() {
          for (;;) {
            const next = await frames.next();
            if (next.done || next.value.index > index) return next;
            next.value.release?.();
          }
        },
        return: async () => (await frames.return?.()) ?? { done: true, value: undefined },
      };
    },
  };
}

/** How the picture moved since the frame that was asked for before, the first time since frame `last`. */
function along(motion: CameraMotion, last: number): Camera {
  let before = last;
  return {
    look({ index }) {
      const moved = motion.between(before, index);
      before = index;
      return () => moved;
    },
  };
}

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
