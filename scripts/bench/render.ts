/**
 * `track render` against ffmpeg alone, which decodes and encodes the same video with the same encoder and settings: what
 * drawing costs. Goal: at least 0.7 of its speed.
 *
 *   npm run build && npx tsx scripts/bench/render.ts [VIDEO TRACKS]
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFfmpeg } from "../../src/video/find.js";
import { machine, median } from "./_machine.js";

const ROUNDS = 3;
const FRAMES = 100;
const PEOPLE = 25;
const SAMPLE = new URL("../../samples/pets.mp4", import.meta.url).pathname;
const MAIN = new URL("../../dist/cli/main.js", import.meta.url).pathname;
const PRESET = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p"];

const ffmpeg = await findFfmpeg({ env: process.env });
const folder = await mkdtemp(join(tmpdir(), "throughline-bench-"));
console.log(`${machine()}, ffmpeg ${ffmpeg.version} (${ffmpeg.source}), medians of ${ROUNDS}`);
try {
  const [video, tracks] = process.argv.slice(2);
  if (video && tracks) await compare(video, tracks);
  else
    for (const [width, height] of [
      [768, 576],
      [1920, 1080],
    ] as const) {
      const large = join(folder, `${height}.mp4`);
      const scale = ["-vf", `scale=${width}:${height}`, "-frames:v", String(FRAMES), "-preset", "veryfast"];
      await timed(ffmpeg.path, ["-v", "error", "-i", SAMPLE, ...scale, large]);
      const file = join(folder, `${height}.txt`);
      await writeFile(file, crowd(width, height));
      console.log(`${width}x${height}, ${FRAMES} frames, ${PEOPLE} people in each`);
      await compare(large, file);
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
  const ours = (...more: string[]) =>
    timed(process.execPath, [MAIN, "render", video, tracks, "--out", out, "-q", "--force", ...more]);
  for (let round = 0; round < ROUNDS; round++) {
    alone.push(await timed(ffmpeg.path, ["-v", "error", "-y", "-i", video, ...PRESET, out]));
    drawn.push(await ours());
    hidden.push(await ours("--blur", "all"));
    started.push(await ours("--end", "0.05"));
  }
  const ratio = (values: number[]) => (median(alone) / median(values)).toFixed(2);
  const net = (median(alone) / (median(drawn) - median(started))).toFixed(2);
  console.log(
    `  ffmpeg alone ${median(alone).toFixed(0)} ms; track render ${median(drawn).toFixed(0)} ms: ${ratio(drawn)} of its speed ` +
      `(${net} without the start of ${median(started).toFixed(0)} ms), with --blur all ${ratio(hidden)}`,
  );
}

async function timed(command: string, args: readonly string[]): Promise<number> {
  const start = performance.now();
  const [code] = await once(spawn(command, args, { stdio: ["ignore", "ignore", "inherit"] }), "exit");
  if (code !== 0) throw new Error(`${command} exited with ${code}`);
  return performance.now() - start;
}

/** People who walk on circles, in the MOTChallenge format. */
function crowd(width: number, height: number): string {
  const rows: string[] = [];
  for (let frame = 1; frame <= FRAMES; frame++)
    for (let id = 1; id <= PEOPLE; id++) {
      const angle = frame / 30 + id;
      const x = width * (0.1 + 0.8 * ((id * 0.37) % 1)) + 40 * Math.cos(angle);
      const y = height * (0.1 + 0.6 * ((id * 0.61) % 1)) + 20 * Math.sin(angle);
      rows.push(`${frame},${id},${x},${y},${width / 20},${height / 5},0.9,-1,-1,-1\n`);
    }
  return rows.join("");
}
