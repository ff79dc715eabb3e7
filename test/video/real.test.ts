import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type Ffmpeg, findFfmpeg } from "../../src/video/find.js";
import { openInput } from "../../src/video/input.js";
import { binaries, drain, oracle } from "./_ffmpeg.js";

const videos = "../shared/data/video";
const reason = existsSync(videos) ? "" : ` (skipped: ${videos} is not here)`;

describe.skipIf(reason !== "").each(binaries)(`real footage with $binary${reason}`, ({ path }) => {
  let ffmpeg: Ffmpeg;
  beforeAll(async () => {
    ffmpeg = await findFfmpeg({ ffmpeg: path });
  });

  test.each([
    ["vtest.avi", 795, 768, 576, 10],
    ["vehicle-counting-street.mp4", 905, 640, 352, 24.013],
    ["bottle-detection.mp4", 1189, 640, 360, 29.833],
    ["car-detection.mp4", 377, 768, 432, 12.5],
    ["MOT17-04-frames-1-8.mp4", 8, 1920, 1080, 3],
  ])("%s has its %i frames, each at its own time", async (name, count, width, height, frameRate) => {
    const file = join(videos, name);
    const source = await openInput(file, { ffmpeg, pictures: false });
    expect(source).toMatchObject({ width, height, frames: count });
    expect(source.frameRate).toBeCloseTo(frameRate, 3);
    const times = await drain(source, ({ time }) => time);
    expect(times).toHaveLength(count);
    for (const [i, { time }] of oracle(path, file, { pixels: false }).entries())
      expect(times[i]).toBeCloseTo(time, 5);
    expect(source.integrity()).toEqual({ complete: true, frames: count, expectedFrames: count, damage: [] });
  });
});
