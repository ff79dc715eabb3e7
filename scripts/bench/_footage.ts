/** The sequences of the reference material, where it lies beside the repository; only read, never part of it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import {
  type Benchmark,
  type Boxes,
  mot15,
  mot17,
  parseMot,
  parseSequenceInfo,
} from "../../src/eval/index.js";
import { type CameraMotion, parseCameraMotion } from "../../src/format/camera.js";
import { parseDetections } from "../../src/format/detections.js";
import type { Detections } from "../../src/types.js";

const root = new URL("../../../shared/data/", import.meta.url);

/** One sequence, or a part of one. */
export interface Footage {
  readonly name: string;
  readonly frameRate: number;
  readonly detections: readonly Detections[];
  readonly truth?: Boxes;
  readonly motion?: CameraMotion;
}

/** Sequences that are scored together. */
export interface FootageSet {
  readonly name: string;
  readonly benchmark: Benchmark;
  readonly sequences: readonly Footage[];
}

/** @returns the sets that are there, none without the reference material */
export function readFootage(): FootageSet[] {
  if (!existsSync(root)) return [];
  const four = (ending: string) => ["02", "04", "09", "11"].map((number) => `MOT17-${number}-${ending}`);
  const all = (folder: string) => readdirSync(new URL(folder, root));
  return [
    { name: "MOT15", benchmark: mot15, sequences: read("MOT15/train", all("MOT15/train")) },
    {
      name: "MOT17 val half, YOLOX",
      benchmark: mot17,
      sequences: read("MOT17-val-half", four("YOLOX"), "gmc-val-half"),
    },
    { name: "MOT17, FRCNN", benchmark: mot17, sequences: read("MOT17/train", four("FRCNN"), "gmc-full") },
  ];
}

function read(folder: string, names: readonly string[], camera?: string): Footage[] {
  const text = (path: string) => readFileSync(new URL(path, root), "utf8");
  return names.map((name) => {
    const at = `${folder}/${name}`;
    const { length = 0, frameRate = 30 } = parseSequenceInfo(text(`${at}/seqinfo.ini`), at);
    const found = parseDetections(text(`${at}/det/det.txt`), at);
    const motion = camera && text(`camera/${camera}/GMC-${name.slice(0, 8)}.txt`);
    return {
      ...{ name, frameRate },
      truth: parseMot(text(`${at}/gt/gt.txt`), at, { kind: "truth", length }),
      detections: Array.from({ length }, (_, t) => found.at(t)),
      ...(motion ? { motion: parseCameraMotion(motion, at) } : {}),
    };
  });
}
