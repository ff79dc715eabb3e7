import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { draft, readDraft } from "../../src/format/draft.js";
import type { FrameTracks } from "../../src/types.js";
import { random } from "../_random.js";

const folder = mkdtempSync(join(tmpdir(), "throughline-draft-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "a.draft");

const header = { input: "a.mp4", width: 640, height: 480, labels: ["person"], run: {} };

async function read(text: string): Promise<FrameTracks[]> {
  writeFileSync(path, text);
  const frames: FrameTracks[] = [];
  for await (const frame of readDraft(path)) frames.push(frame);
  return frames;
}

describe("A draft", () => {
  it("holds the frames, and looks to a byte for each number", async () => {
    const next = random(12);
    const mean = Float32Array.from({ length: 640 }, () => next() - 0.5);
    const frames: FrameTracks[] = [
      { index: 0, time: 0, tracks: [] },
      {
        ...{ index: 1, time: 0.04 },
        tracks: [{ id: 3, box: [1, 2, 3, 4], score: 0.5, class: 0, detection: 0 }],
        looks: [
          { id: 3, count: 16, mean },
          { id: 7, count: 1, mean: new Float32Array(640) },
        ],
      },
      { index: 2, time: 0.08, tracks: [] },
    ];
    const text = draft.begin!(header) + frames.map((frame) => draft.frame(frame, header)).join("");
    const found = await read(text);
    const plain = ({ looks: _, ...frame }: FrameTracks) => frame;
    expect(found.map(plain)).toEqual(frames.map(plain));
    expect(found.map(({ looks }) => looks?.map(({ id, count }) => [id, count]))).toEqual([
      undefined,
      [
        [3, 16],
        [7, 1],
      ],
      undefined,
    ]);
    const [{ mean: close }, nothing] = found[1].looks!;
    expect(Math.max(...close.map((v, k) => Math.abs(v - mean[k])))).toBeLessThan(0.5 / 127);
    expect(nothing.mean).toEqual(new Float32Array(640));
  });

  it("holds the detections that no track took, each number as a 32-bit float", async () => {
    const unused = Float64Array.of(3, 10.25, 20, 30.1, 80, 0.7, 0);
    const frames: FrameTracks[] = [
      { index: 0, time: 0, tracks: [], unused },
      { index: 1, time: 0.04, tracks: [], unused: new Float64Array(0) },
    ];
    const text = draft.begin!(header) + frames.map((frame) => draft.frame(frame, header)).join("");
    const found = await read(text);
    expect(found.map((frame) => frame.unused)).toEqual([unused.map(Math.fround), undefined]);
  });

  it("holds how the picture moved, to the digit, where that is known", async () => {
    const camera = [1 / 3, -0.01, 12.34567890123, 0.01, 1.1, -3e-7] as const;
    const frames: FrameTracks[] = [
      { index: 0, time: 0, tracks: [] },
      { index: 1, time: 0.04, tracks: [], camera },
      { index: 2, time: 0.08, tracks: [] },
    ];
    const text = draft.begin!(header) + frames.map((frame) => draft.frame(frame, header)).join("");
    expect(await read(text)).toEqual(frames);
  });

  it("is refused where a look is none", async () => {
    const look = { type: "look", id: 1, count: 4, largest: 1, mean: "no base64!" };
    await expect(read(`${draft.begin!(header)}${JSON.stringify(look)}\n`)).rejects.toThrow(
      /^Cannot parse ".*a\.draft:2": mean/,
    );
  });
});
