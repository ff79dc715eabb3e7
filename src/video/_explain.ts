import type { LogEvent } from "./_log.js";

type Message = Extract<LogEvent, { type: "message" }>;
type Stream = Extract<LogEvent, { type: "stream" }>;

/** What is known when an input gave no picture. */
export interface Failure {
  readonly maxPixels: number;
  readonly start: number;
  readonly duration?: number;
  /** Streams that ffmpeg saw in the input. */
  readonly streams: readonly Stream[];
  /** Without the input's own name. */
  readonly messages: readonly Message[];
  /** Frames that were decoded and not chosen. */
  readonly decoded: number;
  /** How ffmpeg ended, where it said nothing else. */
  readonly reason?: string;
  /** True where the bytes come through a pipe, in which nobody can go back. */
  readonly piped: boolean;
}

/** Why an input gave no picture and what to do, to stand after `Cannot read "name": `. */
export function explain(failure: Failure): string {
  const { messages, streams, piped } = failure;
  const texts = messages.map(({ text }) => text);
  const reason = messages.find(({ level }) => level === "error")?.text ?? failure.reason ?? "no reason given";
  const find = (pattern: RegExp) => texts.find((text) => pattern.test(text));
  const video = streams.find(({ kind }) => kind === "Video");

  if (failure.decoded > 0) {
    const length = failure.duration === undefined ? "" : ` (it lasts ${failure.duration.toFixed(2)} s)`;
    return `expected frames from ${failure.start} s on, found none${length}`;
  }
  if (failure.reason !== undefined && /killed with signal/.test(failure.reason))
    return `expected a video file that this ffmpeg can read (${failure.reason}); try another with --ffmpeg`;
  const tooLarge = find(/exceeds specified max pixel count|Picture size \d+x\d+ is invalid/);
  if (tooLarge !== undefined) {
    const [, w, h] = /(\d+)x(\d+)/.exec(tooLarge) ?? [];
    return tooManyPixels(video?.width ?? Number(w), video?.height ?? Number(h), failure.maxPixels);
  }
  const refused = messages.find(({ text }) => /Format not on whitelist/.test(text));
  if (refused !== undefined)
    return `expected a video file, found what ffmpeg takes for "${refused.from}"; only formats that hold their own pictures are read, no playlists`;
  if (find(/matches no streams/) !== undefined || (streams.length > 0 && video === undefined))
    return `expected a video stream, found ${kinds(streams)}`;
  if (piped && messages.some(({ from }) => from.startsWith("mov,")))
    return "expected a stream that can be read from front to back, found an MP4 file that is cut off or has its index at the end; give the file itself, or write it with -movflags +faststart";
  if (find(/moov atom not found/) !== undefined)
    return "expected an MP4 file with its index (moov), found none: it is cut off, still being written, or no MP4 file at all";
  const decoder = find(/no decoder found for|Decoder .* not found|Unknown decoder/i);
  if (decoder !== undefined)
    return `expected a video that this ffmpeg can decode, found ${video?.codec ?? "an unknown codec"} (${decoder}); name a newer ffmpeg with --ffmpeg`;
  const denied = find(/Permission denied/);
  if (denied !== undefined) return "expected a readable file, got: permission denied";
  if (streams.length === 0) return `expected a video file, found something else (${reason})`;
  return `expected pictures, found none that can be decoded (${reason})`;
}

/** The same words for videos and picture files. */
export function tooManyPixels(width: number, height: number, maxPixels: number): string {
  return `expected pictures of at most ${maxPixels} pixels, found ${width}x${height}; allow them with --max-pixels ${width * height}`;
}

function kinds(streams: readonly Stream[]): string {
  // A video stream that is not taken for one is a cover picture.
  const names = streams.map(({ kind }) => (kind === "Video" ? "a cover picture" : kind.toLowerCase()));
  return names.length === 0 ? "none" : `only ${[...new Set(names)].join(" and ")}`;
}
