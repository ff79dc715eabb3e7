/**
 * All files of one run, made together: tracks, and where asked for detections, the tracker's decisions and counts.
 */
import type { Counter } from "../count/index.js";
import { type CountsFile, openCountsFile } from "../format/counts.js";
import { type DecisionsFile, openDecisionsFile } from "../format/decisions.js";
import { type DetectionsFile, openDetectionsFile } from "../format/detections.js";
import { openTrackFiles, type TrackFilesOptions } from "../format/files.js";
import { IdSet } from "../math/id-set.js";
import type { Decision, Detections, FrameTracks, Limits, TracksFooter, TracksHeader } from "../types.js";
import { type Plan, writtenBy } from "./outputs.js";
import { openRefined } from "./refined-files.js";

/** How much of a file is on the disk, and its checksum. */
export type Mark = NonNullable<TrackFilesOptions["from"]>[number];

/** What stands at the heads of the files. */
export interface Heads {
  readonly header: TracksHeader;
  readonly limits: Limits;
}

/** What counts the tracks as they are written. */
export interface Counting {
  readonly counter: Counter;
  readonly zones: Readonly<Record<string, unknown>>;
}

export interface RunFiles {
  readonly paths: readonly string[];
  readonly temporary: readonly string[];
  /** Whether the tracker's decisions are wanted. */
  readonly logs: boolean;
  /** Whether tracks are put right after the last frame, and what that needs besides them is wanted. */
  readonly refines: boolean;
  readonly onDetections: ((index: number, detections: Detections) => Promise<void>) | undefined;
  write(frame: FrameTracks, decisions: readonly Decision[]): Promise<void>;
  /** Makes everything durable that was written so far; how much that is of each file. */
  mark(): Promise<Mark[]>;
  /**
   * Writes what is missing; everything is on the disk, without its name. `frames` were tracked. The footer is asked for
   * with the identities that come out, where these are known only now.
   */
  complete(footer: (refined: IdSet | undefined) => TracksFooter, frames: number): Promise<Mark[]>;
  /** Gives the files their names. */
  publish(): Promise<void>;
  /** Leaves everything to a later run. */
  keep(): Promise<void>;
  /** Takes back what was not published and is not kept. Always called at the end. */
  discard(): Promise<void>;
}

/** @throws {OutputError} {InputError} {RangeError} as the files' own functions; nothing is open then. */
export async function openRunFiles(
  plan: Plan,
  { header, limits }: Heads,
  options: Pick<TrackFilesOptions, "formats" | "inputs" | "lasting" | "from"> & {
    readonly counting?: Counting;
    /** Whether tracks are put right after the last frame, and only then written. */
    readonly refines: boolean;
  },
): Promise<RunFiles> {
  const { outputs, saveDetections, explain, counts } = plan;
  const { inputs, lasting, from, counting, refines } = options;
  const count = refines ? 1 : outputs.length;
  const partOf = (begin: number, length: number) => ({
    ...{ inputs, lasting },
    from: from?.slice(begin, begin + length),
  });
  const trackOptions = { ...options, ...partOf(0, count) };
  const refined = refines ? await openRefined(outputs, header, trackOptions) : undefined;
  const tracks = refined ?? (await openTrackFiles(outputs, header, trackOptions));
  let saved: DetectionsFile | undefined;
  let log: DecisionsFile | undefined;
  let counted: CountsFile | undefined;
  const all = () => [tracks, ...[saved, log, counted].filter((file) => file !== undefined)];
  /** Where the mark of the next file is, all files of tracks being one draft. */
  const next = () => count + all().length - 1;
  const discard = async () => {
    for (const files of all()) await files.discard();
  };
  const keep = async () => {
    for (const files of all()) await files.keep();
  };
  try {
    if (saveDetections !== undefined)
      saved = await openDetectionsFile(saveDetections, header.labels, partOf(count, 1));
    const { input, run, labels } = header;
    if (explain !== undefined)
      log = await openDecisionsFile(explain, { input, run, limits }, partOf(next(), 1));
    if (counts !== undefined && counting) {
      const { counter, zones } = counting;
      const options = { ...partOf(next(), 1), minutes: counter.minutes };
      counted = await openCountsFile(counts, { input, zones, labels }, options);
    }
  } catch (error) {
    await (from ? keep() : discard());
    throw error;
  }
  const marks = async (act: (files: ReturnType<typeof all>[number]) => Promise<readonly Mark[]>) => {
    const found: Mark[] = [];
    for (const files of all()) found.push(...(await act(files)));
    return found;
  };
  const account = async (frame: FrameTracks) => {
    const certain = counting?.counter.update(frame);
    if (certain) await counted?.write(certain);
  };
  return {
    paths: writtenBy(plan),
    get temporary() {
      return all().flatMap((files) => files.temporary);
    },
    logs: log !== undefined,
    refines,
    onDetections: saved && ((index, detections) => saved!.write(index, detections)),
    async write(frame, decisions) {
      await tracks.write(frame);
      await log?.write({ index: frame.index, time: frame.time, decisions });
      if (!refined) await account(frame);
    },
    mark: () => marks((files) => files.mark()),
    async complete(footer, frames) {
      const identities = refined && new IdSet();
      await refined?.rewrite(async (frame) => {
        for (const { id } of frame.tracks) identities?.add(id);
        await account(frame);
      });
      const last = counting?.counter.end();
      const totals = counting?.counter.totals;
      await tracks.end({ ...footer(identities), counts: totals });
      await log?.end(frames);
      if (last && totals) await counted?.end(last, totals);
      return marks((files) => files.seal());
    },
    async publish() {
      for (const files of all()) await files.publish();
    },
    keep,
    discard,
  };
}
