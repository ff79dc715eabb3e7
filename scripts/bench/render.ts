/**
 * `track render` against ffmpeg alone, which decodes and encodes the same video with the same encoder and settings: what
 * drawing costs. Goal: at least 0.7 of its speed. What is drawn is also something to encode; the third figure is ffmpeg alone
 * on the video that came out. Without arguments: the sample, over and over, with its real tracks, in two sizes.
 *
 *   npm run build && npx tsx scripts/bench/render.ts [VIDEO TRACKS]
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFfmpeg } from "../../src/video/find.js";
import { machine, median } from "./_machine.js";

const ROUNDS = 3;
/** Of the sample. */
const FRAMES = 120;
const SAMPLE = new URL("../../samples/pets.mp4", import.meta.url).pathname;
const MAIN = new URL("../../dist/cli/main.js", import.meta.url).pathname;
const PRESET = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p"];

const ffmpeg = await findFfmpeg({ env: process.env });
const folder = await mkdtemp(join(tmpdir(), "throughline-bench-"));
console.log(`${machine()}, ffmpeg ${ffmpeg.version} (${ffmpeg.source}), medians of ${ROUNDS}`);
try {
  const [video, tracks] = process.argv.slice(2);
  if (video && tracks) await compare(video, tracks);
  else {
    const sample = join(folder, "sample.txt");
    await timed(process.execPath, [MAIN, SAMPLE, "--out", sample, "-q"]);
    const rows = (await readFile(sample, "utf8")).trimEnd().split("\n");
    for (const { width, height, times } of [
      { width: 768, height: 576, times: 20 },
      { width: 1920, height: 1080, times: 6 },
    ]) {
      const large = join(folder, `${height}.mp4`);
      const scale = ["-vf", `scale=${width}:${height}`, ...PRESET];
      await timed(ffmpeg.path, [
        "-v",
        "error",
        "-stream_loop",
        String(times - 1),
        "-i",
        SAMPLE,
        ...scale,
        large,
      ]);
      const file = join(folder, `${height}.txt`);
      await writeFile(file, repeat(rows, width / 768, height / 576, times));
      console.log(
        `${width}x${height}, ${FRAMES * times} frames, ${(rows.length / FRAMES).toFixed(1)} boxes in each`,
      );
      await compare(large, file);
    }
  }
} finally {
  await rm(folder, { recursive: true });
}

async function compare(video: string, tracks: string): Promise<void> {
  const out = join(folder, "out.mp4");
  const alone: number[] = [];
  const drawn: number[] = [];
  const hidden: number[] = [];
  const started: number[] = [];
  const again: number[] = [];
  const ours = (...more: string[]) =>
    timed(process.execPath, [MAIN, "render", video, tracks, "--out", out, "-q", "--force", ...more]);
  const encode = (input: string, to: string) =>
    timed(ffmpeg.path, ["-v", "error", "-y", "-i", input, ...PRESET, to]);
  for (let round = 0; round < ROUNDS; round++) {
    alone.push(await encode(video, out));
    drawn.push(await ours());
    again.push(await encode(out, join(folder, "again.mp4")));
    hidden.push(await ours("--blur", "all"));
    started.push(await ours("--end", "0.05"));
  }
  const ratio = (values: number[]) => (median(alone) / median(values)).toFixed(2);
  const net = (median(alone) / (median(drawn) - median(started))).toFixed(2);
  console.log(
    `  ffmpeg alone ${median(alone).toFixed(0)} ms; track render ${median(drawn).toFixed(0)} ms: ${ratio(drawn)} of its speed ` +
      `(${net} without the start of ${median(started).toFixed(0)} ms), with --blur all ${ratio(hidden)}; ` +
      `ffmpeg alone on what was drawn ${ratio(again)}`,
  );
}

async function timed(command: string, args: readonly string[]): Promise<number> {
  const start = performance.now();
  const [code] = await once(spawn(command, args, { stdio: ["ignore", "ignore", "inherit"] }), "exit");
  if (code !== 0) throw new Error(`${command} exited with ${code}`);
  return performance.now() - start;
}

/** Tracks in the MOTChallenge format, over and over, each time with other identities. */
function repeat(rows: readonly string[], across: number, down: number, times: number): string {
  const all: string[] = [];
  for (let time = 0; time < times; time++)
    for (const row of rows) {
      const [frame, id, x, y, w, h] = row.split(",").map(Number) as [
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      const box = [x * across, y * down, w * across, h * down].map((value) => value.toFixed(2));
      all.push(`${frame + time * FRAMES},${id + time * 1000},${box.join(",")},0.9,-1,-1,-1`);
    }
  return `${all.join("\n")}\n`;
}
