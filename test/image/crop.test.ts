import { describe, expect, it } from "vitest";
import { crop } from "../../src/image/index.js";
import { Graph } from "../../src/nn/index.js";
import { random } from "../_random.js";
import { runGraph } from "./_run.js";

const [W, H] = [40, 30];
const next = random(3);
const pixels = Uint8Array.from({ length: W * H * 3 }, () => Math.floor(256 * next()));

async function cropped(boxes: readonly number[], height: number, width: number, build = gathered) {
  const g = new Graph("crop");
  const frame = g.input("frame", "uint8", ["h", "w", 3]);
  g.add("Identity", [build(g, frame, g.input("boxes", "float", ["n", 4]), height, width)], {}, "crops");
  g.output("crops", "float", ["n", 3, height, width]);
  const n = boxes.length / 4;
  return runGraph(
    g.encode(18),
    {
      frame: { index: 0, time: 0, width: W, height: H, data: pixels.slice() },
      feeds: { boxes: { type: "float32", dims: [n, 4], data: Float32Array.from(boxes) } },
    },
    "crops",
  );
}
const gathered = crop;

/** The same by ONNX's own operator, on the whole frame as floats. */
const roiAligned: typeof crop = (g, frame, boxes, height, width) => {
  const planes = g.add("Transpose", [g.add("Cast", [frame], { to: 1 })], { perm: [2, 0, 1] });
  const n = g.add("Shape", [boxes], { end: 1 });
  const first = g.add("Expand", [g.ints([0]), n]);
  return g.add("RoiAlign", [g.add("Unsqueeze", [planes, g.ints([0])]), boxes, first], {
    output_height: height,
    output_width: width,
    sampling_ratio: 1,
    coordinate_transformation_mode: "half_pixel",
  });
};

describe("cropping", () => {
  it("copies a box whose pixels are the crop's", async () => {
    const { dims, data } = await cropped([5, 7, 9, 13], 6, 4);
    expect(dims).toEqual([1, 3, 6, 4]);
    for (let c = 0; c < 3; c++)
      for (let y = 0; y < 6; y++)
        for (let x = 0; x < 4; x++)
          expect(data[(c * 6 + y) * 4 + x]).toBe(pixels[((7 + y) * W + 5 + x) * 3 + c]);
  });

  it("equals RoiAlign at one sample per pixel", async () => {
    const boxes = [3.2, 4.7, 20.9, 28.1, 0, 0, 40, 30, 10.5, 10.5, 12, 11.75];
    const [ours, theirs] = [await cropped(boxes, 16, 8), await cropped(boxes, 16, 8, roiAligned)];
    expect(ours.dims).toEqual(theirs.dims);
    for (let i = 0; i < ours.data.length; i++) expect(ours.data[i]).toBeCloseTo(theirs.data[i]!, 2);
  });

  it("repeats the border beyond the frame", async () => {
    const { data } = await cropped([-8, -8, -4, -4], 2, 2);
    expect([...data]).toEqual([0, 1, 2].flatMap((c) => Array(4).fill(pixels[c])));
  });

  it("takes no boxes", async () => {
    expect((await cropped([], 4, 4)).dims).toEqual([0, 3, 4, 4]);
  });
});
