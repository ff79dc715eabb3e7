import { createHash } from "node:crypto";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Frame } from "../../src/types.js";
import { type Ffmpeg, findFfmpeg } from "../../src/video/find.js";
import { openInput } from "../../src/video/input.js";
import { binaries, drain, makeVideo, oracle, ffmpeg as run, temporaryFolder } from "./_ffmpeg.js";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const md5 = (frame: Frame) => createHash("md5").update(frame.data).digest("hex");

beforeAll(() => {
  makeVideo(at("plain.mp4"));
  makeVideo(at("plain.avi"), { codec: ["-c:v", "mpeg4"] });
  const variable = ["-vf", "select='not(mod(n\\,3))+lt(n\\,10)'", "-vsync", "vfr"];
  makeVideo(at("variable.mp4"), { more: [...variable, "-bf", "0"] });
  // Here the build of 2018 writes an edit list that hides the last two of 23 frames.
  makeVideo(at("hidden.mp4"), { more: variable });
  run("-i", at("variable.mp4"), "-c", "copy", at("variable.mkv"));
  run("-i", at("plain.mp4"), "-c", "copy", "-metadata:s:v:0", "rotate=90", at("turned.mp4"));
  const short = { seconds: 0.4 };
  makeVideo(at("ten-bit.mkv"), { ...short, codec: ["-c:v", "ffv1", "-pix_fmt", "yuv420p10"] });
  makeVideo(at("ten-bit.mp4"), {
    ...short,
    codec: ["-c:v", "libx265", "-x265-params", "log-level=none", "-pix_fmt", "yuv420p10"],
  });
  makeVideo(at("odd.mkv"), { ...short, size: "321x241", codec: ["-c:v", "ffv1", "-pix_fmt", "yuv420p"] });
  makeVideo(at("tiny.mkv"), { ...short, size: "1x1", codec: ["-c:v", "ffv1", "-pix_fmt", "yuv444p"] });
  makeVideo(at("gray.mkv"), { ...short, codec: ["-c:v", "ffv1", "-pix_fmt", "gray"] });
  makeVideo(at("alpha.mov"), { ...short, codec: ["-c:v", "qtrle", "-pix_fmt", "argb"] });
  makeVideo(at("moving.gif"), { ...short, codec: [] });
  makeVideo(at("large.ts"), short);
  makeVideo(at("small.ts"), { ...short, size: "160x128", more: ["-output_ts_offset", "0.4"] });
  run("-i", `concat:${at("large.ts")}|${at("small.ts")}`, "-c", "copy", at("changing.ts"));
});

describe.each(binaries)("with $binary", ({ path }) => {
  let ffmpeg: Ffmpeg;
  beforeAll(async () => {
    ffmpeg = await findFfmpeg({ ffmpeg: path });
  });

  test.each([
    ["constant rate", "plain.mp4"],
    ["another container", "plain.avi"],
    ["variable rate", "variable.mp4"],
    ["frames hidden by an edit list", "hidden.mp4"],
    ["variable rate in Matroska", "variable.mkv"],
    ["10 bit", "ten-bit.mkv"],
    ["10 bit HEVC", "ten-bit.mp4"],
    ["odd sizes with halved colour", "odd.mkv"],
    ["a single pixel", "tiny.mkv"],
    ["grey", "gray.mkv"],
    ["transparency", "alpha.mov"],
    ["an animation", "moving.gif"],
    ["rotation", "turned.mp4"],
    ["a size that changes", "changing.ts"],
  ])("every frame comes once, with its own time and the pixels ffmpeg makes of it: %s", async (_, name) => {
    const expected = oracle(path, at(name));
    const source = await openInput(at(name), { ffmpeg });
    const frames = await drain(source, (frame) => ({
      index: frame.index,
      time: frame.time,
      md5: md5(frame),
    }));
    expect(frames.map((frame) => frame.md5)).toEqual(expected.map((frame) => frame.md5));
    expect(frames.map((frame) => frame.index)).toEqual(expected.map((_, index) => index));
    for (const [index, { time }] of frames.entries()) expect(time).toBeCloseTo(expected[index].time, 5);
    expect(source.integrity()).toMatchObject({ complete: true, frames: expected.length, damage: [] });
  });

  test("a variable rate keeps its gaps: no frame is invented to fill them", async () => {
    const source = await openInput(at("variable.mp4"), { ffmpeg });
    const times = await drain(source, ({ time }) => time);
    expect(times).toHaveLength(23);
    const gaps = times.slice(1).map((time, index) => Math.round((time - times[index]) * 100) / 100);
    expect(new Set(gaps)).toEqual(new Set([0.04, 0.12]));
  });

  test("a turned video has the turned size", async () => {
    const source = await openInput(at("turned.mp4"), { ffmpeg });
    expect(source).toMatchObject({ width: 240, height: 320, frameRate: 25, frames: 50, duration: 2 });
    await drain(source, (frame) => expect(frame).toMatchObject({ width: 240, height: 320 }));
  });

  test("a video that changes its size keeps the first one", async () => {
    const source = await openInput(at("changing.ts"), { ffmpeg });
    const lengths = await drain(source, ({ width, height, data }) => [width, height, data.length]);
    expect(lengths).toHaveLength(20);
    expect(new Set(lengths.map(String))).toEqual(new Set([`320,240,${320 * 240 * 3}`]));
  });

  test("time never goes back, even where the stream's own does", async () => {
    const times = await drain(await openInput(at("changing.ts"), { ffmpeg }), ({ time }) => time);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  test("start, end and every choose frames, whose index still counts all of them", async () => {
    const whole = await drain(await openInput(at("plain.mp4"), { ffmpeg }), (frame) => [
      frame.index,
      md5(frame),
    ]);
    const source = await openInput(at("plain.mp4"), { ffmpeg, start: 0.5, end: 1.2, every: 3 });
    const part = await drain(source, (frame) => [frame.index, md5(frame)]);
    expect(part).toEqual(
      whole.filter(([index]) => Number(index) % 3 === 0 && Number(index) >= 13 && Number(index) < 30),
    );
    expect(source.integrity()).toEqual({ complete: true, frames: 30, damage: [] });
  });

  test("start and end follow the times of a variable rate", async () => {
    const source = await openInput(at("variable.mp4"), { ffmpeg, start: 0.48, end: 1.2 });
    const times = await drain(source, ({ index, time }) => [index, time]);
    // The end is more than an average step away from the last frame before it: nothing is missing all the same.
    expect(source.integrity()).toEqual({ complete: true, frames: 16, damage: [] });
    expect(times).toEqual([
      [10, 0.48],
      [11, 0.6],
      [12, 0.72],
      [13, 0.84],
      [14, 0.96],
      [15, 1.08],
    ]);
  });

  test("without pictures the same frames come, empty", async () => {
    const source = await openInput(at("variable.mp4"), { ffmpeg, pictures: false });
    expect(source).toMatchObject({ hasPictures: false, width: 320, height: 240 });
    const frames = await drain(source, ({ index, time, data, width }) => [index, time, data.length, width]);
    const full = await openInput(at("variable.mp4"), { ffmpeg });
    expect(frames).toEqual(await drain(full, ({ index, time, width }) => [index, time, 0, width]));
  });

  test("the largest picture that is allowed is decoded, one pixel less is refused", async () => {
    // 322 x 182 is stored in whole blocks of 16 x 16, which are more than it shows.
    const file = at("blocks.mp4");
    makeVideo(file, { size: "322x182", seconds: 0.2 });
    const source = await openInput(file, { ffmpeg, maxPixels: 322 * 182 });
    expect(await drain(source, () => 1)).toHaveLength(5);
    await expect(openInput(file, { ffmpeg, maxPixels: 322 * 182 - 1 })).rejects.toThrow(
      `Cannot read "${file}": expected pictures of at most 58603 pixels, found 322x182; allow them with --max-pixels 58604`,
    );
  });
});

test("an option out of range is named", async () => {
  for (const [options, message] of [
    [{ start: -1 }, 'Option "start" must be seconds from 0, got -1'],
    [{ start: Number.NaN }, 'Option "start" must be seconds from 0, got NaN'],
    [{ start: 3, end: 3 }, 'Option "end" must be seconds above start (3), got 3'],
    [{ every: 0 }, 'Option "every" must be a whole number from 1, got 0'],
    [{ every: 1.5 }, 'Option "every" must be a whole number from 1, got 1.5'],
    [{ maxPixels: 0 }, 'Option "maxPixels" must be a whole number of pixels from 1 to 2147483647, got 0'],
    [{ threads: 0 }, 'Option "threads" must be a whole number from 1, got 0'],
    [{ frameRate: 0 }, 'Option "frameRate" must be frames per second above 0, got 0'],
  ] as const)
    await expect(openInput(at("plain.mp4"), options)).rejects.toThrow(new RangeError(message));
});
