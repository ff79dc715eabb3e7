/**
 * What looks are worth after the last frame, on MOT17-09 with vectors that a network trained for it made of the public
 * detections: with looks the tracks must score clearly more than without.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { evaluate, fromTracks, mot17, parseMot, parseSequenceInfo } from "../../src/eval/index.js";
import { HeldFrames } from "../../src/late.js";
import { LookMeans } from "../../src/looks.js";
import { refine } from "../../src/refine/index.js";
import { Throughline } from "../../src/track/throughline.js";
import type { FrameTracks } from "../../src/types.js";
import { readNpy } from "../track/_npy.js";
import { detections, hasReference, reference } from "../track/_reference.js";

const dim = 128;

const isHere = hasReference("data/features-mars128");
const text = (path: string) => readFileSync(reference(`data/MOT17/train/MOT17-09-FRCNN/${path}`), "utf8");

/** The tracks of the first pass, with looks. */
function tracked(name: string, length: number): FrameTracks[] {
  const { rows, cols, data } = readNpy(reference(`data/features-mars128/${name}.npy`));
  const found: number[][][] = Array.from({ length }, () => []);
  const vectors: number[][] = Array.from({ length }, () => []);
  for (let row = 0; row < rows; row++) {
    const [frame, , x, y, w, h, score, ...vector] = data.subarray(row * cols, (row + 1) * cols);
    const norm = Math.hypot(...vector);
    found[frame - 1].push([x, y, x + w, y + h, score]);
    vectors[frame - 1].push(...vector.map((v) => v / norm));
  }
  const tracker = new Throughline();
  const held = new HeldFrames(tracker.delay);
  const looks = new LookMeans();
  const done = found.flatMap((list, index) => {
    const embeddings = { count: list.length, dim, data: Float32Array.from(vectors[index]) };
    const cues = { elapsed: 1 / 30, embeddings, onLate: held.onLate, onLook: looks.onLook };
    const tracks = tracker.update(detections(list), cues);
    return held.push({ index, time: index / 30, tracks, looks: looks.next() });
  });
  return [...done, ...held.take()];
}

describe.runIf(isHere)("Tracks of MOT17-09 after the last frame", () => {
  const { length = 0 } = isHere ? parseSequenceInfo(text("seqinfo.ini"), "seqinfo.ini") : {};

  const scoresOf = async (frames: readonly FrameTracks[]) => {
    const truth = parseMot(text("gt/gt.txt"), "gt.txt", { kind: "truth", length });
    const out: FrameTracks[] = [];
    for await (const { index, time, tracks } of refine(() => frames))
      out.push({ index, time, tracks: tracks.map((track) => ({ ...track, class: 1 })) });
    const pair = { name: "MOT17-09", truth, results: fromTracks(out, "results", length) };
    const { hota, identity } = evaluate([pair], mot17)[0]!.combined!;
    return { HOTA: 100 * hota!.hota, IDF1: 100 * identity!.idf1 };
  };

  it.each([
    ["FRCNN", 60, 73],
    ["SDP", 65, 76.5],
  ])(
    "score four points of HOTA and five of IDF1 more by their looks (%s), and %d and %d in all",
    async (name, HOTA, IDF1) => {
      const frames = tracked(`MOT17-09-${name}`, length);
      const by = await scoresOf(frames);
      const without = await scoresOf(frames.map(({ looks: _, ...frame }) => frame));
      expect(by.HOTA).toBeGreaterThan(without.HOTA + 4);
      expect(by.IDF1).toBeGreaterThan(without.IDF1 + 5);
      expect(by.HOTA).toBeGreaterThan(HOTA);
      expect(by.IDF1).toBeGreaterThan(IDF1);
    },
  );
});
