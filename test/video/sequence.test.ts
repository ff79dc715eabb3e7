import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { openInput } from "../../src/video/input.js";
import { parseSequenceInfo } from "../../src/video/sequence.js";
import { drain, temporaryFolder } from "./_ffmpeg.js";

const folder = temporaryFolder();
const text = (changes: Readonly<Record<string, string | undefined>> = {}): string => {
  const keys = {
    name: "walk",
    imDir: "img1",
    frameRate: "20",
    seqLength: "6",
    imWidth: "8",
    imHeight: "4",
    imExt: ".png",
    ...changes,
  };
  const lines = Object.entries(keys).filter(([, value]) => value !== undefined);
  return `[Sequence]\r\n${lines.map(([key, value]) => `${key}=${value}`).join("\r\n")}\r\n`;
};

function makeSequence(name: string, changes: Readonly<Record<string, string | undefined>> = {}): string {
  const path = join(folder, name);
  mkdirSync(join(path, "img1"), { recursive: true });
  writeFileSync(join(path, "seqinfo.ini"), text(changes));
  return path;
}

async function addPicture(path: string, number: number, width = 8): Promise<void> {
  const create = { width, height: 4, channels: 3, background: { r: number, g: 0, b: 0 } } as const;
  await sharp({ create }).toFile(join(path, "img1", `${String(number).padStart(6, "0")}.png`));
}

describe("a MOT sequence", () => {
  test("with pictures gives them, numbered from 1 on disk and from 0 here", async () => {
    const path = makeSequence("whole");
    for (let number = 1; number <= 6; number++) await addPicture(path, number);
    mkdirSync(join(path, "det"));
    writeFileSync(join(path, "det", "det.txt"), "");
    const source = await openInput(path);
    expect(source).toMatchObject({
      width: 8,
      height: 4,
      frameRate: 20,
      frames: 6,
      duration: 0.3,
      hasPictures: true,
    });
    expect(source.detections).toBe(join(path, "det", "det.txt"));
    const frames = await drain(source, ({ index, time, data }) => [index, time, data[0]]);
    expect(frames).toEqual([0, 1, 2, 3, 4, 5].map((index) => [index, index / 20, index + 1]));
    expect(source.integrity()).toEqual({ complete: true, frames: 6, expectedFrames: 6, damage: [] });
  });

  test("without pictures gives frames that are empty, for trackers that need none", async () => {
    const source = await openInput(
      makeSequence("bare", { imDir: undefined, imExt: undefined, name: undefined }),
    );
    expect(source).toMatchObject({ width: 8, height: 4, frames: 6, hasPictures: false });
    expect(source.detections).toBeUndefined();
    expect(await drain(source, ({ index, data }) => [index, data.length])).toEqual(
      [0, 1, 2, 3, 4, 5].map((i) => [i, 0]),
    );
    expect(source.integrity()).toMatchObject({ complete: true, frames: 6 });
  });

  test("that promises more pictures than there are says which are missing", async () => {
    const path = makeSequence("holes");
    for (const number of [1, 2, 5]) await addPicture(path, number);
    const source = await openInput(path);
    expect(await drain(source, ({ index }) => index)).toEqual([0, 1, 4]);
    const reason = "seqinfo.ini promises 6 pictures, 3 are there";
    expect(source.integrity()).toEqual({
      complete: false,
      frames: 3,
      expectedFrames: 6,
      damage: [
        { kind: "missing", fromFrame: 2, toFrame: 3, fromTime: 0.1, toTime: 0.2, reason },
        { kind: "missing", fromFrame: 5, toFrame: 5, fromTime: 0.25, toTime: 0.3, reason },
      ],
    });
    const part = await openInput(path, { end: 0.1 });
    await drain(part, () => 1);
    expect(part.integrity()).toEqual({ complete: true, frames: 2, damage: [] });
  });

  test("whose pictures have another size than it says is refused", async () => {
    const path = makeSequence("wrong-size", { seqLength: "1" });
    await addPicture(path, 1, 10);
    await expect(drain(await openInput(path), () => 1)).rejects.toThrow(
      /000001\.png": expected 8x4 pixels .*, found 10x4$/,
    );
  });

  test("with a broken seqinfo.ini is refused with the place", async () => {
    const path = makeSequence("broken", { seqLength: undefined });
    const error: unknown = await openInput(path).catch((error) => error);
    expect(error).toBeInstanceOf(SyntaxError);
    expect((error as Error).message).toBe(
      `Cannot parse "${join(path, "seqinfo.ini")}": expected the key "seqLength" (a whole number from 1 to 4194304) in [Sequence], found none`,
    );
  });
});

describe("seqinfo.ini", () => {
  test.each([
    ["", 'Cannot parse "s": expected a section [Sequence], found none'],
    ["Sequence=3", 'Cannot parse "s": expected a section [Sequence], found none'],
    [
      text({ frameRate: "fast" }),
      'Cannot parse "s:4": expected frameRate to be frames per second above 0, got "fast"',
    ],
    [
      text({ frameRate: "0" }),
      'Cannot parse "s:4": expected frameRate to be frames per second above 0, got "0"',
    ],
    [
      text({ seqLength: "1.5" }),
      'Cannot parse "s:5": expected seqLength to be a whole number from 1 to 4194304, got "1.5"',
    ],
    [
      text({ imWidth: "-8" }),
      'Cannot parse "s:6": expected imWidth to be a whole number from 1 to 16777216, got "-8"',
    ],
    [
      text({ imHeight: "" }),
      'Cannot parse "s:7": expected imHeight to be a whole number from 1 to 16777216, got ""',
    ],
    [
      text({ imDir: "../other" }),
      'Cannot parse "s:3": expected imDir to be a folder inside the sequence\'s, got "../other"',
    ],
    [
      text({ imDir: "/etc" }),
      'Cannot parse "s:3": expected imDir to be a folder inside the sequence\'s, got "/etc"',
    ],
  ])("that is wrong is refused: %#", (text, message) => {
    expect(() => parseSequenceInfo(text, "s")).toThrow(new SyntaxError(message));
  });
});

const real = "../shared/data/MOT17-val-half/MOT17-02-YOLOX";
test.skipIf(!existsSync(real))(
  `a real sequence has its frames and detections (skipped where ${real} is absent)`,
  async () => {
    const source = await openInput(real);
    expect(source).toMatchObject({
      width: 1920,
      height: 1080,
      frameRate: 30,
      frames: 299,
      hasPictures: false,
    });
    expect(existsSync(source.detections!)).toBe(true);
    expect(await drain(source, ({ index }) => index)).toHaveLength(299);
  },
);
