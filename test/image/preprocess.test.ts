import { describe, expect, it } from "vitest";
import { fitImage, fitNumbers, type ImageInput, isScaled, preprocessGraph } from "../../src/image/index.js";
import { random } from "../_random.js";
import { runGraph } from "./_run.js";

const plain: ImageInput = {
  colour: "rgb",
  fit: "stretch",
  size: { width: 2, height: 2 },
  mean: [0, 0, 0],
  std: [1, 1, 1],
  pad: 0,
  layout: "nchw",
};

const run = async (
  input: ImageInput,
  width: number,
  height: number,
  data: Uint8Array<ArrayBuffer>,
  opset = 18,
) => {
  const fit = fitImage(input, width, height);
  const graph = preprocessGraph(input, "images", { scaled: isScaled(fit), opset });
  const feeds = { fit: { type: "int64", dims: [4], data: fitNumbers(fit) } } as const;
  const frame = { index: 0, time: 0, width, height, data };
  return runGraph(graph.encode(opset), { frame, feeds }, "images");
};

/** In the newest form; the older ones must say the same. */
async function preprocess(input: ImageInput, width: number, height: number, data: Uint8Array<ArrayBuffer>) {
  const newest = await run(input, width, height, data.slice());
  for (const opset of [11, 13]) {
    const older = await run(input, width, height, data.slice(), opset);
    expect(older.dims).toEqual(newest.dims);
    const difference = older.data.map((v, i) => Math.abs(v - newest.data[i]!));
    expect(Math.max(...difference)).toBeLessThan(1e-4);
  }
  return newest;
}

const gradient = Uint8Array.from({ length: 12 }, (_, i) => 10 * i);

describe("pre-processing", () => {
  it("sorts bytes into planes", async () => {
    const { dims, data } = await preprocess(plain, 2, 2, gradient.slice());
    expect(dims).toEqual([1, 3, 2, 2]);
    expect([...data]).toEqual([0, 30, 60, 90, 10, 40, 70, 100, 20, 50, 80, 110]);
  });

  it("turns the colours round and leaves out the batch axis", async () => {
    const { dims, data } = await preprocess(
      { ...plain, colour: "bgr", layout: "chw" },
      2,
      2,
      gradient.slice(),
    );
    expect(dims).toEqual([3, 2, 2]);
    expect([...data]).toEqual([20, 50, 80, 110, 10, 40, 70, 100, 0, 30, 60, 90]);
  });

  it("subtracts the mean and divides by the deviation of the tensor's own channels", async () => {
    const input = { ...plain, colour: "bgr", mean: [20, 10, 5], std: [2, 4, 5] } as const;
    const { data } = await preprocess(input, 2, 2, gradient.slice());
    const expected = [0, 15, 30, 45, 0, 7.5, 15, 22.5, -1, 5, 11, 17];
    expected.forEach((v, i) => {
      expect(data[i]).toBeCloseTo(v, 4);
    });
  });

  it("fills what the picture leaves free, below and to the right", async () => {
    const input = { ...plain, fit: "pad", pad: 114, size: { longSide: 2, multiple: 4 } } as const;
    const { dims, data } = await preprocess(input, 2, 2, gradient.slice());
    expect(dims).toEqual([1, 3, 4, 4]);
    expect([...data.subarray(0, 16)]).toEqual([0, 30, 114, 114, 60, 90, ...Array(10).fill(114)]);
  });

  it("takes pictures of any size in one graph", async () => {
    const input = { ...plain, fit: "pad", pad: 7, size: { longSide: 4, multiple: 4 } } as const;
    const bytes = preprocessGraph(input, "images").encode(18);
    for (const [width, height] of [
      [8, 4],
      [2, 8],
    ] as const) {
      const fit = fitImage(input, width, height);
      const { dims, data } = await runGraph(
        bytes,
        {
          frame: { index: 0, time: 0, width, height, data: new Uint8Array(width * height * 3).fill(50) },
          feeds: { fit: { type: "int64", dims: [4], data: fitNumbers(fit) } },
        },
        "images",
      );
      expect(dims).toEqual([1, 3, 4, 4]);
      expect([...data].filter((v) => v === 50.5).length).toBe(3 * fit.innerWidth * fit.innerHeight);
    }
  });

  it("scales like the exact bilinear rule, to half a level", async () => {
    const [W, H, w, h] = [37, 23, 64, 16];
    const next = random(5);
    const pixels = Uint8Array.from({ length: W * H * 3 }, () => Math.floor(256 * next()));
    const { data } = await preprocess({ ...plain, size: { width: w, height: h } }, W, H, pixels.slice());
    const clamp = (v: number, max: number) => Math.min(Math.max(v, 0), max);
    let sum = 0;
    for (let c = 0; c < 3; c++)
      for (let y = 0; y < h; y++)
        for (let x = 0; x < w; x++) {
          const sx = clamp(((x + 0.5) * W) / w - 0.5, W - 1);
          const sy = clamp(((y + 0.5) * H) / h - 0.5, H - 1);
          const [x0, y0] = [Math.floor(sx), Math.floor(sy)];
          const at = (i: number, j: number) => pixels[(Math.min(j, H - 1) * W + Math.min(i, W - 1)) * 3 + c]!;
          const top = at(x0, y0) * (1 - sx + x0) + at(x0 + 1, y0) * (sx - x0);
          const bottom = at(x0, y0 + 1) * (1 - sx + x0) + at(x0 + 1, y0 + 1) * (sx - x0);
          const difference = data[(c * h + y) * w + x]! - (top * (1 - sy + y0) + bottom * (sy - y0));
          expect(Math.abs(difference)).toBeLessThanOrEqual(1.05);
          sum += difference;
        }
    expect(Math.abs(sum / data.length)).toBeLessThan(0.05);
  });

  it("takes pictures of one pixel", async () => {
    const { data } = await preprocess(
      { ...plain, size: { width: 8, height: 8 } },
      1,
      1,
      Uint8Array.of(9, 9, 9),
    );
    for (const v of data) expect(v).toBeCloseTo(9.5, 0);
  });
});
