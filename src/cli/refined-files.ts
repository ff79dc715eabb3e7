/**
 * Tracks files that are written after the last frame: until then the tracks are in a draft beside them, which is read
 * twice to put right what the tracker could not know (offline mode).
 */
import { beside } from "../format/beside.js";
import { draft as draftFormat, readDraft } from "../format/draft.js";
import { findOutputs, openTrackFiles, type TrackFiles, type TrackFilesOptions } from "../format/files.js";
import { refine } from "../refine/index.js";
import type { FrameTracks, TracksHeader } from "../types.js";

/** Tracks files whose frames are known at the end. */
export interface RefinedFiles extends Omit<TrackFiles, "finish"> {
  /** Writes all frames as they come out; `account` is told each of them. */
  rewrite(account: (frame: FrameTracks) => Promise<void>): Promise<void>;
}

/** Opens the draft, or goes on with it. What `mark` tells until the frames are rewritten is the draft's. */
export async function openRefined(
  outputs: readonly string[],
  header: TracksHeader,
  options: TrackFilesOptions,
): Promise<RefinedFiles> {
  const { inputs, lasting, formats } = options;
  const [first] = await findOutputs(outputs);
  const draftPath = beside(first!.identity, "draft");
  const draft = await openTrackFiles([draftPath], header, {
    ...{ lasting, inputs, from: options.from },
    formats: [draftFormat],
  });
  let files: TrackFiles | undefined;
  let isSealed = false;
  return {
    paths: outputs,
    get temporary() {
      return [...draft.temporary, ...(files?.temporary ?? [])];
    },
    write: (frame) => draft.write(frame),
    mark: () => draft.mark(),
    async rewrite(account) {
      await draft.mark();
      const [path] = draft.temporary;
      files = await openTrackFiles(outputs, header, { inputs, lasting, formats });
      for await (const frame of refine(() => readDraft(path!))) {
        await account(frame);
        await files.write(frame);
      }
    },
    end: (footer) => files!.end(footer),
    async seal() {
      const marks = await files!.seal();
      isSealed = true;
      return marks;
    },
    async publish() {
      await files!.publish();
      await draft.discard();
    },
    // Before the seal a later run goes on with the draft, after it with the files themselves.
    async keep() {
      await (isSealed ? draft.discard() : draft.keep());
      await (isSealed ? files?.keep() : files?.discard());
    },
    async discard() {
      await draft.discard();
      await files?.discard();
    },
  };
}
