/**
 * Camera motion: what it costs per frame, how exact it is, and what it is worth. A window of PETS09-S2L1 that stands,
 * swings and shakes is tracked from the benchmark's public detections, with the motion left out, told by the boxes, seen
 * in the pictures, and as it was.
 *
 *   npm run bench -- camera
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { CameraFromPictures } from "../../src/camera/index.js";
import { createDetector } from "../../src/detect/index.js";
import { custom, evaluate, fromTracks } from "../../src/eval/index.js";
import { readDetections, type StoredDetections } from "../../src/format/detections.js";
import { resolveModel } from "../../src/models/store.js";
import { createRuntime } from "../../src/onnx/index.js";
import { track } from "../../src/pipeline.js";
import { Throughline } from "../../src/track/throughline.js";
import type { Affine, Box, Camera, Detections, Frame, FrameTracks, Tracker } from "../../src/types.js";
import { openInput } from "../../src/video/input.js";
import { boxInside, motionOf, shake, stand, swing, type Way, window } from "./_handheld.js";
import { machine, median } from "./_machine.js";

const data = join(import.meta.dirname, "../../../shared/data");
const clip = join(data, "video/vtest.avi");
const sequence = join(data, "MOT15/train/PETS09-S2L1");
const size = [576, 432] as const;
const room = [768 - size[0], 576 - size[1]] as const;
const none: Affine = [1, 0, 0, 0, 1, 0];

console.log(machine());
console.log(
  "\nThe whole pipeline on samples/pets.mp4, whose camera stands still: processor seconds with the camera watched and without",
);
await wholePipeline();
if (!existsSync(clip) || !existsSync(sequence)) {
  console.log(`Skipped: expected ${clip} and ${sequence}`);
  process.exit();
}

const detections = await readDetections(join(sequence, "det/det.txt"));
const truth = await readTruth(join(sequence, "gt/gt.txt"));

/** The lines of a truth file by frame. */
async function readTruth(path: string): Promise<Map<number, { id: number; box: Box }[]>> {
  const { readFile } = await import("node:fs/promises");
  const byFrame = new Map<number, { id: number; box: Box }[]>();
  for (const line of (await readFile(path, "utf8")).trim().split("\n")) {
    const [frame, id, x, y, w, h, flag] = line.split(",").map(Number) as number[];
    if (flag === 0) continue;
    const rows = byFrame.get(frame! - 1) ?? [];
    rows.push({ id: id!, box: [x!, y!, x! + w!, y! + h!] });
    byFrame.set(frame! - 1, rows);
  }
  return byFrame;
}

function detectionsIn(stored: StoredDetections, index: number, at: readonly [number, number]): Detections {
  const { count, boxes, scores } = stored.at(index);
  const rows = Array.from({ length: count }, (_, i) => i).flatMap((i) => {
    const [x1, y1, x2, y2] = boxes.subarray(4 * i, 4 * i + 4) as unknown as Box;
    const box = boxInside([x1, y1, x2, y2], at, size);
    return box ? [{ box, score: scores[i]! }] : [];
  });
  return {
    count: rows.length,
    boxes: Float64Array.from(rows.flatMap(({ box }) => box)),
    scores: Float64Array.from(rows, ({ score }) => score),
    classes: new Int32Array(rows.length),
  };
}

async function* windows(way: Way): AsyncGenerator<Frame> {
  for await (const frame of await openInput(clip, {})) {
    yield window(frame, way(frame.index), size);
    frame.release?.();
  }
}

/** Milliseconds of looking and of finding the motion, a frame, with nothing else going on. */
async function cost(way: Way): Promise<readonly [look: number, motion: number]> {
  const frames: Frame[] = [];
  for await (const frame of windows(way)) if (frames.push(frame) === 100) break;
  const camera = new CameraFromPictures();
  const looks: number[] = [];
  const motions: number[] = [];
  for (let round = 0; round < 4; round++)
    for (const frame of frames) {
      const found = detectionsIn(detections, frame.index, way(frame.index));
      const start = performance.now();
      const motion = camera.look(frame);
      const looked = performance.now();
      await motion(found);
      looks.push(looked - start);
      motions.push(performance.now() - looked);
    }
  return [median(looks.slice(100)), median(motions.slice(100))];
}

const scoresOf = (way: Way, found: readonly FrameTracks[], frames: number) => {
  const rows = Array.from({ length: frames }, (_, index) => ({
    ...{ index, time: index },
    tracks: (truth.get(index) ?? []).flatMap(({ id, box }) => {
      const inside = boxInside(box, way(index), size);
      return inside ? [{ id, box: inside, score: 1, class: 0, detection: -1 }] : [];
    }),
  }));
  const pair = {
    name: "",
    truth: fromTracks(rows, "truth", frames),
    results: fromTracks(found, "results", frames),
  };
  const { hota, clear, identity } = evaluate([pair], custom)[0]!.combined!;
  const percent = (v: number) => (100 * v).toFixed(1).padStart(5);
  return `HOTA ${percent(hota!.hota)}  IDF1 ${percent(identity!.idf1)}  MOTA ${percent(clear!.mota)}  switches ${String(clear!.idsw).padStart(4)}`;
};

async function wholePipeline(): Promise<void> {
  const runtime = await createRuntime();
  const { card, path } = await resolveModel("nanodet-g", "detector");
  const detector = await createDetector(card, path, runtime);
  const seconds = async (camera: Camera | undefined): Promise<number> => {
    const source = await openInput(join(import.meta.dirname, "../../samples/pets.mp4"), {});
    // Not by the clock: what a frame costs is far below what other processes do to it.
    const before = process.cpuUsage();
    for await (const _ of track(source, { detector, tracker: new Throughline(), camera }));
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  };
  await seconds(undefined);
  const ratios: number[] = [];
  for (let round = 0; round < 5; round++) {
    const [without, watched] = [await seconds(undefined), await seconds(new CameraFromPictures())];
    ratios.push(watched / without);
    console.log(`  ${watched.toFixed(2)} / ${without.toFixed(2)}`);
  }
  console.log(`  ratio ${median(ratios).toFixed(3)} (median)`);
  await runtime.close();
}

const ways: Readonly<Record<string, Way>> = {
  "stands still": stand(room),
  "swings, 5 pixels a frame": swing(room),
  "shakes, by 10 pixels": shake(room),
  "shakes, by 30 pixels": shake(room, 0.45),
};
const makers: Readonly<Record<string, () => Tracker>> = { throughline: () => new Throughline() };
for (const [name, way] of Object.entries(ways)) {
  const [look, motion] = await cost(way);
  const pictures = new CameraFromPictures();
  const motions: (Affine | undefined)[] = [];
  const frames: number[] = [];
  for await (const frame of windows(way)) {
    frames.push(frame.time);
    motions.push(await pictures.look(frame)(detectionsIn(detections, frame.index, way(frame.index))));
  }
  const errors = motions.flatMap((m, i) => {
    const t = motionOf(way, i);
    return m && t
      ? [Math.max(...[0, size[0]].flatMap((x) => [0, size[1]].map((y) => offBy(m, t, x, y))))]
      : [];
  });
  const sorted = errors.sort((a, b) => a - b);
  const unknown = motions.filter((m) => !m).length - 1;
  console.log(`\nThe camera ${name}: ${frames.length} frames of ${size.join(" x ")}`);
  console.log(
    `  look ${look.toFixed(2)} ms, motion ${motion.toFixed(2)} ms a frame (median); ` +
      `wrong by ${median(sorted).toFixed(2)} pixels (median), ${sorted[Math.floor(0.99 * sorted.length)]!.toFixed(2)} (99 %) in the corner that is worst off; ` +
      `unknown in ${unknown}, exactly none in ${motions.filter((m) => m?.every((v, k) => v === none[k])).length}`,
  );
  const cameras: Readonly<Record<string, Camera | undefined>> = {
    "left out": { look: () => () => none },
    "by boxes": undefined,
    "by pictures": {
      look:
        ({ index }) =>
        () =>
          motions[index],
    },
    "as it was": {
      look:
        ({ index }) =>
        () =>
          motionOf(way, index),
    },
  };
  for (const [tracker, make] of Object.entries(makers))
    for (const [how, camera] of Object.entries(cameras)) {
      const found: FrameTracks[] = [];
      const source = (async function* () {
        for (const [index, time] of frames.entries())
          yield { index, time, width: size[0], height: size[1], data: new Uint8Array(0) };
      })();
      const detector = {
        labels: ["person"],
        detect: async ({ index }: Frame) => detectionsIn(detections, index, way(index)),
      };
      for await (const result of track(source, { detector, tracker: make(), camera })) found.push(result);
      console.log(`  ${tracker}, motion ${how.padEnd(12)} ${scoresOf(way, found, frames.length)}`);
    }
}

function offBy(m: Affine, t: Affine, x: number, y: number): number {
  const dx = (m[0] - t[0]) * x + (m[1] - t[1]) * y + m[2] - t[2];
  const dy = (m[3] - t[3]) * x + (m[4] - t[4]) * y + m[5] - t[5];
  return Math.hypot(dx, dy);
}
