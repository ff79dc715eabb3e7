/** The video of a run: the one that its tracks name, inside the folder or where the person who started us said. */
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Folder } from "./folder.js";

/** A video that may be served, or why there is none, in one sentence with what to do. */
export type FoundVideo = { readonly path: string } | { readonly noVideo: string };

/**
 * @param tracks the tracks file, absolute
 * @param input as the tracks name it
 * @param given what was named beside the folder: a video, or a folder of videos; `isForThis` where the video is this
 *   run's, whatever it is called
 */
export async function findVideo(
  folder: Folder,
  tracks: string,
  {
    input,
    given,
    isForThis = false,
  }: { readonly input: string; readonly given?: string; readonly isForThis?: boolean },
): Promise<FoundVideo> {
  const name = basename(input.replaceAll("\\", "/"));
  if (given !== undefined) {
    const place = await stat(given).catch(() => undefined);
    const path = await realpath(place?.isDirectory() ? join(given, name) : given).catch(() => undefined);
    if (path !== undefined && (place?.isDirectory() || isForThis || basename(given) === name))
      return { path };
  }
  // Relative to where the run was started, which is often the folder or beside its results.
  const places = [resolve(folder.path, input), resolve(dirname(tracks), input)];
  for (const other of [dirname(tracks), dirname(dirname(tracks)), folder.path])
    places.push(join(other, name));
  for (const place of places) {
    const path = await folder.realFile(place);
    if (path !== undefined) return { path };
  }
  const quoted = JSON.stringify(input);
  const isElsewhere = await stat(input).then(
    (found) => found.isFile(),
    () => false,
  );
  return {
    noVideo: isElsewhere
      ? `The video ${quoted} is outside of the folder that is viewed. End track view and start it again with --video ${JSON.stringify(input)}`
      : `The video ${quoted} is not here. End track view and start it again with --video and where it is`,
  };
}
