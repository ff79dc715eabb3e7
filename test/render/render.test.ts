import { describe, expect, it } from "vitest";
import { Painter } from "../../src/render/painter.js";
import { lookOf } from "../../src/render/palette.js";
import { drawLine, fillRect, pixelate } from "../../src/render/pixels.js";
import { Timeline } from "../../src/render/timeline.js";
import type { Track } from "../../src/types.js";

const blank = (width: number, height: number, value = 100) => ({
  width,
  height,
  data: new Uint8Array(width * height * 3).fill(value),
});
const track = (id: number, x: number): Track => ({
  ...{ id, box: [x, 10, x + 20, 50], score: 0.9, class: 0, detection: 0 },
});
const frame = (index: number, ...tracks: Track[]) => ({ index, time: index / 10, tracks });

describe("the looks of identities", () => {
  it("are 24 different ones, and the same for an identity each time", () => {
    const looks = Array.from({ length: 24 }, (_, i) => JSON.stringify(lookOf(i + 1)));
    expect(new Set(looks).size).toBe(24);
    expect(lookOf(25)).toEqual(lookOf(1));
  });

  it("differ in lightness or hue for those who lack one kind of cone", () => {
    // Viénot, Brettel and Mollon (1999): linear RGB as seen without red (protan) and without green (deutan) cones.
    const kinds = [
      [0.11238, 0.88762, 0.11238, 0.88762, 0.00401, -0.00401],
      [0.29275, 0.70725, 0.29275, 0.70725, -0.02234, 0.02234],
    ];
    for (const [rr, rg, gr, gg, br, bg] of kinds) {
      const seen = Array.from({ length: 8 }, (_, i) => {
        const [r, g, b] = lookOf(i + 1).colour.map((value) => (value / 255) ** 2.2) as [
          number,
          number,
          number,
        ];
        const lin = [rr! * r + rg! * g, gr! * r + gg! * g, br! * r + bg! * g + b];
        return lin.map((value) => 255 * Math.max(0, value) ** (1 / 2.2));
      });
      for (const [i, a] of seen.entries())
        for (const b of seen.slice(i + 1))
          expect(Math.hypot(...a.map((v, k) => v - b[k]!))).toBeGreaterThan(20);
    }
  });
});

describe("drawing into bytes", () => {
  it("leaves everything outside a shape as it was, also where the shape is far outside the picture", () => {
    const canvas = blank(40, 30);
    fillRect(canvas, -1e9, 10, 5, 1e9, [255, 0, 0]);
    drawLine(canvas, -1e7, 5, 1e7, 5, 2, [0, 255, 0]);
    drawLine(canvas, -50, -50, -20, 90, 3, [0, 0, 255]);
    const at = (x: number, y: number) => [...canvas.data.subarray((y * 40 + x) * 3, (y * 40 + x) * 3 + 3)];
    expect(at(4, 29)).toEqual([255, 0, 0]);
    expect(at(5, 29)).toEqual([100, 100, 100]);
    expect(at(20, 4)).toEqual([0, 255, 0]);
    expect(at(20, 7)).toEqual([100, 100, 100]);
  });

  it("makes squares of one colour each, of the average of what was there", () => {
    const canvas = blank(64, 64);
    for (let i = 0; i < canvas.data.length; i += 3) canvas.data.fill((i / 3) % 2 ? 200 : 0, i, i + 3);
    pixelate(canvas, 16, 16, 48, 48);
    expect(canvas.data[(20 * 64 + 20) * 3]).toBe(100);
    expect(canvas.data[(20 * 64 + 21) * 3]).toBe(100);
    expect(canvas.data[(10 * 64 + 21) * 3]).toBe(200);
  });

  it("draws boxes, labels and counts of any place and size without leaving the picture", () => {
    for (const box of [
      [-1e6, -1e6, 1e6, 1e6],
      [5, 5, 5.5, 5.5],
      [500, 500, 900, 900],
      [-90, 3, -20, 9],
    ] as const) {
      const canvas = blank(64, 48);
      const painter = new Painter(canvas, { names: ["person"] });
      const one = { id: 9, box, class: 0, score: 0.5, guessed: true };
      const points = Float64Array.of(-100, -100, 400, 400);
      painter.draw(canvas, {
        index: 0,
        time: 0,
        shown: [one],
        hidden: [one],
        places: [{ points, text: "gate" }],
      });
      expect(canvas.data).toHaveLength(64 * 48 * 3);
    }
  });
});

describe("Timeline", () => {
  it("moves boxes in a straight line over frames that were not tracked, dashed", () => {
    const timeline = new Timeline([frame(0, track(1, 0)), frame(2, track(1, 20)), frame(4, track(1, 30))]);
    expect(timeline.at(1).shown).toEqual([
      { id: 1, box: [10, 10, 30, 50], class: 0, score: undefined, guessed: true },
    ]);
    expect(timeline.at(2).shown[0]!.guessed).toBe(false);
    expect(timeline.at(4).shown).toHaveLength(1);
    expect(timeline.at(5).shown).toHaveLength(0);
  });

  it("bridges a gap apart from what is shown, no longer than it may, and holds before and after", () => {
    const empty = (index: number) => frame(index, track(2, 100));
    const frames = Array.from({ length: 40 }, (_, i) =>
      [8, 12, 30].includes(i) ? frame(i, track(1, i), track(2, 100)) : empty(i),
    );
    const timeline = new Timeline(frames, 8);
    const bridged = frames.map(({ index }) => timeline.at(index).bridged.some(({ id }) => id === 1));
    expect(bridged.flatMap((is, i) => (is ? [i] : []))).toEqual([7, 9, 10, 11, 31]);
  });
});
