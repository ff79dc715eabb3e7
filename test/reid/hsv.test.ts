import { describe, expect, it } from "vitest";
import { Graph } from "../../src/nn/index.js";
import { hsvStripes } from "../../src/reid/_hsv.js";
import { random } from "../_random.js";
import { runGraph } from "../image/_run.js";

const bins = { hue: 8, saturation: 4, value: 3 };
const [height, width, stripes] = [8, 5, 4];

async function histograms(crops: readonly (readonly number[])[]): Promise<number[][]> {
  const g = new Graph("hsv");
  const x = g.input("crops", "float", ["n", 3, height, width]);
  g.add("Identity", [hsvStripes(g, x, { height, width, stripes, bins })], {}, "histograms");
  g.output("histograms", "float", ["n", stripes * 96]);
  const data = Float32Array.from(crops.flat());
  const feeds = { crops: { type: "float32", dims: [crops.length, 3, height, width], data } } as const;
  const out = await runGraph(g.encode(18), { feeds }, "histograms");
  return crops.map((_, i) => [...out.data.subarray(i * stripes * 96, (i + 1) * stripes * 96)]);
}

/** The same, one pixel after the other. */
function expected(crop: readonly number[]): number[] {
  const out = new Array(stripes * 96).fill(0);
  const pixels = height * width;
  for (let p = 0; p < pixels; p++) {
    const [r, g, b] = [crop[p]!, crop[pixels + p]!, crop[2 * pixels + p]!];
    const max = Math.max(r, g, b);
    const range = max - Math.min(r, g, b);
    let hue = 0;
    if (range > 0) {
      if (max === r) hue = ((g - b) / range + 6) % 6;
      else if (max === g) hue = 2 + (b - r) / range;
      else hue = 4 + (r - g) / range;
    }
    const bin = (v: number, n: number) => Math.min(n - 1, Math.floor(v * n));
    const h = bin(hue / 6, 8);
    const s = bin(max > 0 ? range / max : 0, 4);
    const v = bin(max / 255, 3);
    const stripe = Math.floor(p / width / (height / stripes));
    out[stripe * 96 + (h * 4 + s) * 3 + v] += stripes / pixels;
  }
  return out;
}

describe("histograms of colour", () => {
  it("equal a count by hand", async () => {
    const next = random(8);
    const crops = [0, 1, 2].map(() =>
      Array.from({ length: 3 * height * width }, () => Math.round(255 * next())),
    );
    const found = await histograms(crops);
    found.forEach((histogram, i) => {
      expected(crops[i]!).forEach((part, k) => {
        expect(histogram[k]).toBeCloseTo(part, 5);
      });
    });
  });

  it("put black, white and grey, which have no hue, into the first bins of hue and saturation", async () => {
    const plain = (level: number) => new Array(3 * height * width).fill(level);
    const found = await histograms([plain(0), plain(255), plain(120)]);
    expect(found.map((histogram) => histogram.findIndex((part) => part > 0))).toEqual([0, 2, 1]);
    for (const histogram of found) expect(histogram.reduce((a, b) => a + b, 0)).toBeCloseTo(stripes, 4);
  });
});
