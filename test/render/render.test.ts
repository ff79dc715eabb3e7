import { describe, expect, it } from "vitest";
import { Inks, toRgb } from "../../src/render/canvas.js";
import { Painter } from "../../src/render/painter.js";
import { lookOf } from "../../src/render/palette.js";
import { fillRect, pixelate } from "../../src/render/pixels.js";
import { Stencil } from "../../src/render/stencil.js";
import { Timeline } from "../../src/render/timeline.js";
import type { Track } from "../../src/types.js";

const planar = (width: number, height: number): number =>
  width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
const blank = (width: number, height: number, value = 100) => ({
  width,
  height,
  data: new Uint8Array(planar(width, height)).fill(value),
});
const bt709 = { red: 0.2126, blue: 0.0722 };
const red = { y: 63, u: 102, v: 240 };
const stroke = { thick: 2, rim: 1, ink: 255 };
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
    fillRect(canvas, -1e9, 10, 5, 1e9, red);
    const stencil = new Stencil(canvas);
    stencil.stroke([-1e7, 5, 1e7, 5], stroke);
    stencil.stroke([-50, -50, -20, 90], stroke);
    stencil.paint(canvas, { y: 200, u: 100, v: 100 }, { ink: { y: 16, u: 128, v: 128 }, part: 0.5 });
    const at = (x: number, y: number) => canvas.data[y * 40 + x];
    expect(at(4, 29)).toBe(red.y);
    expect(at(5, 29)).toBe(100);
    expect(at(20, 4)).toBe(200);
    expect(at(20, 8)).toBe(100);
    // Empty after it was painted.
    stencil.paint(canvas, red);
    expect(at(20, 4)).toBe(200);
  });

  it.each([
    [40, 30],
    [41, 31],
  ])("colours as much of four pixels as a shape covers, in %i x %i", (width, height) => {
    const columns = Math.ceil(width / 2);
    const u = (data: Uint8Array, x: number, y: number) => data[width * height + y * columns + x]!;
    const all = blank(width, height);
    fillRect(all, 0, 0, width, height, red);
    expect(new Set(all.data.subarray(width * height))).toEqual(new Set([red.u, red.v]));
    const odd = blank(width, height, 128);
    fillRect(odd, 5, 3, 8, 6, { ...red, u: 28 });
    // Of the 2 x 2 pixels: one, one row of two, all.
    expect([u(odd.data, 2, 1), u(odd.data, 3, 1), u(odd.data, 3, 2), u(odd.data, 4, 2)]).toEqual([
      103, 78, 28, 128,
    ]);
    // The same through a stencil.
    const stamped = blank(width, height, 128);
    const stencil = new Stencil(stamped);
    stencil.stamp({ width: 3, height: 3, data: new Uint8Array(9).fill(255) }, 5, 3);
    stencil.paint(stamped, { ...red, u: 28 });
    for (const [i, value] of stamped.data.entries())
      expect(Math.abs(value - odd.data[i]!)).toBeLessThanOrEqual(1);
  });

  it("joins the strokes of a path without a seam", () => {
    const canvas = blank(60, 20);
    const stencil = new Stencil(canvas);
    const half = { thick: 4, rim: 0, ink: 128 };
    for (let x = 5; x < 50; x += 5) stencil.stroke([x, 10, x + 5, 10], half);
    stencil.paint(canvas, { y: 200, u: 128, v: 128 });
    expect(new Set(canvas.data.subarray(10 * 60 + 8, 10 * 60 + 48))).toEqual(new Set([150]));
  });

  it("codes colours as a video does, and back", () => {
    // ITU-R BT.709-6 and BT.601-7: the primaries and white in 8 bits.
    const ink = (code: typeof bt709, ...rgb: [number, number, number]) =>
      Object.values(new Inks(code).of(rgb));
    expect(ink(bt709, 255, 255, 255)).toEqual([235, 128, 128]);
    expect(ink(bt709, 255, 0, 0)).toEqual([63, 102, 240]);
    expect(ink(bt709, 0, 0, 255)).toEqual([32, 240, 118]);
    expect(ink({ red: 0.299, blue: 0.114 }, 0, 255, 0)).toEqual([145, 54, 34]);
    const canvas = blank(4, 4);
    fillRect(canvas, 0, 0, 4, 4, new Inks(bt709).of([200, 120, 40]));
    const rgb = toRgb(canvas, { left: 1, top: 1, width: 2, height: 2 }, bt709);
    for (let i = 0; i < 12; i++) expect(Math.abs(rgb[i]! - [200, 120, 40][i % 3]!)).toBeLessThanOrEqual(2);
  });

  it("makes squares of one colour each, of the average of what was there", () => {
    const canvas = blank(64, 64);
    for (let i = 0; i < canvas.data.length; i++) canvas.data[i] = i % 2 ? 200 : 0;
    pixelate(canvas, 16, 16, 48, 48);
    expect(canvas.data[20 * 64 + 20]).toBe(100);
    expect(canvas.data[20 * 64 + 21]).toBe(100);
    expect(canvas.data[10 * 64 + 21]).toBe(200);
    expect(canvas.data[64 * 64 + 10 * 32 + 10]).toBe(100);
    expect(canvas.data[64 * 64 + 4 * 32 + 11]).toBe(200);
  });

  it("draws boxes, labels and counts of any place and size without leaving the picture", () => {
    for (const box of [
      [-1e6, -1e6, 1e6, 1e6],
      [5, 5, 5.5, 5.5],
      [500, 500, 900, 900],
      [-90, 3, -20, 9],
    ] as const) {
      const canvas = blank(65, 47);
      const painter = new Painter(canvas, bt709, { names: ["person"] });
      const one = { id: 9, box, class: 0, score: 0.5, guessed: true };
      const points = Float64Array.of(-100, -100, 400, 400);
      painter.draw(canvas, {
        index: 0,
        time: 0,
        shown: [one],
        hidden: [one],
        places: [{ points, text: "gate" }],
      });
      expect(canvas.data).toHaveLength(planar(65, 47));
    }
  });

  it("writes the name that people gave to an identity before its number, but never of somebody who is hidden", () => {
    const one = { id: 9, box: [40, 60, 90, 170], class: 0, score: 0.5, guessed: false } as const;
    const draw = (given: Record<string, string>, hidden: readonly (typeof one)[] = []) => {
      const canvas = blank(320, 200);
      const painter = new Painter(canvas, bt709, { given });
      painter.draw(canvas, { index: 0, time: 0, shown: [one], hidden });
      return canvas.data;
    };
    const { colour } = lookOf(9);
    const { y } = new Inks(bt709).of(colour);
    /** Pixels of the label, whose ground has the colour of the identity. */
    const inked = (data: Uint8Array) => data.subarray(0, 320 * 59).filter((value) => value === y).length;
    const [bare, named] = [inked(draw({})), inked(draw({ 9: "Anna" }))];
    expect(named).toBeGreaterThan(bare * 1.5);
    expect(Buffer.from(draw({ 8: "Anna" })).equals(draw({}))).toBe(true);
    expect(Buffer.from(draw({ 9: "Anna" }, [one])).equals(draw({}, [one]))).toBe(true);
    // A very long one is cut.
    expect(inked(draw({ 9: "Anna ".repeat(20) }))).toBeLessThan(named * 4);
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
