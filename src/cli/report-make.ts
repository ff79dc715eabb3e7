/**
 * A page about tracks: what `track report` does, and `track --report` after its run.
 */
import { createReadStream, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { EnvironmentError, InputError } from "../errors.js";
import { openTextFiles } from "../format/texts.js";
import { planStrips } from "../render/strip-plan.js";
import { Strips } from "../render/strips.js";
import { type Boot, fillPage, type Part, type Report, type StripIndex } from "../report/boot.js";
import { pack } from "../report/pack.js";
import { toRun } from "../report/run.js";
import type { Integrity } from "../types.js";
import { findFfmpeg } from "../video/find.js";
import { openInput } from "../video/input.js";
import { asUsage } from "./errors.js";
import { Fit, timelineOf } from "./render-plan.js";
import { aboutRun } from "./report-about.js";
import { type PlacedTracks, placeTracks } from "./report-frames.js";
import { scoreReport } from "./report-scores.js";
import { type Footage, findInput, openFootage } from "./report-video.js";
import type { Reporter } from "./reporter.js";
import { type NamedTracks, readTracks } from "./tracks-file.js";
import { identifyTracks } from "./tracks-identity.js";
import { version } from "./version.js";
import { readZones } from "./zones-file.js";

/** What a page is made of. */
export interface ReportJob {
  readonly tracks: string;
  /** Where the page goes. */
  readonly out: string;
  /** What was tracked; false for a page without. @default what the tracks file names */
  readonly video?: string | false;
  /** Whether the video stays outside of the page. @default false */
  readonly link?: boolean;
  readonly zones?: string;
  readonly gt?: string;
  readonly benchmark?: string;
  /** Frames per second of tracks without times, and of pictures in a folder. */
  readonly frameRate?: number;
  readonly ffmpeg?: string;
  /** Shows what seems to be of another video. @default false */
  readonly force?: boolean;
}

/** What the making needs from its process. */
export interface ReportMeans {
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: NodeJS.WriteStream;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** Told of files that are to go where there is no time for good order. */
  readonly onTemporary: (paths: () => readonly string[]) => void;
}

/** What came of it. */
export interface MadeReport {
  readonly frames: number;
  readonly identities: number;
  readonly integrity: Integrity;
}

/** A video so long is read once more only in its small copy. */
const LONG_FRAMES = 15_000;
/** What a stream hands on at once: as much as the page has in a block. */
const BLOCK = 3 << 20;

/**
 * Makes the page. What is not complete leaves nothing behind.
 *
 * @throws {UsageError} {InputError} {OutputError} {EnvironmentError} {SyntaxError}, and the signal's reason
 */
export async function makeReport(job: ReportJob, means: ReportMeans): Promise<MadeReport> {
  const { tracks, out, gt } = job;
  const template = readTemplate();
  const zones = job.zones === undefined ? undefined : readZones(job.zones);
  const named = readTracks(tracks);
  const inputs = [tracks, job.zones, gt, job.video || undefined].filter((path) => path !== undefined);
  const files = await asUsage(() => openTextFiles([out], { inputs, stdout: means.stdout }));
  const folder = out === "-" ? "." : dirname(resolve(out));
  const copy = join(folder, `.${basename(out, extname(out))}.${process.pid}.mp4`);
  means.onTemporary(() => [...files.temporary, copy]);
  try {
    const notices: string[] = [];
    const scores =
      gt === undefined
        ? undefined
        : await scoreReport(tracks, {
            ...{ gt, benchmark: job.benchmark, force: job.force ?? false, signal: means.signal },
            onNotice: (text) => notices.push(text),
          });
    const video = await openVideo(job, named, copy, { ...means, notices });
    const placed = placeTracks(tracks, named, video.footage ?? {}, job.frameRate);
    const strips = await video.cut(placed);
    const { header, footer, labels = [] } = named;
    const { width, height, frameRate, isTimed, frames } = placed;
    const input = header?.input ?? (job.video || basename(tracks));
    const integrity = footer?.integrity;
    const run = toRun(
      { input, width, height, frameRate, labels, names: header?.names, isTimed, integrity },
      frames,
    );
    const { footage } = video;
    const report: Report = {
      ...{ title: basename(input), tracks, made: new Date().toISOString(), version },
      ...{ settings: header?.run ?? {}, zones, scores, strips: strips?.index },
      ...(footage?.source && {
        video: {
          ...footage.source,
          from: footage.url === undefined ? { part: "video" } : { url: footage.url },
        },
      }),
      ...(video.why !== undefined && { noVideo: video.why }),
      counts: footer?.counts,
      notices: [...notices, ...placed.notices, ...aboutRun(named, tracks)],
    };
    const parts: Part[] = [{ name: "run", data: [gzipSync(pack(run))] }];
    if (strips) parts.push({ name: "strips", data: strips.jpegs });
    if (footage?.source && footage.url === undefined)
      parts.push({ name: "video", data: createReadStream(copy, { highWaterMark: BLOCK }) });
    const boot: Boot = { page: "report", report, editing: { tracks: await identifyTracks(tracks) } };
    for await (const text of fillPage(template, boot, parts)) {
      means.signal.throwIfAborted();
      await files.write(0, text);
    }
    await files.finish();
    return {
      frames: frames.length,
      identities: new Set(run.id).size,
      integrity: integrity ?? { complete: true, frames: frames.length, damage: [] },
    };
  } finally {
    await files.discard();
    await rm(copy, { force: true });
    means.onTemporary(() => []);
  }
}

function readTemplate(): string {
  const place = new URL("../page/index.html", import.meta.url);
  try {
    return readFileSync(place, "utf8");
  } catch (cause) {
    throw new EnvironmentError(
      "Cannot make a page: its template is not there (dist/page/index.html); install the package again, or run npm run build",
      { cause },
    );
  }
}

/** The pictures of a report; `why` there are none. */
interface OpenVideo {
  readonly footage?: Footage;
  readonly why?: string;
  /** Film strips, once the tracks are in order. */
  cut(placed: PlacedTracks): Promise<CutStrips | undefined>;
}

interface CutStrips {
  readonly index: StripIndex;
  readonly jpegs: readonly Uint8Array[];
}

type Means = ReportMeans & { readonly notices: string[] };

async function openVideo(job: ReportJob, named: NamedTracks, copy: string, means: Means): Promise<OpenVideo> {
  const none = (why: string): OpenVideo => ({ why, cut: async () => undefined });
  const again = "make the report again with --video FILE";
  if (job.video === false) return none(`The video was left out on purpose; to have it, ${again}.`);
  const input = named.header?.input;
  const path = job.video ?? findInput(job.tracks, input, job.gt);
  if (path === undefined)
    return none(
      input === undefined
        ? `The tracks file does not name its video: ${again}.`
        : `The video ${JSON.stringify(input)} was not found: ${again}.`,
    );
  try {
    return await openFound(job, named, path, copy, means);
  } catch (error) {
    // Nobody has asked for this one.
    if (job.video !== undefined || job.link || !(error instanceof InputError)) throw error;
    means.reporter.warn(error.message);
    return none(`${error.message}.`);
  }
}

async function openFound(
  job: ReportJob,
  named: NamedTracks,
  path: string,
  copy: string,
  means: Means,
): Promise<OpenVideo> {
  const { tracks, out, force = false } = job;
  const { notices, env, signal, reporter } = means;
  const ffmpeg = await findFfmpeg({ ffmpeg: job.ffmpeg, env, signal });
  const integrity = named.footer?.integrity;
  const timeline = timelineOf(tracks, named, 0, false);
  let doubt: string | undefined;
  let strips: Strips | undefined;
  const footage = await openFootage(
    {
      ...{ path, to: copy, linkFrom: job.link ? out : undefined },
      frameRate: job.frameRate ?? named.header?.frameRate,
      isUntimed: extname(tracks).toLowerCase() === ".txt",
      expected: integrity?.expectedFrames,
      isDamaged: (integrity?.damage.length ?? 0) > 0,
    },
    {
      ...{ ffmpeg, env, reporter, signal },
      compare: (source) => new Fit(tracks, named, timeline, source, "show"),
      judge(check) {
        if (doubt !== undefined) return;
        try {
          check();
        } catch (error) {
          if (!(error instanceof InputError && force)) throw error;
          doubt = error.message.replace(/^.*?: |;[^;]*$/g, "");
          notices.push(`The video may be another one: ${doubt}.`);
        }
      },
      onSize(size) {
        strips = new Strips(planStrips(named.frames), { size });
      },
      onPicture: (frame) => strips!.add(frame),
    },
  );
  return {
    footage,
    ...(!footage.source && {
      why: `${JSON.stringify(path)} has no pictures; to see some, make the report again with --video FILE.`,
    }),
    async cut(placed) {
      if (!strips || strips.frames.length === 0) return undefined;
      if (!footage.isFolder) {
        const isLong = footage.made !== undefined && placed.frames.length > LONG_FRAMES;
        const only = strips.frames;
        const source = await openInput(isLong ? copy : path, { only, ffmpeg, env, signal });
        const begun = performance.now();
        let done = 0;
        try {
          for await (const frame of source) {
            await strips.add(frame);
            frame.release?.();
            const fps = ++done / Math.max((performance.now() - begun) / 1e3, 1e-3);
            reporter.status({ input: path, done, of: only.length, fps });
          }
        } finally {
          await source.close();
        }
      }
      const { width, height } = strips;
      const finished = await strips.finish();
      let from = 0;
      const index = finished.map(({ id, frames, jpeg }) => {
        const to = from + jpeg.length;
        const place = { id, frames, from, to };
        from = to;
        return place;
      });
      return {
        index: { part: "strips", width, height, strips: index },
        jpegs: finished.map(({ jpeg }) => jpeg),
      };
    },
  };
}
