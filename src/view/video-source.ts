/** What a page is told of a run's video. */
import { stat } from "node:fs/promises";
import type { Report, VideoSource } from "../report/boot.js";
import type { Run } from "../report/run.js";
import type { Folder } from "./folder.js";
import { findVideo } from "./videos.js";

/** A video as browsers take it, or why they do not, in one sentence with what to do. */
export type Described = Omit<VideoSource, "from"> | { readonly noVideo: string };
/** Looks at a video; `tracks` is the file that it belongs to. */
export type Describe = (path: string, of: { readonly tracks: string }) => Promise<Described>;

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

/** The video of a run for its page; `url` is where it will be asked for. */
export async function sourceOf(
  videos: Videos,
  tracks: string,
  { run, url }: { readonly run: Run; readonly url: string },
): Promise<Pick<Report, "video" | "noVideo">> {
  const found = await fileOf(videos, tracks, run);
  if ("noVideo" in found) return found;
  const described = await videos.looks.at(found.path, () => videos.describe(found.path, { tracks }));
  return "noVideo" in described ? described : { video: { ...described, from: { url } } };
}
