import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.js";
import { openInput } from "../../src/video/input.js";
import { drain, temporaryFolder } from "./_ffmpeg.js";

const folder = temporaryFolder();
const at = (...names: string[]) => join(folder, ...names);

/** A picture of one colour, of which a corner is marked. */
function picture(red: number, width = 16, height = 8): Sharp {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i += 3) data[i] = red;
  data[1] = 200;
  return sharp(data, { raw: { width, height, channels: 3 } });
}

async function makeFolder(
  name: string,
  files: Readonly<Record<string, Sharp | Buffer | string>>,
): Promise<string> {
  mkdirSync(at(name));
  for (const [file, content] of Object.entries(files))
    writeFileSync(
      at(name, file),
      typeof content === "string" || Buffer.isBuffer(content) ? content : await content.png().toBuffer(),
    );
  return at(name);
}

beforeAll(async () => {
  await makeFolder("walk", {
    "img2.png": picture(2),
    "img10.png": picture(10),
    "img1.png": picture(1),
    "IMG3.PNG": picture(3),
    "notes.txt": "no picture",
    "._img1.png": "a Mac's shadow of a file",
  });
});

test("the pictures of a folder come in natural order, at 30 per second", async () => {
  const source = await openInput(at("walk"));
  expect(source).toMatchObject({ width: 16, height: 8, frameRate: 30, frames: 4, hasPictures: true });
  const frames = await drain(source, ({ index, time, data }) => [index, time, data[0], data[1], data.length]);
  expect(frames).toEqual([
    [0, 0, 1, 200, 384],
    [1, 1 / 30, 2, 200, 384],
    [2, 2 / 30, 3, 200, 384],
    [3, 3 / 30, 10, 200, 384],
  ]);
  expect(source.integrity()).toEqual({ complete: true, frames: 4, expectedFrames: 4, damage: [] });
});

test("a glob takes what it matches, one picture is a sequence of one", async () => {
  const glob = await openInput(join(folder, "walk/img*.png").replaceAll("\\", "/"));
  expect(await drain(glob, ({ data }) => data[0])).toEqual([1, 2, 10]);
  const one = await openInput(at("walk", "img10.png"));
  expect(await drain(one, ({ index, data }) => [index, data[0]])).toEqual([[0, 10]]);
  await expect(openInput(`${folder}/walk/x*.png`)).rejects.toThrow(/expected pictures in it, found none$/);
});

test("start, end, every and the frame rate choose pictures, whose index still counts all of them", async () => {
  const files = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`${i}.png`, picture(i)]));
  const source = await openInput(await makeFolder("many", files), {
    frameRate: 4,
    start: 0.5,
    end: 2.5,
    every: 3,
  });
  expect(await drain(source, ({ index, time, data }) => [index, time, data[0]])).toEqual([
    [3, 0.75, 3],
    [6, 1.5, 6],
    [9, 2.25, 9],
  ]);
  expect(source.integrity()).toEqual({ complete: true, frames: 10, damage: [] });
  await expect(openInput(at("many"), { start: 9 })).rejects.toThrow(
    `Cannot read "${at("many")}": expected frames from 9 s on, found none (it lasts 0.40 s)`,
  );
});

test("without pictures the same frames come, empty", async () => {
  const source = await openInput(at("walk"), { pictures: false });
  expect(source).toMatchObject({ hasPictures: false, width: 16, height: 8 });
  expect(await drain(source, ({ index, data }) => [index, data.length])).toEqual([
    [0, 0],
    [1, 0],
    [2, 0],
    [3, 0],
  ]);
});

test("grey, 16-bit, transparent, turned and colour-managed pictures become 8-bit RGB", async () => {
  const wide = new Uint16Array([0, 0x8080, 0xffff, 0x4040]);
  const made = await makeFolder("kinds", {
    "a-grey.png": sharp(Uint8Array.of(0, 128, 255, 64), {
      raw: { width: 4, height: 1, channels: 1 },
    }).toColourspace("b-w"),
    "b-wide.png": sharp(wide, { raw: { width: 4, height: 1, channels: 1 } }).toColourspace("grey16"),
    "c-alpha.png": sharp(
      Uint8Array.from([0, 0, 0, 255, 128, 128, 128, 0, 255, 255, 255, 255, 64, 64, 64, 9]),
      {
        raw: { width: 4, height: 1, channels: 4 },
      },
    ),
    "d-turned.png": await sharp(Uint8Array.from([0, 0, 0, 128, 128, 128, 255, 255, 255, 64, 64, 64]), {
      raw: { width: 1, height: 4, channels: 3 },
    })
      .withMetadata({ orientation: 8 })
      .png()
      .toBuffer(),
  });
  const source = await openInput(made);
  const frames = await drain(source, ({ width, height, data }) => [width, height, ...data].join());
  const expected = [4, 1, ...[0, 128, 255, 64].flatMap((value) => [value, value, value])].join();
  expect(frames).toEqual([expected, expected, expected, expected]);
});

test("a broken picture is left out and accounted for", async () => {
  const whole = await picture(5, 64, 64).jpeg().toBuffer();
  const source = await openInput(
    await makeFolder("broken", {
      "0.jpg": whole,
      "1.jpg": whole.subarray(0, whole.length / 2),
      "2.jpg": "words",
      "3.jpg": "",
      "4.jpg": whole,
    }),
    { frameRate: 10 },
  );
  expect(await drain(source, ({ index }) => index)).toEqual([0, 4]);
  const { damage, ...rest } = source.integrity();
  expect(rest).toEqual({ complete: false, frames: 2, expectedFrames: 5 });
  expect(damage.map(({ kind, fromFrame, toFrame }) => [kind, fromFrame, toFrame])).toEqual([
    ["corrupt", 1, 1],
    ["corrupt", 2, 2],
    ["corrupt", 3, 3],
  ]);
  for (const [i, { reason }] of damage.entries())
    expect(reason).toMatch(new RegExp(`^${i + 1}\\.jpg: \\S[^\\n]*$`));
});

describe("one clear line", () => {
  test("for a folder in which nothing can be decoded", async () => {
    await makeFolder("words", { "0.jpg": "words", "1.png": "words" });
    await expect(openInput(at("words"))).rejects.toThrow(
      /^Cannot read ".*words": expected pictures, found none that can be decoded \(.+\)$/,
    );
  });

  test("for something else under a picture's name, such as a drawing that refers to other files", async () => {
    const drawing =
      '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="8"><image href="img1.png"/></svg>';
    await makeFolder("drawing", { "0.png": drawing, "img1.jpg": picture(1) });
    const source = await openInput(at("drawing"));
    expect(await drain(source, ({ index }) => index)).toEqual([1]);
    expect(source.integrity().damage[0].reason).toBe(
      "0.png: expected a JPEG, PNG, WebP, TIFF, AVIF or GIF picture, found something else",
    );
  });

  test.each(["jpeg", "png", "webp", "tiff", "avif", "gif"] as const)(
    "is not needed for %s",
    async (format) => {
      const made = await makeFolder(format, {
        [`0.${format}`]: await picture(200, 32, 32).toFormat(format).toBuffer(),
      });
      const levels = await drain(await openInput(made), ({ data }) => data[3000]);
      expect(Math.abs(levels[0] - 200)).toBeLessThan(8);
    },
  );

  test("for heads without bodies", async () => {
    const noise = Uint8Array.from({ length: 128 * 128 * 3 }, (_, i) => (i * i * 7919) >> 5);
    const whole = await sharp(noise, { raw: { width: 128, height: 128, channels: 3 } })
      .jpeg()
      .toBuffer();
    await makeFolder("heads", { "0.jpg": whole.subarray(0, whole.length / 2) });
    const source = await openInput(at("heads"));
    await expect(drain(source, () => 1)).rejects.toThrow(
      /^Cannot read ".*heads": expected pictures, found none that can be decoded \(0\.jpg: .+\)$/,
    );
  });

  test("for a picture of another size, which is named", async () => {
    const made = await makeFolder("sizes", { "0.png": picture(1), "1.png": picture(2, 20, 8) });
    const error: unknown = await drain(await openInput(made), () => 1).catch((error) => error);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toBe(
      `Cannot read "${join(made, "1.png")}": expected 16x8 pixels like the rest of "${made}", found 20x8`,
    );
  });

  test("for a picture with too many pixels", async () => {
    await expect(openInput(at("walk"), { maxPixels: 100 })).rejects.toThrow(
      `Cannot read "${at("walk")}": expected pictures of at most 100 pixels, found 16x8; allow them with --max-pixels 128`,
    );
  });
});

test("leaving the loop, closing and aborting end it, and say how far it came", async () => {
  const left = await openInput(at("walk"));
  for await (const frame of left) if (frame.index === 1) break;
  expect(left.integrity()).toMatchObject({ complete: false, frames: 2, interrupted: true, damage: [] });
  expect(await drain(left, () => 1)).toEqual([]);

  const controller = new AbortController();
  const aborted = await openInput(at("walk"), { signal: controller.signal });
  const frames = aborted[Symbol.asyncIterator]();
  await frames.next();
  controller.abort("enough");
  await expect(frames.next()).rejects.toBe("enough");
  await aborted.close();
});

test("the pixels may travel to another thread", async () => {
  for await (const frame of await openInput(at("walk"))) {
    const there = structuredClone(frame.data, { transfer: [frame.data.buffer] });
    expect(frame.data.length).toBe(0);
    expect(there.length).toBe(384);
    expect(there.buffer.byteLength).toBe(384);
  }
  expect(readFileSync(at("walk", "notes.txt"), "utf8")).toBe("no picture");
});
