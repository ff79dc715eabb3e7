/**
 * Reading a video through `openInput` against ffmpeg alone on the same file in the same run: decoding to nowhere, and
 * decoding to RGB bytes that nobody reads. What is measured is the cost of frames in JavaScript memory, with their times.
 *
 *   npx tsx scripts/bench/decode.ts [VIDEO]
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFfmpeg } from "../../src/video/find.js";
import { openInput } from "../../src/video/input.js";
import { encodeVideo } from "../../src/video/write.js";
import { machine, median } from "./_machine.js";

const ROUNDS = 5;
const SAMPLE = new URL("../../samples/pets.mp4", import.meta.url).pathname;

const ffmpeg = await findFfmpeg({ env: process.env });
const folder = await mkdtemp(join(tmpdir(), "throughline-bench-"));

console.log(`${machine()}, ffmpeg ${ffmpeg.version} (${ffmpeg.source}), medians of ${ROUNDS}`);
try {
  const large = join(folder, "1080p.mp4");
  await encodeVideo(noise(1920, 1080, 150), large, { ffmpeg });
  for (const [name, file] of process.argv[2]
    ? [["given", process.argv[2]]]
    : [
        ["sample", SAMPLE],
        ["1080p", large],
      ])
    await compare(name, file);
} finally {
  await rm(folder, { recursive: true });
}

async function compare(name: string, file: string): Promise<void> {
  const nowhere: number[] = [];
  const bytes: number[] = [];
  const ours: number[] = [];
  const times: number[] = [];
  let frames = 0;
  for (let round = 0; round < ROUNDS; round++) {
    nowhere.push(await bare(file, ["-f", "null", "-"]));
    bytes.push(await bare(file, ["-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"]));
    ours.push(await read(file, true));
    times.push(await read(file, false));
  }
  const perFrame = (values: number[]) => (median(values) / frames).toFixed(2);
  const ratio = (a: number[], b: number[]) => (median(a) / median(b)).toFixed(2);
  console.log(
    `${name}: ${frames} frames; ms per frame: decoded to nowhere ${perFrame(nowhere)}, to RGB ${perFrame(bytes)}, ` +
      `openInput ${perFrame(ours)} (${ratio(ours, bytes)} x RGB), times only ${perFrame(times)} (${ratio(times, nowhere)} x nowhere)`,
  );

  async function read(path: string, pictures: boolean): Promise<number> {
    const start = performance.now();
    frames = 0;
    for await (const frame of await openInput(path, { ffmpeg, pictures })) {
      frames++;
      frame.release?.();
    }
    return performance.now() - start;
  }
}

/** ffmpeg as it is called in a shell, its bytes thrown away by the system. */
async function bare(file: string, output: readonly string[]): Promise<number> {
  const start = performance.now();
  const args = ["-v", "error", "-nostdin", "-i", file, "-map", "0:V:0", ...ffmpeg.keepFrames, ...output];
  const [code] = await once(spawn(ffmpeg.path, args, { stdio: "ignore" }), "exit");
  if (code !== 0) throw new Error(`ffmpeg exited with ${code}`);
  return performance.now() - start;
}

/** Moving noise over moving bars, the same every time: neither trivial nor impossible to encode. */
function* noise(width: number, height: number, count: number) {
  const data = new Uint8Array(width * height * 3);
  let state = 1;
  for (let index = 0; index < count; index++) {
    for (let y = 0, at = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        if (x % 8 === 0) state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        const bar = (((x + index * 3) >> 6) * 40 + ((y + index) >> 5) * 23) & 255;
        data[at++] = bar;
        data[at++] = (bar + (state >>> 28)) & 255;
        data[at++] = 255 - bar;
      }
    yield { width, height, data };
  }
}
