/**
 * What `track view` needs of tracks and videos to show them.
 */
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { gzipSync } from "node:zlib";
import { pack } from "../report/pack.js";
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
    packed: gzipSync(pack(run)),
    report: {
      ...{ title: basename(path), tracks: basename(path), made: new Date().toISOString(), version },
      ...{ settings: header?.run ?? {}, zones: header?.run.zones, counts: footer?.counts },
      notices: [...notices, ...aboutRun(named, basename(path))],
    },
  };
}

/** What is larger than this, in pixels of the longer side or bits per second, not every machine plays and jumps in well. */
const LARGE = { side: 2000, rate: 20e6 };

/** Looks whether a browser plays a video, or the copy that was made of it, and when it begins. */
export async function describeVideo(
  path: string,
  copy: string | undefined,
  { ffmpeg, env }: { readonly ffmpeg: Ffmpeg; readonly env: NodeJS.ProcessEnv },
): Promise<Described> {
  const source = await openInput(path, { pictures: false, ffmpeg, env });
  try {
    const { width, height, duration } = source;
    const page = await lookForPage(copy ?? path, { ffmpeg });
    const name = `“${basename(path)}”`;
    if (page === undefined) return { noVideo: `Browsers do not play ${name} as it is.`, canCopy: true };
    const first = await source[Symbol.asyncIterator]().next();
    const begin = first.done ? 0 : first.value.time;
    const rate = ((await stat(path)).size * 8) / (duration || Number.POSITIVE_INFINITY);
    return {
      ...{ type: page.type, width, height, hasSound: page.hasSound },
      offset: begin - (await firstTime(copy ?? path, { ffmpeg })),
      ...(copy === undefined
        ? { isLarge: Math.max(width, height) > LARGE.side || rate > LARGE.rate }
        : { note: `A copy of ${name} that was made for this page.` }),
    };
  } finally {
    await source.close();
  }
}
