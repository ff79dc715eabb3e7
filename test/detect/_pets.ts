/** The clip PETS09-S2L1 and its truth, where they are here; see ../shared/data. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const SHARED = join(import.meta.dirname, "../../../shared");

export const PETS_VIDEO = join(SHARED, "data/video/vtest.avi");
const TRUTH = join(SHARED, "data/MOT15/train/PETS09-S2L1/gt/gt.txt");

export const petsIsHere = existsSync(PETS_VIDEO) && existsSync(TRUTH);

export interface Person {
  readonly id: number;
  readonly box: readonly [number, number, number, number];
}

/** The people of every frame, by index from 0. */
export function petsTruth(): ReadonlyMap<number, readonly Person[]> {
  const frames = new Map<number, Person[]>();
  for (const line of readFileSync(TRUTH, "utf8").trim().split("\n")) {
    const [frame, id, x, y, w, h] = line.split(",").map(Number) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const people = frames.get(frame - 1) ?? [];
    people.push({ id, box: [x, y, x + w, y + h] });
    frames.set(frame - 1, people);
  }
  return frames;
}
