/** What ffmpeg says about a file before it decodes any of it, as far as a copy must be like it. */
import { safetyArguments } from "./_arguments.js";
import { logArguments } from "./_log.js";
import { runFfmpeg } from "./ffmpeg.js";

/** The looks of a video and the sound that goes with it. */
export interface Looks {
  /** Codecs of the sound tracks, such as "aac". */
  readonly sound: readonly string[];
  /** How its colours are coded, by ffmpeg's names; "unknown" where it does not say. */
  readonly matrix: string;
  readonly primaries: string;
  readonly transfer: string;
  /** False where it is RGB or grey. */
  readonly isYuv: boolean;
  /** Width and height of a pixel as a ratio; before rotation. */
  readonly pixel: readonly [width: number, height: number];
  /** Before rotation. */
  readonly width: number;
}

/** Asks an ffmpeg about a file; `path` is absolute. */
export async function lookAt(ffmpeg: string, path: string): Promise<Looks> {
  const sound: string[] = [];
  let video: string | undefined;
  let inside = true;
  await runFfmpeg({
    path: ffmpeg,
    input: `file:${path}`,
    inputOptions: [...logArguments, ...safetyArguments("file", 2 ** 25)],
    outputOptions: ["-map", "0:V:0", "-t", "0", "-f", "null"],
    output: "-",
    onLine(line) {
      if (/\] (?:Stream mapping:|Output #)/.test(line)) inside = false;
      if (!inside) return;
      const heard = /Stream #0:\d+\S*: Audio: (\w+)/.exec(line);
      if (heard) sound.push(heard[1]!);
      if (!/\(attached pic\)/.test(line)) video ??= /Stream #0:\d+\S*: Video: (.*)$/.exec(line)?.[1];
    },
  }).done;
  const [, format = "", inner = ""] = /, (\w+)\(([^)]*)\),/.exec(video ?? "") ?? [];
  const plain = /, (yuv\w+|nv12|p010\w*)[,(]/.exec(video ?? "");
  const known = /^(?:bt\w+|smpte\w+|fcc|gbr|unknown|reserved)(?:\/|$)/;
  const coded = inner.split(", ").find((part) => known.test(part)) ?? "unknown";
  const [matrix = "unknown", primaries = matrix, transfer = matrix] = coded.split("/");
  const [, pw = "1", ph = "1"] = /\[SAR (\d+):(\d+) /.exec(video ?? "") ?? [];
  return {
    ...{ sound, matrix, primaries, transfer },
    isYuv: /^(?:yuv|nv|p0)/.test(format) || plain !== null,
    pixel: Number(pw) > 0 && Number(ph) > 0 ? [Number(pw), Number(ph)] : [1, 1],
    width: Number(/, (\d+)x\d+[ ,]/.exec(video ?? "")?.[1] ?? 0),
  };
}
