import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import type { Frame } from "../../src/types.js";
import type { FrameSource } from "../../src/video/input.js";

/** npm's build of 2018, which is always there: it makes the files that the tests read. */
export const installer: string = createRequire(import.meta.url)("@ffmpeg-installer/ffmpeg").path;
chmodSync(installer, 0o755);

/** Every ffmpeg that the tests run with: npm's, and the system's where there is one. */
export const binaries: readonly { readonly binary: string; readonly path: string }[] = [
  { binary: "npm's ffmpeg", path: installer },
  ...(runs("ffmpeg") ? [{ binary: "the system's ffmpeg", path: "ffmpeg" }] : []),
];

function runs(path: string): boolean {
  try {
    execFileSync(path, ["-version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** A folder that is gone after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "throughline-video-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs npm's ffmpeg, quietly; fails with what it says. */
export function ffmpeg(...args: string[]): void {
  execFileSync(installer, ["-v", "error", "-nostdin", "-y", ...args], {
    stdio: ["ignore", "ignore", "pipe"],
  });
}

/** A moving test picture of `seconds` at 25 frames per second, in H.264 where nothing else is said. */
export function makeVideo(
  path: string,
  {
    size = "320x240",
    seconds = 2,
    codec = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "25"],
    more = [] as string[],
  } = {},
): string {
  ffmpeg("-f", "lavfi", "-i", `testsrc=s=${size}:r=25:d=${seconds}`, ...more, ...codec, path);
  return path;
}

/** What an ffmpeg itself says about the frames of a file: seconds, and MD5 of the RGB bytes (of four of its pixels without `pixels`). */
export function oracle(
  path: string,
  file: string,
  { pixels = true } = {},
): { readonly time: number; readonly md5: string }[] {
  const text = execFileSync(
    path,
    [
      "-v",
      "quiet",
      "-nostdin",
      "-i",
      `file:${file}`,
      "-map",
      "0:v:0",
      "-vsync",
      "passthrough",
      // The clock of the file, not that of a guessed frame rate.
      "-enc_time_base",
      "-1",
      ...(pixels ? [] : ["-vf", "scale=2:2:flags=neighbor"]),
      "-pix_fmt",
      "rgb24",
      "-f",
      "framemd5",
      "-",
    ],
    { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], maxBuffer: 2 ** 26 },
  );
  const [, numerator, denominator] = /^#tb 0: (\d+)\/(\d+)$/m.exec(text)!;
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(",").map((field) => field.trim()))
    .map((fields) => ({
      time: (Number(fields[2]) * Number(numerator)) / Number(denominator),
      md5: fields.at(-1)!,
    }));
}

/** Takes all frames, giving each back after `look` has seen it. */
export async function drain<T>(source: FrameSource, look: (frame: Frame) => T): Promise<T[]> {
  const seen: T[] = [];
  for await (const frame of source) {
    seen.push(look(frame));
    frame.release?.();
  }
  return seen;
}
