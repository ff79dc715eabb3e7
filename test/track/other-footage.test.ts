/**
 * What the defaults of Throughline were not chosen by: cars and people before KITTI's moving camera at ten frames a
 * second, and detectors whose scores are margins (PointRCNN, ACF, DPM). There, too, it must be better than the published
 * trackers.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  type Benchmark,
  evaluate,
  fromTracks,
  kitti,
  mot15,
  mot17,
  type Pair,
  parseKitti,
  parseMot,
  parseSequenceInfo,
  parseSequenceMap,
} from "../../src/eval/index.js";
import { parseDetections } from "../../src/format/detections.js";
import { HeldFrames } from "../../src/late.js";
import { refine } from "../../src/refine/index.js";
import { BotSort } from "../../src/track/botsort.js";
import { ByteTrack } from "../../src/track/bytetrack.js";
import { OcSort } from "../../src/track/ocsort.js";
import { Throughline } from "../../src/track/throughline.js";
import type { Detections, FrameTracks, Tracker } from "../../src/types.js";
import { detections, hasReference, numbers, reference } from "./_reference.js";

interface Footage {
  readonly name: string;
  readonly truth: Pair["truth"];
  readonly rate: number;
  readonly frames: readonly Detections[];
}

const text = (path: string) => readFileSync(reference(`data/${path}`), "utf8");

function fromKitti(name: "Car" | "Pedestrian"): Footage[] {
  const lengths = parseSequenceMap(text("KITTI/evaluate_tracking.seqmap.training"), "map");
  return readdirSync(reference("data/KITTI/label")).map((file) => {
    const length = lengths.get(file.slice(0, 4))!;
    const lists: number[][][] = Array.from({ length }, () => []);
    for (const [frame, , ...box] of numbers(`data/KITTI/det/${name}-${file}`))
      lists[frame]?.push(box.slice(0, 5));
    const truth = parseKitti(text(`KITTI/label/${file}`), file, { length, kind: "truth" });
    return { name: file, truth, rate: 10, frames: lists.map((list) => detections(list)) };
  });
}

function fromMot(folder: string, names: readonly string[], file: string): Footage[] {
  return names.map((name) => {
    const { length = 0, frameRate = 30 } = parseSequenceInfo(
      text(`${folder}/${name}/seqinfo.ini`),
      "seqinfo.ini",
    );
    const found = parseDetections(text(`${folder}/${name}/det/${file}`), file);
    const truth = parseMot(text(`${folder}/${name}/gt/gt.txt`), "gt.txt", { length, kind: "truth" });
    return { name, truth, rate: frameRate, frames: Array.from({ length }, (_, t) => found.at(t)) };
  });
}

const withAcf = () =>
  readdirSync(reference("data/MOT15/train")).filter((name) =>
    existsSync(reference(`data/MOT15/train/${name}/det/det-acf.txt`)),
  );

function follow({ frames, rate }: Footage, tracker: Tracker, classNumber: number): FrameTracks[] {
  const held = new HeldFrames(tracker.delay);
  const done = frames.flatMap((found, index) => {
    const tracks = tracker.update(found, { elapsed: 1 / rate, onLate: held.onLate });
    return held.push({ index, time: index / rate, tracks });
  });
  return [...done, ...held.take()].map((frame) => ({
    ...frame,
    tracks: frame.tracks.map((track) => ({ ...track, class: classNumber })),
  }));
}

async function refined(frames: readonly FrameTracks[]): Promise<FrameTracks[]> {
  const out: FrameTracks[] = [];
  for await (const frame of refine(() => frames)) out.push(frame);
  return out;
}

const published: readonly (() => Tracker)[] = [
  () => new ByteTrack(),
  () => new OcSort(),
  () => new BotSort(),
];

const sets: readonly [name: string, benchmark: Benchmark, classNumber: number, footage: () => Footage[]][] = [
  ["the cars of KITTI", { ...kitti, classes: ["car"] }, 1, () => fromKitti("Car")],
  ["the pedestrians of KITTI", { ...kitti, classes: ["pedestrian"] }, 4, () => fromKitti("Pedestrian")],
  ["MOT15's public detections", mot15, 1, () => fromMot("MOT15/train", withAcf(), "det-acf.txt")],
  ["MOT17-04-DPM", mot17, 1, () => fromMot("MOT17/train", ["MOT17-04-DPM"], "det.txt")],
];

describe.skipIf(!hasReference("data/KITTI"))("Throughline where it was not tuned", () => {
  it.each(sets)("is better than published trackers on %s, offline still more so", async (...set) => {
    const [, benchmark, classNumber, footage] = set;
    const all = footage();
    const hota = (results: readonly FrameTracks[][]): number => {
      const pairs = all.map(({ name, truth, frames }, i) => ({
        ...{ name, truth },
        results: fromTracks(results[i], name, frames.length),
      }));
      return evaluate(pairs, benchmark, { metrics: ["hota"] })[0]!.combined!.hota!.hota;
    };
    const run = (make: () => Tracker) => all.map((one) => follow(one, make(), classNumber));
    const online = run(() => new Throughline());
    const offline = await Promise.all(online.map((frames) => refined(frames)));
    expect(hota(online)).toBeGreaterThan(Math.max(...published.map((make) => hota(run(make)))));
    expect(hota(offline)).toBeGreaterThan(hota(online));
  });
});
