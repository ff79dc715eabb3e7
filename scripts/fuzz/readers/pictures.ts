/** Pictures, folders of them, and what the headers of videos promise. Videos themselves are in videos.ts. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { promisedFrames } from "../../../src/video/_promised.js";
import { openInput } from "../../../src/video/input.js";
import { damage } from "../_mutate.js";
import type { Reader } from "../_reader.js";
import { clips } from "./_clips.js";

const picture = (shade: number) =>
  sharp({ create: { width: 16, height: 12, channels: 3, background: { r: shade, g: 80, b: 200 } } });
const seeds = await Promise.all([
  picture(10).jpeg().withMetadata({ orientation: 6 }).toBuffer(),
  picture(90).png().toBuffer(),
  picture(30).webp().toBuffer(),
  picture(60).tiff().toBuffer(),
  picture(60).gif().toBuffer(),
  Buffer.from(
    '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd" width="9" height="9"/></svg>',
  ),
]);
const whole = seeds[0]!;

async function drain(input: string): Promise<number> {
  const source = await openInput(input);
  let bytes = 0;
  try {
    for await (const frame of source) {
      bytes += frame.data.length;
      frame.release?.();
    }
    const { damage } = source.integrity();
    for (const { reason } of damage) if (/[\r\n]/.test(reason)) throw new Error("a reason of several lines");
  } finally {
    await source.close();
  }
  return bytes;
}

export const pictures: readonly Reader[] = [
  {
    name: "picture",
    file: "frame.jpg",
    seeds,
    // A picture of one colour is a few bytes to a megapixel.
    most: 1e6,
    // libvips does the work, in threads of its own.
    cost: 10,
    read: (_, path) => drain(path),
  },
  {
    name: "folder of pictures",
    file: "frames/2.png",
    seeds,
    most: 1e6,
    cost: 20,
    names: /frames/,
    read(_, path) {
      writeFileSync(join(dirname(path), "1.jpg"), whole);
      return drain(dirname(path));
    },
  },
  {
    name: "MOT sequence",
    file: "sequence/seqinfo.ini",
    seeds: [
      Buffer.from(
        "[Sequence]\nname=x\nimDir=img1\nframeRate=30\nseqLength=3\nimWidth=12\nimHeight=16\nimExt=.jpg\n",
      ),
    ],
    words: [
      "imDir=..",
      "imDir=/etc",
      "imDir=det",
      "imDir=seqinfo.ini",
      "imDir=",
      "seqLength=9007199254740991",
    ],
    damage: (seed, next) =>
      damage(seed, next, { words: ["imDir=..", "imDir=seqinfo.ini", "seqLength=1e15"] }),
    most: 1e6,
    cost: 10,
    names: /sequence/,
    async read(_, path) {
      const folder = dirname(path);
      mkdirSync(join(folder, "img1"), { recursive: true });
      mkdirSync(join(folder, "det"), { recursive: true });
      writeFileSync(join(folder, "img1", "000001.jpg"), whole);
      const source = await openInput(folder);
      let frames = 0;
      for await (const frame of source) {
        frame.release?.();
        // A sequence without pictures has as many frames as it says, one at a time.
        if (++frames === 100) break;
      }
      source.integrity();
      await source.close();
      return frames;
    },
  },
  {
    name: "headers of videos",
    file: "clip.mp4",
    seeds: Object.values(clips),
    words: ["moov", "trak", "stts", "elst", "ctts", "mdhd", "idx1", "LIST", "hdrl", "strh", "RIFF", "AVI "],
    async read(_, path) {
      const promised = await promisedFrames(path);
      if (promised && !(Number.isSafeInteger(promised.frames) && Number.isFinite(promised.span)))
        throw new Error(`promised ${promised.frames} frames in ${promised.span} s`);
      return 1;
    },
  },
];
