/**
 * What every detector must do. A new output contract passes by one call:
 * `detectorContract(name, (runtime, minScore) => createDetector(card, path, runtime, { minScore }))`.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRuntime, type Runtime } from "../../src/onnx/index.js";
import type { Detections, Detector, Frame } from "../../src/types.js";
import { random } from "../_random.js";

export type OpenDetector = (runtime: Runtime, minScore: number) => Promise<Detector>;

/** A picture with blocks of colour on it: something to be mistaken for objects. */
export function blocks(width: number, height: number, seed = 1): Frame {
  const next = random(seed);
  const data = new Uint8Array(width * height * 3).fill(90);
  for (let b = 0; b < 12; b++) {
    const [x, y] = [Math.floor(next() * width), Math.floor(next() * height)];
    const [w, h] = [Math.ceil((next() * width) / 4), Math.ceil((next() * height) / 2)];
    const colour = [256 * next(), 256 * next(), 256 * next()];
    for (let j = y; j < Math.min(height, y + h); j++)
      for (let i = x; i < Math.min(width, x + w); i++) data.set(colour, (j * width + i) * 3);
  }
  return { index: 0, time: 0, width, height, data };
}

function expectSound(found: Detections, detector: Detector, frame: Frame, minScore: number): void {
  const { count, boxes, scores, classes } = found;
  expect([boxes.length, scores.length, classes.length]).toEqual([4 * count, count, count]);
  for (let i = 0; i < count; i++) {
    const [x1, y1, x2, y2] = boxes.subarray(4 * i) as unknown as [number, number, number, number];
    expect(x1).toBeGreaterThanOrEqual(0);
    expect(y1).toBeGreaterThanOrEqual(0);
    expect(x2).toBeLessThanOrEqual(frame.width);
    expect(y2).toBeLessThanOrEqual(frame.height);
    expect(x2 - x1).toBeGreaterThan(0);
    expect(y2 - y1).toBeGreaterThan(0);
    expect(scores[i]).toBeGreaterThanOrEqual(minScore);
    expect(scores[i]).toBeLessThanOrEqual(1);
    if (i > 0) expect(scores[i]).toBeLessThanOrEqual(scores[i - 1]!);
    expect(detector.labels[classes[i]!]).toBeTypeOf("string");
  }
}

export function detectorContract(name: string, open: OpenDetector): void {
  describe(`${name} is a detector`, () => {
    let runtime: Runtime;
    let detector: Detector;
    // Low, so that a picture without objects has detections too.
    const minScore = 0.02;
    beforeAll(async () => {
      runtime = await createRuntime();
      detector = await open(runtime, minScore);
    });
    afterAll(() => runtime.close());

    it("puts out boxes inside the picture, by falling score, of classes it has names for", async () => {
      const frame = blocks(320, 240);
      expectSound(await detector.detect(frame), detector, frame, minScore);
    });

    it("finds the same again in the same picture", async () => {
      const frame = blocks(320, 240, 2);
      const first = await detector.detect(frame);
      expect(await detector.detect(frame)).toEqual(first);
    });

    it("borrows the pixels and gives them back unchanged", async () => {
      const frame = blocks(160, 120, 3);
      const before = frame.data.slice();
      await detector.detect(frame);
      expect(frame.data).toEqual(before);
    });

    it("takes pictures of any size, one after the other and at once", async () => {
      const sizes = [
        [320, 240],
        [37, 91],
        [240, 320],
        [1, 1],
        [500, 20],
        [320, 240],
      ] as const;
      const frames = sizes.map(([w, h], i) => blocks(w, h, i));
      const found = await Promise.all(frames.map((frame) => detector.detect(frame)));
      found.forEach((detections, i) => {
        expectSound(detections, detector, frames[i]!, minScore);
      });
      for (const [i, frame] of frames.entries()) expect(await detector.detect(frame)).toEqual(found[i]);
    });

    it("keeps to the minimum score", async () => {
      const frame = blocks(320, 240);
      const picky = await open(runtime, 0.4);
      const all = await detector.detect(frame);
      const best = await picky.detect(frame);
      expect(best.count).toBe([...all.scores].filter((score) => score >= 0.4).length);
      expectSound(best, picky, frame, 0.4);
      await picky.close?.();
    });

    it("refuses a frame without pixels", async () => {
      const frame: Frame = { index: 4, time: 0, width: 320, height: 240, data: new Uint8Array(0) };
      await expect(detector.detect(frame)).rejects.toThrow("Cannot use frame 4: it has no pixels");
    });

    it("is closed as often as anybody likes, also after its runtime", async () => {
      const other = await createRuntime();
      const closed = await open(other, minScore);
      await closed.detect(blocks(64, 64));
      await closed.close?.();
      await closed.close?.();
      const late = await open(other, minScore);
      await other.close();
      await late.close?.();
    });
  });
}
