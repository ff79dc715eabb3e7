import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { decodeArguments, safetyArguments } from "./_arguments.js";
import { logArguments, parseLine } from "./_log.js";
import { PictureSink } from "./_sink.js";
import { runFfmpeg } from "./ffmpeg.js";

/** What came out of trying a binary. */
export type Probed =
  | {
      readonly works: true;
      readonly binary: {
        readonly path: string;
        readonly version: string;
        readonly keepFrames: readonly string[];
      };
    }
  | { readonly works: false; readonly reason: string };

/** An FLV file of two 16 x 16 pictures in H.264, at 0 and 0.2 seconds; made by ffmpeg from a plain colour. */
const clip =
  "RkxWAQEAAAAJAAAAABIAAJ8AAAAAAAAAAgAKb25NZXRhRGF0YQgAAAAHAAhkdXJhdGlvbgA/2ZmZmZmZmgAFd2lkdGgAQDAAAAAAAAAABmhl" +
  "aWdodABAMAAAAAAAAAANdmlkZW9kYXRhcmF0ZQAAAAAAAAAAAAAJZnJhbWVyYXRlAEAUAAAAAAAAAAx2aWRlb2NvZGVjaWQAQBwAAAAAAAAA" +
  "CGZpbGVzaXplAEB1wAAAAAAAAAAJAAAAqgkAADEAAAAAAAAAFwAAAAABZAAK/+EAF2dkAAqs2V7ARAAAAwAEAAADACg8SJZYAQAGaOvjyyLA" +
  "/fj4AAAAADwJAAAeAAAAAAAAABcBAAAAAAAAFWWIhAAQ//7mwPmWVQ1Xf/1pPSv44QAAACkJAAARAADIAAAAACcBAAAAAAAACEGaIWxD//7g" +
  "AAAAHAkAAAUAAMgAAAAAFwIAAAAAAAAQ";

/** Long for a binary on a slow disk, short for somebody who named one that is no ffmpeg and never ends. */
const patienceMilliseconds = 15_000;

const nothing = "it does not decode a test clip";

/**
 * Decodes a small clip just as videos are read here: first with the option of 2022 and later, then the older.
 *
 * @throws the signal's reason
 */
export async function probe(path: string, signal?: AbortSignal): Promise<Probed> {
  const modern = await decodeClip(path, ["-fps_mode", "passthrough"], signal);
  if (modern.works || !modern.isFfmpeg) return modern;
  return decodeClip(path, ["-vsync", "passthrough"], signal);
}

async function decodeClip(
  path: string,
  keepFrames: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Probed & { readonly isFfmpeg: boolean }> {
  signal?.throwIfAborted();
  const ticks: (number | undefined)[] = [];
  let pictures = 0;
  let version: string | undefined;
  let complaint: string | undefined;
  const sink = new PictureSink({
    onPicture() {
      pictures++;
      if (pictures > 2) run.kill();
    },
    isFull: () => false,
  });
  sink.setSize(16 * 16 * 3);
  const run = runFfmpeg({
    path,
    input: Readable.from([Buffer.from(clip, "base64")]),
    // With its banner, which has the version.
    inputOptions: [
      ...logArguments.filter((argument) => argument !== "-hide_banner"),
      ...safetyArguments("pipe", 16 * 16),
    ],
    outputOptions: decodeArguments({ start: 0, end: Infinity, every: 1, pictures: true }, keepFrames),
    output: sink,
    onLine(line) {
      version ??= /^(?:\[info\] )?ffmpeg version (\S+)/.exec(line)?.[1];
      const event = parseLine(line);
      if (event?.type === "frame" && event.kept) ticks.push(event.ticks);
      if (event?.type === "message" && event.level === "error") complaint ??= event.text;
    },
  });
  const late = setTimeout(run.kill, patienceMilliseconds);
  signal?.addEventListener("abort", run.kill, { once: true });
  const { ok, reason, started } = await run.done;
  clearTimeout(late);
  signal?.removeEventListener("abort", run.kill);
  if (started) await finished(sink);
  signal?.throwIfAborted();
  const isFfmpeg = version !== undefined;
  if (ok && pictures === 2 && ticks[0] === 0 && ticks[1] === 200_000)
    return { works: true, binary: { path, version: version ?? "unknown", keepFrames }, isFfmpeg };
  return {
    works: false,
    reason: isFfmpeg
      ? `${nothing} (${complaint ?? reason ?? "no pictures came"})`
      : (reason ?? "it is no ffmpeg"),
    isFfmpeg,
  };
}
