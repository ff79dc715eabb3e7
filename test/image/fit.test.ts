import { describe, expect, it } from "vitest";
import { fitImage } from "../../src/image/index.js";

const sizes =
  (fit: "stretch" | "letterbox" | "pad", size: Parameters<typeof fitImage>[0]["size"]) =>
  (w: number, h: number) => {
    const { width, height, innerWidth, innerHeight } = fitImage({ fit, size }, w, h);
    return [width, height, innerWidth, innerHeight];
  };

describe("fitting a picture into a model's input", () => {
  it("stretches to a fixed size", () => {
    expect(sizes("stretch", { width: 300, height: 300 })(1920, 1080)).toEqual([300, 300, 300, 300]);
  });

  it("letterboxes into a fixed size, whichever side is long", () => {
    const place = sizes("letterbox", { width: 416, height: 416 });
    expect(place(1920, 1080)).toEqual([416, 416, 416, 234]);
    expect(place(1080, 1920)).toEqual([416, 416, 234, 416]);
    expect(place(10, 10)).toEqual([416, 416, 416, 416]);
  });

  it("stretches to the nearest multiples of a long side", () => {
    const place = sizes("stretch", { longSide: 640, multiple: 32 });
    expect(place(768, 576)).toEqual([640, 480, 640, 480]);
    expect(place(1920, 1080)).toEqual([640, 352, 640, 352]);
    expect(place(1080, 1920)).toEqual([352, 640, 352, 640]);
  });

  it("pads up to the next multiples", () => {
    expect(sizes("pad", { longSide: 640, multiple: 32 })(1920, 1080)).toEqual([640, 384, 640, 360]);
  });

  it("letterboxes a long side into a square", () => {
    expect(sizes("letterbox", { longSide: 640, multiple: 32 })(1920, 1080)).toEqual([640, 640, 640, 360]);
  });

  it("keeps the short side under its limit", () => {
    // The rule of Faster R-CNN: 800 for the short side, unless the long one passes 1333.
    const place = sizes("pad", { longSide: 1333, shortSide: 800, multiple: 32 });
    expect(place(640, 480)).toEqual([1088, 800, 1067, 800]);
    expect(place(1920, 1080)).toEqual([1344, 768, 1333, 750]);
  });

  it("keeps at least a pixel of pictures that are hardly there", () => {
    expect(sizes("pad", { longSide: 640, multiple: 32 })(10_000, 1)).toEqual([640, 32, 640, 1]);
    expect(sizes("stretch", { longSide: 640, multiple: 32 })(1, 10_000)).toEqual([32, 640, 32, 640]);
  });
});
