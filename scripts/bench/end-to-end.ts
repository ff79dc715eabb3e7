/**
 * Tracking the sample clip against its two bare halves side by side on the same frames: ffmpeg decoding to nowhere, and
 * a loop of `session.run` on tensors that are ready. What is measured is how well decoding, inference and tracking
 * overlap: 1.0 is perfect, and pre-processing, decoding of outputs, crops, colour and association are all on top. The
 * ratio is the median over rounds, each of which runs both one after the other.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as ort from "onnxruntime-node";
import { createDetector } from "../../src/detect/index.js";
import { resolveModel } from "../../src/models/store.js";
import { createRuntime } from "../../src/onnx/index.js";
import { track } from "../../src/pipeline.js";
import { createEmbedder } from "../../src/reid/index.js";
import { DeepSort } from "../../src/track/deepsort.js";
import { Sort } from "../../src/track/sort.js";
import { findFfmpeg } from "../../src/video/find.js";
import { openInput } from "../../src/video/input.js";
import { machine, median } from "./_machine.js";

const CLIP = new URL("../../samples/pets.mp4", import.meta.url).pathname;
const ROUNDS = 5;

const ffmpeg = await findFfmpeg();
const detectorModel = await resolveModel("nanodet-g", "detector");
const embedderModel = await resolveModel("mobilenet-hsv-stripes", "embedder");
const runtime = await createRuntime();
const detector = await createDetector(detectorModel.card, detectorModel.path, runtime);
const embedder = await createEmbedder(embedderModel.card, embedderModel.path, runtime);

// How many people each frame has: the bare embedder runs on as many crops.
const counts: number[] = [];

async function ours(withReid: boolean): Promise<number> {
  const start = performance.now();
  const source = await openInput(CLIP, { ffmpeg });
  const stages = withReid
    ? { detector, embedder, tracker: new DeepSort() }
    : { detector, tracker: new Sort() };
  const found: number[] = [];
  for await (const _ of track(source, {
    ...stages,
    onDetections: (_frame, { count }) => void found.push(count),
  }));
  await source.close();
  counts.splice(0, counts.length, ...found);
  return performance.now() - start;
}

// The options of src/onnx/worker.ts: with threads that spin, or patterns for every number of crops, the bare half is slower.
const session = (path: string) =>
  ort.InferenceSession.create(path, {
    intraOpNumThreads: runtime.threads,
    enableMemPattern: false,
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  });
const bareDetector = await session(detectorModel.path);
const bareEmbedder = await session(embedderModel.path);
const image = new ort.Tensor("float32", new Float32Array(3 * 480 * 640), [1, 3, 480, 640]);

async function bare(withReid: boolean): Promise<{ decode: number; infer: number; wall: number }> {
  const start = performance.now();
  let decode = 0;
  const child = spawn(ffmpeg.path, ["-v", "error", "-i", CLIP, "-f", "null", "-"], { stdio: "ignore" });
  const decoded = once(child, "exit").then(() => {
    decode = performance.now() - start;
  });
  for (const n of counts) {
    await bareDetector.run({ [bareDetector.inputNames[0]!]: image });
    if (withReid && n > 0) {
      const crops = new ort.Tensor("float32", new Float32Array(n * 3 * 128 * 64), [n, 3, 128, 64]);
      await bareEmbedder.run({ [bareEmbedder.inputNames[0]!]: crops });
    }
  }
  const infer = performance.now() - start;
  await decoded;
  return { decode, infer, wall: performance.now() - start };
}

console.log(`${machine()}\n${ffmpeg.version}, ${runtime.threads} threads, medians of ${ROUNDS} rounds\n`);
for (const [name, withReid] of [
  ["nanodet-g + SORT", false],
  ["nanodet-g + embedder + DeepSORT", true],
] as const) {
  await ours(withReid);
  await bare(withReid);
  const walls: number[] = [];
  const halves: Awaited<ReturnType<typeof bare>>[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    walls.push(await ours(withReid));
    halves.push(await bare(withReid));
  }
  const wall = median(walls);
  const floor = median(halves.map((h) => h.wall));
  // Each round by itself: what else the machine does slows down both of a pair.
  const ratio = median(walls.map((ms, round) => ms / halves[round]!.wall));
  const fps = (ms: number): string => ((counts.length / ms) * 1000).toFixed(1);
  console.log(`${name}: ${counts.length} frames`);
  console.log(`  tracked           ${wall.toFixed(0)} ms  ${fps(wall)} frames/s`);
  console.log(`  bare, side by side ${floor.toFixed(0)} ms  ${fps(floor)} frames/s`);
  console.log(`    decoding alone done after ${median(halves.map((h) => h.decode)).toFixed(0)} ms`);
  console.log(`  ratio             ${ratio.toFixed(3)}`);
}
await bareDetector.release();
await bareEmbedder.release();
await runtime.close();
