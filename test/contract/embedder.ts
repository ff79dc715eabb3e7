/**
 * What every embedder must do. A new contract passes by one call:
 * `embedderContract(name, (runtime) => createEmbedder(card, path, runtime))`.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRuntime, type Runtime } from "../../src/onnx/index.js";
import type { Embedder, Embeddings, Frame } from "../../src/types.js";
import { random } from "../_random.js";

/** A picture in which every place looks different. */
function noise(width: number, height: number, seed: number): Frame {
  const next = random(seed);
  const data = new Uint8Array(width * height * 3);
  const coarse = Uint8Array.from({ length: 3 * 400 }, () => 256 * next());
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const block = 3 * (20 * Math.floor((20 * y) / height) + Math.floor((20 * x) / width));
      data.set(coarse.subarray(block, block + 3), 3 * (y * width + x));
    }
  return { index: 0, time: 0, width, height, data };
}

const row = ({ data, dim }: Embeddings, i: number): Float32Array => data.slice(i * dim, (i + 1) * dim);
const norm = (vector: Float32Array): number => Math.hypot(...vector);
const cosine = (a: Float32Array, b: Float32Array): number => a.reduce((sum, v, k) => sum + v * b[k]!, 0);

export function embedderContract(name: string, open: (runtime: Runtime) => Promise<Embedder>): void {
  describe(`${name} is an embedder`, () => {
    let runtime: Runtime;
    let embedder: Embedder;
    beforeAll(async () => {
      runtime = await createRuntime();
      embedder = await open(runtime);
    });
    afterAll(() => runtime.close());
    const frame = noise(200, 160, 1);

    it("gives every box a row of norm 1", async () => {
      const boxes = Float64Array.of(10, 10, 60, 150, 100.5, 20.25, 130.75, 90, 0, 0, 200, 160);
      const found = await embedder.embed(frame, boxes);
      expect([found.count, found.dim, found.data.length]).toEqual([3, embedder.dim, 3 * embedder.dim]);
      for (let i = 0; i < 3; i++) expect(norm(row(found, i))).toBeCloseTo(1, 4);
    });

    it("gives no boxes no rows", async () => {
      expect(await embedder.embed(frame, new Float64Array(0))).toEqual({
        count: 0,
        dim: embedder.dim,
        data: new Float32Array(0),
      });
    });

    it("gives zeros to boxes that show nothing, and does not mistake the rows of the others", async () => {
      const box = [20, 20, 60, 120];
      const blind = [
        [-50, 10, -10, 60],
        [200, 0, 260, 100],
        [30, 30, 30, 80],
        [30, 30, 30.5, 30.5],
        [60, 50, 40, 70],
        [Number.NaN, 0, 10, 10],
      ];
      const found = await embedder.embed(frame, Float64Array.from([...blind, box, ...blind].flat()));
      const alone = row(await embedder.embed(frame, Float64Array.from(box)), 0);
      for (let i = 0; i < found.count; i++)
        if (i === blind.length) expect(cosine(row(found, i), alone)).toBeCloseTo(1, 4);
        else expect(norm(row(found, i))).toBe(0);
      const none = await embedder.embed(frame, Float64Array.from(blind.flat()));
      expect(none.data.every((v) => v === 0)).toBe(true);
    });

    it("looks at the visible part of boxes that leave the picture", async () => {
      const found = await embedder.embed(frame, Float64Array.of(-40, -30, 40, 80, 0, 0, 40, 80));
      expect(cosine(row(found, 0), row(found, 1))).toBeCloseTo(1, 4);
    });

    it("takes boxes of two pixels", async () => {
      const found = await embedder.embed(frame, Float64Array.of(5, 5, 7, 7, 197.5, 157.5, 200, 160));
      for (const i of [0, 1]) expect(norm(row(found, i))).toBeCloseTo(1, 4);
    });

    it("keeps the order of many boxes, whatever the batches", async () => {
      const next = random(4);
      const boxes = Float64Array.from(
        Array.from({ length: 37 }, () => {
          const [x, y] = [150 * next(), 80 * next()];
          return [x, y, x + 20 + 20 * next(), y + 40 + 40 * next()];
        }).flat(),
      );
      const all = await embedder.embed(frame, boxes);
      for (const i of [0, 15, 16, 31, 32, 36]) {
        const one = await embedder.embed(frame, boxes.slice(4 * i, 4 * i + 4));
        expect(cosine(row(all, i), row(one, 0))).toBeCloseTo(1, 4);
      }
    });

    it("tells different things apart, and gives the same thing the same vector at any time", async () => {
      const boxes = Float64Array.of(10, 10, 60, 150, 120, 10, 170, 150);
      const first = await embedder.embed(frame, boxes);
      await embedder.embed(noise(90, 70, 9), Float64Array.of(0, 0, 40, 70));
      expect(await embedder.embed(frame, boxes)).toEqual(first);
      expect(cosine(row(first, 0), row(first, 1))).toBeLessThan(0.98);
    });

    it("borrows the pixels and gives them back unchanged", async () => {
      const before = frame.data.slice();
      const running = embedder.embed(frame, Float64Array.of(10, 10, 60, 150));
      expect(frame.data.length).toBe(0);
      await running;
      expect(frame.data).toEqual(before);
    });

    it("refuses half a box", async () => {
      await expect(embedder.embed(frame, Float64Array.of(1, 2, 3))).rejects.toThrow(
        new RangeError("Cannot embed boxes: expected 4 numbers for each, got 3 numbers"),
      );
    });

    it("is closed as often as anybody likes", async () => {
      const closed = await open(runtime);
      await closed.close?.();
      await closed.close?.();
    });
  });
}
