/** What a page is told of a run's video. */
import { stat } from "node:fs/promises";
import type { Report, VideoSource } from "../report/boot.js";
import type { Run } from "../report/run.js";
import type { Folder } from "./folder.js";
import type { OpenRun } from "./loaded.js";
import type { Makings } from "./makings.js";
import { Refusal } from "./refusal.js";
import { findVideo } from "./videos.js";

/** A video as browsers take it, or why they do not, in one sentence. */
export type Described =
  | (Omit<VideoSource, "from"> & {
      /** Whether a browser may have trouble with so much of it. */
      readonly isLarge?: boolean;
    })
  | {
      readonly noVideo: string;
      /** Whether a copy could be played. */
      readonly canCopy?: boolean;
    };
/** Looks at a video, or at the copy that was made of it. */
export type Describe = (path: string, copy?: string) => Promise<Described>;

/** What was found out about videos, for as long as they are as they were: that takes a decoder a while. */
export class Looks {
  readonly #known = new Map<string, { readonly key: string; readonly described: Promise<Described> }>();

  async at(path: string, look: () => Promise<Described>): Promise<Described> {
    const { size, mtimeMs } = await stat(path);
    const key = `${size} ${mtimeMs}`;
    const before = this.#known.get(path);
    if (before?.key === key) return before.described;
    const described = look();
    this.#known.set(path, { key, described });
    // What failed may work the next time.
    described.then(
      (value) => "noVideo" in value && this.#known.delete(path),
      () => this.#known.delete(path),
    );
    return described;
  }
}

/** Where the videos are. */
export interface Videos {
  readonly looks: Looks;
  readonly folder: Folder;
  readonly describe: Describe;
  readonly makings: Makings;
  readonly token: string;
  readonly video?: string;
  readonly videoOf?: string;
}

/** The file of a run's video; undefined where there is none. */
export function fileOf(videos: Videos, tracks: string, { input }: Run) {
  const { folder, video, videoOf } = videos;
  return findVideo(folder, tracks, {
    ...{ input, given: video },
    isForThis: videoOf !== undefined && folder.nameOf(tracks) === videoOf,
  });
}

/** @throws {Refusal} there is none */
export async function pathOf(videos: Videos, { path, run }: OpenRun): Promise<string> {
  const found = await fileOf(videos, path, run);
  if ("noVideo" in found) throw new Refusal(404, found.noVideo);
  return found.path;
}

/** The video of a run for its page, which knows the run by `name`, as it stands in addresses. */
export async function sourceOf(
  videos: Videos,
  { path: tracks, run }: OpenRun,
  name: string,
): Promise<Pick<Report, "video" | "noVideo" | "makeable">> {
  const { looks, describe, makings, token } = videos;
  const found = await fileOf(videos, tracks, run);
  if ("noVideo" in found) return found;
  const { path } = found;
  const described = await looks.at(path, () => describe(path));
  const strips = { url: `/make/strips/${name}`, each: `/strips/${name}` };
  const copyAs = (why: "unplayable" | "large") => ({ url: `/make/copy/${name}`, why });
  if (!("noVideo" in described)) {
    const { isLarge, ...video } = described;
    const makeable = { token, strips, ...(isLarge && { copy: copyAs("large") }) };
    return { video: { ...video, from: { url: `/video/${name}` } }, makeable };
  }
  const { noVideo, canCopy } = described;
  if (!canCopy) return { noVideo };
  const copy = await makings.copyOf(path);
  const video = copy && (await copySource(videos, { path, copy, name }).catch(() => undefined));
  if (video) return { video, makeable: { token, strips } };
  return { noVideo, makeable: { token, strips, copy: copyAs("unplayable") } };
}

/** The copy of a video for a page. @throws {Error} a browser does not play it either */
export async function copySource(
  { looks, describe }: Videos,
  { path, copy, name }: { readonly path: string; readonly copy: string; readonly name: string },
): Promise<VideoSource> {
  const described = await looks.at(copy, () => describe(path, copy));
  if ("noVideo" in described) throw new Error(described.noVideo);
  const { isLarge: _, ...video } = described;
  return { ...video, from: { url: `/video/${name}?copy` } };
}
