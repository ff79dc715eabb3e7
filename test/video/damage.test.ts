import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Frame } from "../../src/types.js";
import { type Ffmpeg, findFfmpeg } from "../../src/video/find.js";
import { openInput } from "../../src/video/input.js";
import { binaries, drain, makeVideo, ffmpeg as run, temporaryFolder } from "./_ffmpeg.js";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const md5 = ({ data }: Frame) => createHash("md5").update(data).digest("hex");

beforeAll(() => {
  makeVideo(at("whole.mp4"), { seconds: 4, more: ["-movflags", "+faststart"] });
  run("-f", "lavfi", "-i", "sine=d=6", "-i", at("whole.mp4"), "-c:v", "copy", at("longer-sound.mkv"));
  run("-i", at("whole.mp4"), "-c", "copy", "-ss", "1", at("trimmed.mp4"));
  for (const extension of ["mkv", "flv", "ts"])
    run("-i", at("whole.mp4"), "-c", "copy", at(`whole.${extension}`));
  makeVideo(at("whole.avi"), { seconds: 4, codec: ["-c:v", "mpeg4"] });
  for (const extension of ["mp4", "mkv", "flv", "avi"]) {
    const bytes = readFileSync(at(`whole.${extension}`));
    writeFileSync(at(`cut.${extension}`), bytes.subarray(0, bytes.length / 2));
    writeFileSync(at(`hurt.${extension}`), flip(bytes));
  }
});

/** A dozen bytes changed, between 40 and 60 % of the file; the same ones every time. */
function flip(bytes: Buffer): Buffer {
  const hurt = Buffer.from(bytes);
  let state = 7;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (let i = 0; i < 12; i++)
    hurt[Math.floor(hurt.length * (0.4 + 0.2 * random()))] = Math.floor(256 * random());
  return hurt;
}

describe.each(binaries)("with $binary", ({ path }) => {
  let ffmpeg: Ffmpeg;
  let whole: string[];
  beforeAll(async () => {
    ffmpeg = await findFfmpeg({ ffmpeg: path });
    whole = await drain(await openInput(at("whole.mp4"), { ffmpeg }), md5);
  });

  test.each(["cut.mp4", "cut.avi"])(
    "%s: what its index promises and is not there is missing",
    async (name) => {
      const source = await openInput(at(name), { ffmpeg });
      expect(source.frames).toBe(100);
      const count = (await drain(source, () => 1)).length;
      expect(count).toBeGreaterThan(30);
      const { damage, ...rest } = source.integrity();
      expect(rest).toEqual({ complete: false, frames: count, expectedFrames: 100 });
      expect(damage.at(-1)).toMatchObject({ kind: "missing", fromFrame: count, toFrame: 99 });
      expect(damage.at(-1)?.toTime).toBeCloseTo(3.96, 5);
      expect(damage.at(-1)?.reason).toMatch(new RegExp(`^the file promises 100 frames, ${count} came`));
    },
  );

  test.each(["cut.mkv", "cut.flv"])("%s: what lacks up to its length is missing", async (name) => {
    const source = await openInput(at(name), { ffmpeg });
    const count = (await drain(source, () => 1)).length;
    const { complete, damage } = source.integrity();
    expect(complete).toBe(false);
    expect(damage.at(-1)).toMatchObject({ kind: "missing", fromFrame: count });
    expect(damage.at(-1)?.toTime).toBeGreaterThanOrEqual(4);
  });

  test.each(["mp4", "mkv", "flv", "avi"])(
    "hurt.%s: it is read to its end, and the account points at the frames that are hurt",
    async (extension) => {
      const good =
        extension === "avi" ? await drain(await openInput(at("whole.avi"), { ffmpeg }), md5) : whole;
      const source = await openInput(at(`hurt.${extension}`), { ffmpeg });
      const frames = await drain(source, (frame) => ({
        index: frame.index,
        time: frame.time,
        md5: md5(frame),
      }));
      expect(frames.length).toBeGreaterThan(90);
      expect(frames.at(-1)?.time).toBeCloseTo(3.96, 1);
      const { complete, damage } = source.integrity();
      expect(complete).toBe(false);
      const first = frames.findIndex((frame) => !good.includes(frame.md5));
      expect(Math.abs(damage[0].fromFrame! - first)).toBeLessThanOrEqual(20);
      expect(damage[0]).toMatchObject({ kind: "corrupt" });
      expect(damage[0].reason).toMatch(/^[\w,]+: \S/);
      for (const { reason } of damage) expect(reason).not.toContain(folder);
    },
  );

  test.each([
    "whole.mp4",
    "whole.mkv",
    "whole.flv",
    "whole.ts",
    "whole.avi",
    "trimmed.mp4",
    "longer-sound.mkv",
  ])("nothing is wrong with %s", async (name) => {
    const source = await openInput(at(name), { ffmpeg });
    await drain(source, () => 1);
    expect(source.integrity()).toMatchObject({ complete: true, damage: [] });
  });

  test("a damaged file of which only a sound part is asked for is complete", async () => {
    const source = await openInput(at("cut.mp4"), { ffmpeg, end: 0.2 });
    expect(await drain(source, () => 1)).toHaveLength(5);
    expect(source.integrity()).toEqual({ complete: true, frames: 5, damage: [] });
  });
});
