import { describe, expect, it } from "vitest";
import { CameraFromPictures } from "../../src/camera/index.js";
import { compose } from "../../src/math/affine.js";
import type { Affine, Detections, Frame } from "../../src/types.js";
import { random } from "../_random.js";
import { apart, boxed, clouds, grainOf, motion, nothing, shoot } from "./_scene.js";

type Size = readonly [width: number, height: number];
const size: Size = [640, 360];
const unmoved: Affine = [1, 0, 0, 0, 1, 0];

/** What a new camera, or this one, tells of each frame. */
async function watch(
  frames: readonly Frame[],
  detections: (index: number) => Detections = () => nothing,
  camera = new CameraFromPictures(),
): Promise<(Affine | undefined)[]> {
  const told: (Affine | undefined)[] = [];
  for (const frame of frames) told.push(await camera.look(frame)(detections(frame.index)));
  return told;
}

/** Frames of clouds through a camera that moves so from each to the next. */
function film(
  motions: readonly Affine[],
  options: Parameters<typeof shoot>[4] = {},
  of: Size = size,
): Frame[] {
  const scene = clouds(7);
  let camera = unmoved;
  return [unmoved, ...motions].map((m, i) => {
    camera = compose(camera, m);
    return shoot(scene, i, of, camera, options);
  });
}

describe("camera motion from pictures", () => {
  it.each([
    ["a slow pan", { x: 3 }, 0.15],
    ["a fast pan", { x: -41.3, y: 6.2 }, 0.3],
    ["a jolt of a sixth of the picture", { x: 104, y: -52 }, 0.6],
    ["zoom", { zoom: 1.03 }, 0.2],
    ["a turn", { turn: 0.02 }, 0.2],
    ["zoom by an eighth", { zoom: 1.12 }, 0.4],
    ["a turn of six degrees", { turn: 0.1 }, 0.4],
    ["all together", { x: 8.4, y: -5.7, zoom: 0.98, turn: -0.015 }, 0.25],
  ])("is told to a fraction of a pixel: %s", async (_, change, error) => {
    const truth = motion(size, change);
    const [first, told] = await watch(film([truth], { noise: grainOf(3, 2) }));
    expect(first).toBeUndefined();
    expect(apart(told!, truth, size)).toBeLessThan(error);
  });

  it.each([
    [1920, 1080],
    [1278, 719],
    [480, 270],
    [161, 121],
  ])("is told in the pixels of the source: %i x %i", async (width, height) => {
    const truth = motion([width, height], { x: 0.02 * width, y: -0.01 * width, turn: 0.01 });
    const told = await watch(film([truth], {}, [width, height]));
    expect(apart(told[1]!, truth, [width, height])).toBeLessThan(0.0005 * width + 0.1);
  });

  it("is exactly none while the camera stands still, whatever noise and lamps do", async () => {
    const scene = clouds(5);
    const noise = grainOf(11, 4);
    const frames = Array.from({ length: 60 }, (_, i) =>
      shoot((x, y) => scene(x, y) * (1 + 0.1 * Math.sin(i)), i, [320, 180], unmoved, { noise }),
    );
    const told = await watch(frames);
    expect(told.slice(1)).toEqual(Array.from({ length: 59 }, () => unmoved));
  });

  it("is not lost when it is slower than what one frame can tell", async () => {
    const small = [320, 180] as const;
    const step = motion(small, { x: 0.1, y: -0.05 });
    const told = await watch(
      film(
        Array.from({ length: 40 }, () => step),
        {},
        small,
      ),
    );
    const all = told.slice(1).reduce<Affine>((sum, m) => compose(sum, m!), unmoved);
    expect(apart(all, motion(small, { x: 4, y: -2 }), small)).toBeLessThan(0.5);
  });

  it("is not what a third of the picture does, boxed or not", async () => {
    const other = clouds(23);
    const truth = motion(size, { x: 6, y: 2 });
    const frames = [0, 1, 2].map((i) =>
      shoot(clouds(7), i, size, [1, 0, 6 * i, 0, 1, 2 * i], {
        before: (x, y) => (x < 220 ? other(x + 9 * i, y - 4 * i) : undefined),
      }),
    );
    for (const m of (await watch(frames)).slice(1)) expect(apart(m!, truth, size)).toBeLessThan(0.3);
  });

  it("leaves out what is in boxes, which may be most of the picture", async () => {
    const other = clouds(23);
    const frames = [0, 1].map((i) =>
      shoot(clouds(7), i, size, [1, 0, 6 * i, 0, 1, 2 * i], {
        before: (x, y) => (x < 420 ? other(x + 9 * i, y - 4 * i) : undefined),
      }),
    );
    const [, seen] = await watch(frames);
    expect(apart(seen!, motion(size, { x: -9, y: 4 }), size)).toBeLessThan(0.3);
    const [, told] = await watch(frames, () => boxed([0, 0, 420, 360]));
    expect(apart(told!, motion(size, { x: 6, y: 2 }), size)).toBeLessThan(0.3);
  });

  it("stands still while people cross the picture", async () => {
    const person = clouds(31, 5);
    const frames = Array.from({ length: 12 }, (_, i) =>
      shoot(clouds(7), i, size, unmoved, {
        before: (x, y) => (x > 40 * i && x < 40 * i + 200 ? person(x - 40 * i, y) : undefined),
      }),
    );
    expect((await watch(frames)).slice(1)).toEqual(Array.from({ length: 11 }, () => unmoved));
  });

  it("cannot be told in the dark, without a picture, at a cut, or where a box hides everything", async () => {
    const frames = film([unmoved, unmoved]);
    const dark = (i: number) => shoot(() => 16, i, size);
    expect(await watch([dark(0), dark(1)])).toEqual([undefined, undefined]);
    const empty = { ...frames[1]!, data: new Uint8Array(0) };
    expect(await watch([frames[0]!, empty])).toEqual([undefined, undefined]);
    expect((await watch([frames[0]!, shoot(clouds(99), 1, size)]))[1]).toBeUndefined();
    expect((await watch(frames, () => boxed([-5, -5, 700, 400]))).every((m) => m === undefined)).toBe(true);
  });

  it("reads the pixels while it looks and never again, and changes none", async () => {
    const frames = film([motion(size, { x: 12 })]);
    const before = frames.map(({ data }) => data.slice());
    const camera = new CameraFromPictures();
    const asked = frames.map((frame) => {
      const motion = camera.look(frame);
      expect(Buffer.compare(frame.data, before[frame.index]!)).toBe(0);
      frame.data.fill(0);
      return motion;
    });
    await asked[0]!(nothing);
    expect(apart((await asked[1]!(nothing))!, motion(size, { x: 12 }), size)).toBeLessThan(0.2);
  });

  it("goes on from what was saved as if it had never stopped, to the last bit", async () => {
    const next = random(17);
    const motions = Array.from({ length: 12 }, (_, i) =>
      motion([320, 180], i < 6 ? { x: 10 * next() - 5, y: 6 * next() - 3, turn: 0.01 * next() } : {}),
    );
    const frames = film(motions, { noise: grainOf(2, 2) }, [320, 180]);
    const whole = await watch(frames);
    expect(await watch(frames)).toEqual(whole);
    for (const stop of [0, 1, 4, 9]) {
      const first = new CameraFromPictures();
      const told = await watch(frames.slice(0, stop), undefined, first);
      const second = new CameraFromPictures();
      second.restore(first.save());
      expect([...told, ...(await watch(frames.slice(stop), undefined, second))]).toEqual(whole);
    }
  });

  it("refuses a saved state that is damaged", async () => {
    const camera = new CameraFromPictures();
    await watch(film([unmoved]), undefined, camera);
    const saved = camera.save();
    const restore = (changed: object) => () => new CameraFromPictures().restore({ ...saved, ...changed });
    expect(restore({})).not.toThrow();
    expect(restore({ picture: new Uint8Array(3) })).toThrow(RangeError);
    expect(restore({ places: Float64Array.of(Number.NaN, 1) })).toThrow(/damaged/);
    expect(restore({ numbers: undefined })).toThrow(RangeError);
  });

  it("takes pictures of every size and content", async () => {
    const next = random(41);
    const none = { before: undefined };
    for (const [w, h] of [
      [1, 1],
      [2, 3],
      [16, 9],
      [33, 1000],
      [4000, 20],
      [97, 61],
    ] as const) {
      const frames = Array.from({ length: 4 }, (_, i) => shoot(() => 256 * next(), i, [w, h], unmoved, none));
      for (const m of await watch(frames, () => boxed([-1e9, -1e9, w / 2, 1e9])))
        expect(m === undefined || m.every(Number.isFinite)).toBe(true);
    }
  });
});
