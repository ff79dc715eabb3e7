/**
 * What `track view` needs of tracks and videos to show them.
 */
import { basename } from "node:path";
import { toRun } from "../report/run.js";
import type { Ffmpeg } from "../video/find.js";
import { openInput } from "../video/input.js";
import { firstTime, lookForPage } from "../video/preview.js";
import type { Described, Loaded } from "../view/index.js";
import { aboutRun } from "./report-about.js";
import { placeTracks } from "./report-frames.js";
import { readTracks } from "./tracks-file.js";
import { identifyTracks } from "./tracks-identity.js";
import { version } from "./version.js";

/** Reads a tracks file. @throws {InputError} {SyntaxError} */
export async function loadRun(path: string): Promise<Loaded> {
  const identity = await identifyTracks(path);
  const named = readTracks(path);
  const { header, footer, labels = [] } = named;
  const { width, height, frameRate, isTimed, frames, notices } = placeTracks(path, named, {});
  const input = header?.input ?? basename(path);
  const integrity = footer?.integrity;
  const run = toRun(
    { input, width, height, frameRate, labels, names: header?.names, isTimed, integrity },
    frames,
  );
  return {
    identity,
    run,
    report: {
      ...{ title: basename(path), tracks: basename(path), made: new Date().toISOString(), version },
      ...{ settings: header?.run ?? {}, zones: header?.run.zones, counts: footer?.counts },
      notices: [...notices, ...aboutRun(named, basename(path))],
    },
  };
}

/** Looks whether a browser plays a video, and when it begins. */
export async function describeVideo(
  path: string,
  {
    ffmpeg,
    env,
    tracks,
  }: { readonly ffmpeg: Ffmpeg; readonly env: NodeJS.ProcessEnv; readonly tracks: string },
): Promise<Described> {
  const source = await openInput(path, { pictures: false, ffmpeg, env });
  try {
    const { width, height } = source;
    const page = await lookForPage(path, { ffmpeg });
    if (page === undefined)
      return {
        noVideo: `Browsers do not play ${JSON.stringify(basename(path))} as it is. For a page with a copy that they play: track report ${JSON.stringify(tracks)} --video ${JSON.stringify(path)}`,
      };
    const first = await source[Symbol.asyncIterator]().next();
    const begin = first.done ? 0 : first.value.time;
    return { type: page.type, width, height, offset: begin - (await firstTime(path, { ffmpeg })) };
  } finally {
    await source.close();
  }
}
